package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A node that reads its copies stands still, cut off, until the others have gone on without it.
 * What it reads then at once, before it knows, it must not say (PROTOCOL 5.5, 7.8).
 */
final class PausedReader extends SimStory {

  private static final int ROUNDS = 2;
  private static final int KEYS = 3;
  private static final int READERS = 3;

  private final ClusterHistory history = new ClusterHistory(simulation);
  private boolean isOver;

  PausedReader(long seed) {
    super(seed, 3);
  }

  @Override
  Optional<String> anomaly() {
    return history.anomaly();
  }

  @Override
  void tell() {
    join();
    SimMachine writer = cluster.machines.get(0);
    SimMachine reader = cluster.machines.get(2);
    for (int key = 0; key < KEYS; key++) {
      SimMachine home = cluster.machines.get(key % 2);
      int number = key;
      at(
          home,
          () ->
              history.create(
                  number, home.store().dataset("all", DatasetOptions.defaults().withDegree(2))));
    }
    List<Thread> readers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      readers.add(reader.node().start("reader " + i, () -> readOn(reader)));
    }
    SplittableRandom own = random.split();
    for (int round = 0; round < ROUNDS; round++) {
      pause(5 * MS + random.nextLong(20 * MS));
      standStill(reader, () -> at(writer, () -> overwriteAll(writer, own)));
      await("the reader does not come back", () -> reader.leasedAs() != 0);
    }
    isOver = true;
    joinAll(readers);
  }

  private void standStill(SimMachine machine, Runnable meanwhile) {
    List<String> others = new ArrayList<>();
    cluster.machines.forEach(each -> others.add(each.name()));
    others.remove(machine.name());
    others.addAll(cluster.dispatcher.names());
    others.forEach(other -> cut(machine.name(), other));
    machine.node().pause();
    cluster.tell(machine.name() + " stands still");
    meanwhile.run();
    cluster.tell(machine.name() + " goes on");
    machine.node().resume();
    pause(2 * MS);
    others.forEach(other -> heal(machine.name(), other));
  }

  private void cut(String one, String other) {
    cluster.network.cut(one, other);
    cluster.network.cut(other, one);
  }

  private void heal(String one, String other) {
    cluster.network.heal(one, other);
    cluster.network.heal(other, one);
  }

  private void overwriteAll(SimMachine machine, SplittableRandom own) {
    var place = new ClusterHistory.Place(machine.name(), machine.store(), machine::leasedAs);
    for (int key = 0; key < KEYS; key++) {
      history.transact(place, own, List.of(), List.of(key));
    }
  }

  private void readOn(SimMachine machine) {
    var place = new ClusterHistory.Place(machine.name(), machine.store(), machine::leasedAs);
    while (!isOver) {
      history.readAll(place);
      rest(machine, 1 + simulation.between(0, MS / 10));
    }
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new PausedReader(seed).run();
    }
  }
}
