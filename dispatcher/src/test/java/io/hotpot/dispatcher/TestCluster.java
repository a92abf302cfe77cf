package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Fabric;
import io.hotpot.replication.MembershipMessage.Held;
import io.hotpot.replication.MembershipMessage.Setting;
import io.hotpot.replication.Peer;
import io.hotpot.store.TransactionMode;
import java.util.ArrayList;
import java.util.List;

/**
 * A state that commands are applied to; each leaves its invariants true, and survives its bytes.
 */
final class TestCluster {

  ClusterState state = ClusterState.empty();
  long term = 1;

  Result apply(Command command) {
    Command read = CommandFormat.read(CommandFormat.write(command));
    ClusterState.Applied applied = state.apply(read, term);
    applied.state().checkInvariants();
    state = applied.state();
    return applied.result();
  }

  static Command.Join join(int id, long capacity, Held... held) {
    return new Command.Join(
        id,
        0,
        0xC1,
        new Fabric.Address("host" + id, 18_500),
        capacity,
        List.of(new Setting("chunk bytes", "4194304")),
        List.of(held));
  }

  void nodes(int count) {
    for (int i = 0; i < count; i++) {
      apply(join(0, 1L << 30));
    }
  }

  Result exclude(int... ids) {
    List<Peer> peers = new ArrayList<>();
    for (int id : ids) {
      peers.add(peer(id));
    }
    return apply(new Command.Exclude(peers, term));
  }

  Node node(int id) {
    return state.configuration().nodes().get(id);
  }

  Peer peer(int id) {
    return node(id).peer();
  }

  PartitionInfo partition(int id) {
    return state.configuration().partitions().get(id);
  }

  /** A dataset whose first partition serves, on these nodes, the first one its owner. */
  void serving(int degree, Integer... nodes) {
    int number = state.next().dataset();
    apply(new Command.CreateDataset("d" + number, TransactionMode.MRMW, degree, 0));
    int id = state.next().partition();
    apply(new Command.CreatePartition(number, nodes[0], List.of(nodes)));
    apply(new Command.Serving(peer(nodes[0]), id, 1));
  }
}
