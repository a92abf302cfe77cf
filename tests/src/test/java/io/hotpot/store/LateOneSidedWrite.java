package io.hotpot.store;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.Configuration.PartitionInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An owner stands still with writes under way to its replicas' memory. They arrive when another
 * node owns the partition, in sessions that have ended, but that the devices have not let go yet
 * (PROTOCOL 10.1).
 */
final class LateOneSidedWrite extends SimStory {

  /** So long a write may be on its way, and a device may take to let a session go. */
  private static final long LATE_NS = 400 * MS;

  private static final int KEYS = 3;
  private static final int WARM_UPS = 10;

  /**
   * So much stays live in the chunk in which the logs part that the next owner does not clean it.
   */
  private static final int FILLINGS = 40;

  private static final int FILLING_CHARACTERS = 60_000;

  private record Filling(String characters) {}

  private final ClusterHistory history = new ClusterHistory(simulation);
  private boolean isOver;
  private long written;

  LateOneSidedWrite(long seed) {
    super(seed, 3);
    cluster.machines.forEach(machine -> machine.oneSided(device -> device.closesWithin(LATE_NS)));
  }

  @Override
  Optional<String> anomaly() {
    return history.anomaly();
  }

  /** How many appends the first owner has written itself. */
  long written() {
    return written;
  }

  @Override
  void tell() {
    join();
    SimMachine owner = cluster.machines.getFirst();
    at(
        owner,
        () -> {
          Dataset all = owner.store().dataset("all", DatasetOptions.defaults().withDegree(3));
          for (int key = 0; key < KEYS; key++) {
            history.create(key, all);
          }
          for (int i = 0; i < FILLINGS; i++) {
            all.run(tx -> tx.allocate(new Filling("x".repeat(FILLING_CHARACTERS))));
          }
        });
    for (int i = 0; i < WARM_UPS; i++) {
      at(owner, () -> overwrite(owner, 0));
    }
    int epoch = partition().epoch();
    for (SimMachine other : cluster.machines.subList(1, 3)) {
      cluster.network.slow(owner.name(), other.name(), LATE_NS);
    }
    List<Thread> clients = new ArrayList<>();
    for (int key = 0; key < KEYS; key++) {
      int number = key;
      clients.add(owner.node().start("client " + key, () -> writeOn(owner, number)));
    }
    pause(1 + random.nextLong(20 * MS));
    written = owner.probe().counted(ClusterCounter.APPENDS_WRITTEN);
    owner.node().pause();
    cluster.tell(owner.name() + " stands still");
    await("nobody takes over", () -> partition().epoch() > epoch && isServed());
    LogBytes logs = new LogBytes(cluster);
    for (long untilNs = simulation.nowNs() + 2 * LATE_NS; simulation.nowNs() < untilNs; ) {
      pause(5 * MS);
      logs.check();
    }
    isOver = true;
    for (SimMachine other : cluster.machines.subList(1, 3)) {
      cluster.network.slow(owner.name(), other.name(), 0);
    }
    owner.node().resume();
    joinAll(clients);
    await("it does not come back", () -> owner.leasedAs() != 0);
    logs.check();
  }

  private PartitionInfo partition() {
    return cluster.dispatcher.state().configuration().partitions().values().iterator().next();
  }

  private boolean isServed() {
    int id = partition().id();
    return cluster.machines.subList(1, 3).stream()
        .anyMatch(machine -> machine.probe().owned(id) != null);
  }

  private void writeOn(SimMachine machine, int key) {
    while (!isOver) {
      overwrite(machine, key);
      rest(machine, 1 + simulation.between(0, MS));
    }
  }

  private void overwrite(SimMachine machine, int key) {
    var place = new ClusterHistory.Place(machine.name(), machine.store(), machine::leasedAs);
    history.transact(place, random.split(), List.of(), List.of(key));
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new LateOneSidedWrite(seed).run();
    }
  }
}
