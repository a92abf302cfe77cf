package io.hotpot.store;

import io.hotpot.replication.Configuration.PartitionInfo;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Ends the lives of machines: they are killed, lose power, alone or with most of the others, or
 * leave as an operator has it; and come back with what is on their medium, or with another one.
 *
 * <p>Works on the simulated world's thread and on the simulation's own.
 */
final class MachineFaults {

  private static final long MS = 1_000_000;

  private final SimCluster cluster;
  private final SplittableRandom random;
  private final FaultInjector faults;
  private final Consumer<SimMachine> restart;

  MachineFaults(
      SimCluster cluster,
      SplittableRandom random,
      FaultInjector faults,
      Consumer<SimMachine> restart) {
    this.cluster = cluster;
    this.random = random;
    this.faults = faults;
    this.restart = restart;
  }

  private SimMachine one(List<SimMachine> of) {
    return of.isEmpty() ? null : of.get(random.nextInt(of.size()));
  }

  void killOne() {
    SimMachine machine = one(cluster.up());
    if (machine != null) {
      kill(machine, random.nextInt(3) > 0, false);
    }
  }

  /** Such as a power loss of the whole building. */
  void killMany() {
    boolean powerIsLost = random.nextInt(3) > 0;
    for (SimMachine machine : cluster.up()) {
      if (random.nextInt(4) > 0) {
        kill(machine, powerIsLost, false);
      }
    }
  }

  /** The machine that comes back has an empty medium, if nobody counts on what was on it. */
  void killOneForGood() {
    SimMachine machine = one(cluster.up());
    if (machine != null) {
      kill(machine, true, true);
    }
  }

  private void kill(SimMachine machine, boolean powerIsLost, boolean losesHeap) {
    cluster.tell((powerIsLost ? "power lost at " : "killed: ") + machine.node());
    machine.kill(powerIsLost, random);
    comesBack(machine, losesHeap);
  }

  private void comesBack(SimMachine machine, boolean losesHeap) {
    faults.lasts(
        faults.someNs(),
        () -> {
          boolean isEmpty = losesHeap && !isCountedOn(machine);
          if (isEmpty) {
            machine.loseHeap();
          }
          cluster.tell("started" + (isEmpty ? " with an empty heap: " : ": ") + machine.node());
          restart.accept(machine);
        });
  }

  /** Whether it is still in an in-sync set: what is only there must not be lost. */
  private boolean isCountedOn(SimMachine machine) {
    return cluster.dispatcher.state().configuration().partitions().values().stream()
        .anyMatch(info -> info.inSync().contains(machine.nodeId()));
  }

  /** Drains a node and ends it, as its operator does; it comes back later. */
  void leaveOne() {
    SimMachine machine = one(cluster.up().stream().filter(m -> m.store() != null).toList());
    if (machine == null) {
      return;
    }
    cluster.tell("drained: " + machine.node());
    for (PartitionInfo info : cluster.dispatcher.state().configuration().partitions().values()) {
      if (info.owner() == machine.nodeId()) {
        machine.migrate(info.id(), info.inSync().get(random.nextInt(info.inSync().size())));
      }
    }
    var life = machine.node();
    cluster.simulation.after(
        1 + random.nextLong(50 * MS),
        () -> {
          if (!faults.isOver() && machine.node() == life && machine.store() != null) {
            cluster.tell("closed: " + life);
            machine.leave(random, () -> comesBack(machine, false));
          }
        });
  }
}
