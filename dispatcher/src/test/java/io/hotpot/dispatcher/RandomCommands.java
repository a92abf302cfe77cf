package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.MembershipMessage.Held;
import io.hotpot.replication.Peer;
import io.hotpot.store.TransactionMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Commands of all kinds; many fit the state, some do not. */
final class RandomCommands {

  private RandomCommands() {}

  static Command next(Random random, ClusterState state, long term) {
    int node = 1 + random.nextInt(6);
    int dataset = 1 + random.nextInt(4);
    int id = 1 + random.nextInt(Math.max(1, state.next().partition()));
    PartitionInfo partition = state.configuration().partitions().get(id);
    int epoch = partition == null ? 1 : partition.epoch();
    int revision = partition == null ? 0 : partition.revision();
    Peer owner = peer(state, partition == null ? node : partition.owner());
    return switch (random.nextInt(17)) {
      case 0 -> join(random, state, state.next().node() > 5 ? node : 0);
      case 1 -> join(random, state, node);
      case 2 -> new Command.Exclude(List.of(peer(state, node)), term);
      case 3 -> new Command.Exclude(List.of(peer(state, node), peer(state, 1)), term);
      case 4 ->
          new Command.CreateDataset("d" + dataset, TransactionMode.MRMW, 1 + random.nextInt(3), 0);
      case 5, 6 -> new Command.CreatePartition(dataset, node, some(random));
      case 7, 8 -> new Command.Serving(owner, id, epoch);
      case 9 -> new Command.ChangeReplicas(owner, id, epoch, revision, some(random), some(random));
      case 10 -> new Command.AddLearner(id, epoch, revision, node);
      case 11 -> new Command.Migrate(owner, id, epoch, revision, node);
      case 12 -> new Command.Elect(id, epoch);
      case 13 ->
          random.nextInt(4) == 0
              ? new Command.DropDataset(dataset)
              : new Command.PartitionReleased(owner, id);
      case 14 -> new Command.Evict(peer(state, node));
      case 15 -> new Command.Withdraw(peer(state, node), random.nextInt(9), "b");
      default -> new Command.Arrive(peer(state, node), random.nextInt(9), "b", 3);
    };
  }

  private static Command join(Random random, ClusterState state, int node) {
    List<Held> held = new ArrayList<>();
    for (PartitionInfo each : state.configuration().partitions().values()) {
      if (random.nextInt(3) > 0) {
        held.add(
            new Held(
                each.id(),
                each.epoch(),
                each.epoch(),
                random.nextInt(1000),
                random.nextInt(5) == 0,
                random.nextInt(5) > 0));
      }
    }
    return TestCluster.join(node, 1L << 30, held.toArray(Held[]::new));
  }

  private static Peer peer(ClusterState state, int id) {
    var node = state.configuration().nodes().get(id);
    return node == null ? new Peer(id, 1) : node.peer();
  }

  private static List<Integer> some(Random random) {
    List<Integer> nodes = new ArrayList<>();
    for (int i = 1; i <= 6; i++) {
      if (random.nextBoolean()) {
        nodes.add(i);
      }
    }
    return nodes;
  }
}
