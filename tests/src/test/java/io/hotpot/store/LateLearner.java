package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A node with a slow medium comes back again and again, and copies what it has missed while others
 * go on. It counts only when it has everything that was acknowledged (PROTOCOL 11.6).
 */
final class LateLearner extends SimStory {

  private static final int ROUNDS = 3;

  private final ClusterHistory history = new ClusterHistory(simulation);
  private boolean isOver;

  LateLearner(long seed) {
    super(seed, 3);
  }

  @Override
  Optional<String> anomaly() {
    return history.anomaly();
  }

  @Override
  void tell() {
    join();
    SimMachine owner = cluster.machines.get(0);
    SimMachine late = cluster.machines.get(2);
    for (int key = 0; key < 2; key++) {
      at(
          owner,
          () ->
              history.create(
                  history.keys(),
                  owner.store().dataset("all", DatasetOptions.defaults().withDegree(3))));
    }
    ClusterChecks checks = new ClusterChecks(cluster);
    checks.watch();
    List<Thread> clients = new ArrayList<>();
    for (SimMachine machine : cluster.machines.subList(0, 2)) {
      SplittableRandom own = random.split();
      clients.add(machine.node().start("client", () -> work(machine, own)));
    }
    for (int round = 0; round < ROUNDS; round++) {
      late.kill(false, random);
      await("the late one is not excluded", () -> copies() == 2);
      late.disk().takes(1 + random.nextLong(20 * MS));
      late.start(store -> {});
      await("the late one does not catch up", () -> copies() == 3 && late.store() != null);
      pause(1 + random.nextLong(20 * MS));
    }
    isOver = true;
    joinAll(clients);
    checks.stop();
  }

  private int copies() {
    return cluster.dispatcher.state().configuration().partitions().values().stream()
        .mapToInt(info -> info.inSync().size())
        .max()
        .orElse(0);
  }

  private void work(SimMachine machine, SplittableRandom own) {
    var place = new ClusterHistory.Place(machine.name(), machine.store(), machine::leasedAs);
    while (!isOver) {
      history.transact(place, own, List.of(), List.of(own.nextInt(2)));
      rest(machine, 1 + own.nextLong(MS));
    }
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new LateLearner(seed).run();
    }
  }
}
