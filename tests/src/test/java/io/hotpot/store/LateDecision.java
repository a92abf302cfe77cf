package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Transactions whose home hears of them late: by then it may have been asked how they ended, and
 * have said that they did not (PROTOCOL 8.2.4, 9.2).
 */
final class LateDecision extends SimStory {

  private static final int TRANSACTIONS = 12;

  /** Whoever is prepared asks after 250 ms. */
  private static final long LATE_NS = 600 * MS;

  private final ClusterHistory history = new ClusterHistory(simulation);

  LateDecision(long seed) {
    super(seed, 3);
  }

  @Override
  Optional<String> anomaly() {
    return history.anomaly();
  }

  @Override
  void tell() {
    join();
    SimMachine home = cluster.machines.get(0);
    SimMachine other = cluster.machines.get(1);
    SimMachine coordinator = cluster.machines.get(2);
    for (SimMachine machine : List.of(home, other)) {
      at(
          machine,
          () ->
              history.create(
                  history.keys(),
                  machine.store().dataset("single", DatasetOptions.defaults().withDegree(1))));
    }
    // The home is the written partition with the lowest id.
    cluster.network.slow(coordinator.name(), home.name(), LATE_NS);
    List<Thread> threads = new ArrayList<>();
    SplittableRandom own = random.split();
    threads.add(coordinator.node().start("writer", () -> work(coordinator, own)));
    joinAll(threads);
    cluster.network.slow(coordinator.name(), home.name(), 0);
    at(coordinator, () -> readAll(coordinator));
  }

  private void work(SimMachine machine, SplittableRandom own) {
    var place = new ClusterHistory.Place(machine.name(), machine.store(), machine::leasedAs);
    for (int i = 0; i < TRANSACTIONS; i++) {
      history.transact(place, own, List.of(), List.of(0, 1));
      rest(machine, 1 + own.nextLong(MS));
    }
  }

  private void readAll(SimMachine machine) {
    var place = new ClusterHistory.Place(machine.name(), machine.store(), machine::leasedAs);
    while (!history.readAll(place)) {
      rest(machine, 10 * MS);
    }
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new LateDecision(seed).run();
    }
  }
}
