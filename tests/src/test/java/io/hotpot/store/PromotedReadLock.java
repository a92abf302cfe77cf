package io.hotpot.store;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.PartitionInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A transaction that has read in one partition, whose owner then dies, and writes in another one,
 * which hears of it late. The next owner must keep locked what was read (PROTOCOL 10.6), or others
 * overwrite it and then look at both: they see what comes after before what it has read is gone.
 */
final class PromotedReadLock extends SimStory {

  private static final int READ = 0;
  private static final int WRITTEN = 1;
  private static final long PREPARE_LATE_NS = 1_500 * MS;
  private static final long RESOLVE_LATE_NS = 6_000 * MS;

  private final ClusterHistory history = new ClusterHistory(simulation);
  private boolean isOver;

  PromotedReadLock(long seed) {
    super(seed, 5);
  }

  @Override
  Optional<String> anomaly() {
    return history.anomaly();
  }

  @Override
  void tell() {
    join();
    List<SimMachine> others = new ArrayList<>(cluster.machines);
    SimMachine owner = others.removeFirst();
    create(owner, READ, "replicated", DatasetOptions.defaults().withDegree(2).withMinimum(1));
    SimMachine next = replicaOf(owner, others);
    others.remove(next);
    SimMachine home = others.get(0);
    SimMachine coordinator = others.get(1);
    SimMachine rival = others.get(2);
    create(home, WRITTEN, "single", DatasetOptions.defaults().withDegree(1));
    at(coordinator, () -> readAll(coordinator));
    cluster.network.slow(coordinator.name(), home.name(), PREPARE_LATE_NS);
    // Or the home would be asked, and abort it, as soon as there is another owner.
    cluster.network.slow(next.name(), home.name(), RESOLVE_LATE_NS);
    List<Thread> threads = new ArrayList<>();
    SplittableRandom one = random.split();
    SplittableRandom two = random.split();
    threads.add(
        coordinator
            .node()
            .start(
                "coordinator",
                () -> {
                  history.transact(at(coordinator), one, List.of(READ), List.of(WRITTEN));
                  isOver = true;
                  cluster.tell("the first one is over, committed=" + history.committed());
                }));
    pause(20 * MS);
    cluster.tell("killed: " + owner.node());
    owner.kill(true, random);
    threads.add(rival.node().start("rival", () -> overwrite(rival, coordinator, home, two)));
    joinAll(threads);
    cluster.network.slow(next.name(), home.name(), 0);
    at(rival, () -> readAll(rival));
  }

  private void create(SimMachine machine, int key, String dataset, DatasetOptions options) {
    at(machine, () -> history.create(key, machine.store().dataset(dataset, options)));
  }

  private SimMachine replicaOf(SimMachine owner, List<SimMachine> others) {
    Configuration now = cluster.dispatcher.state().configuration();
    for (PartitionInfo info : now.partitions().values()) {
      if (info.owner() == owner.nodeId()) {
        return others.stream()
            .filter(machine -> info.inSync().contains(machine.nodeId()))
            .findFirst()
            .orElseThrow();
      }
    }
    throw new AssertionError("nobody holds what " + owner.name() + " owns");
  }

  private static ClusterHistory.Place at(SimMachine machine) {
    return new ClusterHistory.Place(machine.name(), machine.store(), machine::leasedAs);
  }

  /** Until it succeeds, or the other transaction is over. */
  private void overwrite(
      SimMachine rival, SimMachine coordinator, SimMachine home, SplittableRandom own) {
    long before = history.committed();
    while (!isOver && history.committed() == before) {
      history.transact(at(rival), own, List.of(), List.of(READ));
      rest(rival, 1 + own.nextLong(2 * MS));
    }
    history.readAll(at(rival));
    cluster.tell("the rival is over, committed=" + (history.committed() - before));
    cluster.network.slow(coordinator.name(), home.name(), 0);
  }

  private void readAll(SimMachine machine) {
    while (!history.readAll(at(machine))) {
      rest(machine, 10 * MS);
    }
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new PromotedReadLock(seed).run();
    }
  }
}
