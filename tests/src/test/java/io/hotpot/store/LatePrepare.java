package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Transactions that read in one partition and write in another one, which hears of them late.
 * Meanwhile others overwrite what they have read and then look at both. Only the locks of what was
 * read (PROTOCOL 8.2.2) keep these from seeing what comes after before what it has read is gone.
 */
final class LatePrepare extends SimStory {

  private static final int TRANSACTIONS = 10;
  private static final int READ = 0;
  private static final int WRITTEN = 1;

  private final ClusterHistory history = new ClusterHistory(simulation);
  private boolean isOver;

  LatePrepare(long seed) {
    super(seed, 3);
  }

  @Override
  Optional<String> anomaly() {
    return history.anomaly();
  }

  @Override
  void tell() {
    join();
    SimMachine coordinator = cluster.machines.get(0);
    SimMachine late = cluster.machines.get(1);
    SimMachine other = cluster.machines.get(2);
    for (SimMachine machine : List.of(coordinator, late)) {
      at(
          machine,
          () ->
              history.create(
                  history.keys(),
                  machine.store().dataset("single", DatasetOptions.defaults().withDegree(1))));
    }
    cluster.network.slow(coordinator.name(), late.name(), 1 + random.nextLong(20 * MS));
    List<Thread> threads = new ArrayList<>();
    SplittableRandom one = random.split();
    SplittableRandom two = random.split();
    threads.add(coordinator.node().start("writer", () -> write(coordinator, one)));
    threads.add(other.node().start("looker", () -> look(other, two)));
    joinAll(threads);
  }

  private void write(SimMachine machine, SplittableRandom own) {
    var place = new ClusterHistory.Place(machine.name(), machine.store(), machine::leasedAs);
    for (int i = 0; i < TRANSACTIONS; i++) {
      history.transact(place, own, List.of(READ), List.of(WRITTEN));
      rest(machine, 1 + own.nextLong(MS));
    }
    isOver = true;
  }

  private void look(SimMachine machine, SplittableRandom own) {
    var place = new ClusterHistory.Place(machine.name(), machine.store(), machine::leasedAs);
    while (!isOver) {
      history.transact(place, own, List.of(), List.of(READ));
      history.readAll(place);
      rest(machine, 1 + own.nextLong(2 * MS));
    }
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new LatePrepare(seed).run();
    }
  }
}
