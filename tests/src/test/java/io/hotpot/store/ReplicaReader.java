package io.hotpot.store;

import io.hotpot.replication.ClusterCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Clients on nodes that are replicas of everything read and overwrite the same few objects, in one
 * partition and in two, with few rests. What they read is mostly in their own copies of the logs
 * (PROTOCOL 7.11), where a newer version may be pending at any moment.
 */
final class ReplicaReader extends SimStory {

  private static final int STEPS = 40;

  private final ClusterHistory history = new ClusterHistory(simulation);
  private final ClusterRegisters registers = new ClusterRegisters();
  private long replicaReads;

  ReplicaReader(long seed) {
    super(seed, 3);
  }

  long replicaReads() {
    return replicaReads;
  }

  @Override
  Optional<String> anomaly() {
    return history.anomaly().or(registers::anomaly);
  }

  @Override
  void tell() {
    join();
    for (SimMachine machine : cluster.machines.subList(0, 2)) {
      at(machine, () -> create(machine.store()));
    }
    List<Thread> clients = new ArrayList<>();
    for (SimMachine machine : cluster.machines) {
      for (int i = 0; i < 2; i++) {
        SplittableRandom own = random.split();
        clients.add(machine.node().start("client " + i, () -> work(machine, own)));
      }
    }
    joinAll(clients);
    for (SimMachine machine : cluster.machines) {
      replicaReads += machine.probe().counted(ClusterCounter.REPLICA_READS);
    }
  }

  private void create(Hotpot store) {
    Dataset everywhere = store.dataset("everywhere", DatasetOptions.defaults().withDegree(3));
    history.create(history.keys(), everywhere);
    registers.open(everywhere);
  }

  private void work(SimMachine machine, SplittableRandom own) {
    var place = new ClusterHistory.Place(machine.name(), machine.store(), machine::leasedAs);
    for (int i = 0; i < STEPS; i++) {
      switch (own.nextInt(6)) {
        case 0 -> history.transact(place, own, List.of(), List.of(own.nextInt(2)));
        case 1 -> history.transact(place, own, List.of(), List.of(0, 1));
        case 2, 3 -> history.readAll(place);
        default -> registers.step(machine.store(), own);
      }
      // Tables catch up while all rest, and are read when somebody writes again.
      rest(machine, 1 + own.nextLong(own.nextInt(3) == 0 ? 6 * MS : MS / 5));
    }
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new ReplicaReader(seed).run();
    }
  }
}
