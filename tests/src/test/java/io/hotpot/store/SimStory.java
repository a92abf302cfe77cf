package io.hotpot.store;

import io.hotpot.sim.Simulation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * What happens in one simulated cluster, and whether it was right: told by the thread of the
 * simulated world, repeated by its seed.
 */
abstract class SimStory {

  static final long MS = 1_000_000;
  private static final long MAX_STEPS = 5_000_000;

  /** Longer than all patience in the protocol: a call of an application waits 30 s at most. */
  private static final long PATIENCE_NS = 120_000 * MS;

  final long seed;
  final Simulation simulation;
  final SplittableRandom random;
  final SimCluster cluster;

  /** What must be known before there is a cluster. */
  record Size(int nodes, int dispatchers) {}

  SimStory(long seed, int nodes) {
    this(seed, random -> new Size(nodes, 1));
  }

  SimStory(long seed, Function<SplittableRandom, Size> draw) {
    this.seed = seed;
    this.simulation = new Simulation(seed, MAX_STEPS);
    this.random = simulation.random();
    Size size = draw.apply(random);
    this.cluster = new SimCluster(simulation, size.nodes(), size.dispatchers());
  }

  /** The story, from the first node's start to the last look. */
  abstract void tell();

  /** What is wrong with what was seen, now that all is over. */
  abstract Optional<String> anomaly();

  /** What the seed has chosen, for who looks at a failure. */
  String options() {
    return cluster.machines.size() + " nodes";
  }

  /** Whether a failure is known to be possible, and not one of this story. */
  boolean isExcused() {
    return false;
  }

  final long steps() {
    return simulation.steps();
  }

  final long simulatedNs() {
    return simulation.nowNs();
  }

  /**
   * @return the trace of the run
   * @throws AssertionError if somebody failed, or what was seen is not what is promised
   */
  final long run() {
    try {
      cluster.world.start("world", this::tell);
      simulation.run();
      anomaly()
          .ifPresent(
              anomaly -> {
                throw new AssertionError(anomaly);
              });
    } catch (RuntimeException | AssertionError e) {
      if (isExcused()) {
        return simulation.trace();
      }
      throw new AssertionError(
          "seed "
              + seed
              + ", "
              + options()
              + " (again: -Dhotpot.seed="
              + seed
              + " -Dhotpot.sim.seeds=1): "
              + e
              + "\nlately:\n  "
              + cluster.lately(),
          e);
    } finally {
      cluster.machines.forEach(SimMachine::end);
    }
    return simulation.trace();
  }

  // ---- what stories begin with

  /** Starts the dispatcher and all nodes, and waits until they have joined. */
  final void join() {
    cluster.dispatcher.start();
    cluster.machines.forEach(machine -> machine.start(store -> {}));
    await(
        "nodes do not join",
        () -> cluster.machines.stream().allMatch(machine -> machine.store() != null));
  }

  /** Runs something on a machine, and waits for its end. */
  final void at(SimMachine machine, Runnable task) {
    List<Thread> threads = new ArrayList<>();
    threads.add(machine.node().start("task", task));
    joinAll(threads);
  }

  static Dataset dataset(Hotpot store, String name) {
    return store.findDataset(name).orElseThrow();
  }

  // ---- waiting

  interface Condition {
    boolean holds();
  }

  final void await(String otherwise, Condition condition) {
    long untilNs = simulation.nowNs() + PATIENCE_NS;
    while (!condition.holds()) {
      if (simulation.nowNs() > untilNs) {
        throw new AssertionError(otherwise + simulation.stacks());
      }
      pause(MS);
    }
  }

  final void pause(long ns) {
    cluster.world.seams().threads().park(this, ns);
  }

  /** Lets a client rest. */
  final void rest(SimMachine machine, long ns) {
    machine.node().seams().threads().park(this, ns);
  }

  static void joinAll(List<Thread> threads) {
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    threads.clear();
  }
}
