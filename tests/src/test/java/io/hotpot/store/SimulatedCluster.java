package io.hotpot.store;

import io.hotpot.sim.Simulation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One run of a simulated cluster: it is set up, works while faults drawn from the seed happen, and
 * then without faults must come to rest.
 */
final class SimulatedCluster {

  private static final long MAX_STEPS = 5_000_000;
  private static final int CLIENTS = 2;
  private static final long MS = 1_000_000;

  /** Longer than all patience in the protocol: a call of an application waits 30 s at most. */
  private static final long PATIENCE_NS = 120_000 * MS;

  /** What a seed has chosen. */
  record Options(int nodes, int keysPerNode, int transactions, int faults, boolean beginsSlowly) {
    static Options of(SplittableRandom random) {
      return new Options(
          random.nextInt(3, 5),
          random.nextInt(1, 3),
          random.nextInt(10, 30),
          random.nextInt(1, 8),
          random.nextBoolean());
    }
  }

  private final long seed;
  private final Simulation simulation;
  private final SplittableRandom random;
  private final Options options;
  private final SimCluster cluster;
  private final ClusterHistory history;
  private final ClusterBank bank = new ClusterBank();
  private final ClusterLines lines = new ClusterLines();
  private final ClusterChurn churn = new ClusterChurn();
  private final ClusterTurns turns = new ClusterTurns();

  /** Whether clients acquire objects, too; without that a seed's run is as it was. */
  private final boolean acquires;

  private final FaultInjector faults;
  private final ClusterChecks checks;
  private int clientsRunning;

  SimulatedCluster(long seed) {
    this(seed, false);
  }

  SimulatedCluster(long seed, boolean acquires) {
    this.seed = seed;
    this.acquires = acquires;
    this.simulation = new Simulation(seed, MAX_STEPS);
    this.random = simulation.random();
    this.options = Options.of(random);
    this.cluster = new SimCluster(simulation, options.nodes());
    this.history = new ClusterHistory(simulation);
    this.checks = new ClusterChecks(cluster);
    this.faults = new FaultInjector(cluster, random.split(), this::live);
  }

  Options options() {
    return options;
  }

  ClusterHistory history() {
    return history;
  }

  ClusterTurns turns() {
    return turns;
  }

  int faultsInjected() {
    return faults.injected();
  }

  long steps() {
    return simulation.steps();
  }

  /**
   * @return the trace of the run
   * @throws AssertionError if somebody failed, or what was seen is not what is promised
   */
  long run() {
    try {
      cluster.world.start("world", this::story);
      simulation.run();
      history
          .anomaly()
          .ifPresent(
              anomaly -> {
                throw new AssertionError(anomaly);
              });
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(
          "seed "
              + seed
              + ", "
              + options
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

  private void story() {
    cluster.dispatcher.start();
    cluster.machines.forEach(machine -> machine.start(store -> {}));
    await(
        "nodes do not join",
        () -> cluster.machines.stream().allMatch(machine -> machine.store() != null));
    Hotpot first = cluster.machines.getFirst().store();
    List<Thread> setup = new ArrayList<>();
    setup.add(
        cluster
            .machines
            .getFirst()
            .node()
            .start(
                "datasets",
                () -> {
                  first.dataset("even", DatasetOptions.defaults().withDegree(3));
                  first.dataset("odd", DatasetOptions.defaults().withDegree(2));
                  if (acquires) {
                    ClusterTurns.define(first);
                  }
                }));
    joinAll(setup);
    for (SimMachine machine : cluster.machines) {
      setup.add(machine.node().start("keys", () -> createKeys(machine.store())));
      joinAll(setup);
    }
    cluster.tell("the cluster is set up");
    cluster.machines.forEach(machine -> startClients(machine, machine.store()));
    checks.watch();
    if (options.beginsSlowly()) {
      // While all nodes are up and busy, and have copies of most objects.
      faults.slowWays();
    }
    for (int i = 0; i < options.faults(); i++) {
      pause(1 + random.nextLong(300 * MS));
      faults.injectOne();
    }
    pause(random.nextLong(300 * MS));
    faults.heal();
    cluster.tell("no more faults");
    await(
        "clients do not end",
        () -> clientsRunning == 0 && cluster.machines.stream().allMatch(m -> m.store() != null));
    readEverywhere();
    checks.atRest(this::pause);
    checks.stop();
  }

  private void createKeys(Hotpot store) {
    for (int i = 0; i < options.keysPerNode(); i++) {
      history.create(history.keys(), dataset(store, history.keys() % 2 == 0 ? "even" : "odd"));
    }
    bank.open(dataset(store, "even"));
    bank.open(dataset(store, "odd"));
    lines.open(dataset(store, "odd"));
    if (acquires) {
      turns.open(store);
    }
  }

  private static Dataset dataset(Hotpot store, String name) {
    return store.findDataset(name).orElseThrow();
  }

  /** A later life of a machine, with clients of its own. */
  private void live(SimMachine machine) {
    machine.start(store -> startClients(machine, store));
  }

  private void startClients(SimMachine machine, Hotpot store) {
    for (int i = 0; i < CLIENTS; i++) {
      SplittableRandom own = random.split();
      String where = machine.node() + "/" + i;
      clientsRunning++;
      OneLess ending = new OneLess();
      machine.node().whenKilled(ending);
      machine
          .node()
          .start(
              "client " + i,
              () -> {
                work(where, machine, store, own);
                ending.run();
              });
    }
  }

  /** A client that has ended or was killed is counted once. */
  private final class OneLess implements Runnable {
    private boolean done;

    @Override
    public void run() {
      if (!done) {
        done = true;
        clientsRunning--;
      }
    }
  }

  private void work(String where, SimMachine machine, Hotpot store, SplittableRandom own) {
    ClusterHistory.Place place = new ClusterHistory.Place(where, store, machine::leasedAs);
    for (int i = 0; i < options.transactions(); i++) {
      if (acquires && own.nextBoolean()) {
        turns.take(store, own);
        continue;
      }
      switch (own.nextInt(10)) {
        case 0, 1 -> history.readAll(place);
        case 2 -> bank.audit(where, store);
        case 3 -> bank.transfer(store, own);
        case 4 -> lines.append(store, own);
        case 5 -> lines.look(where, store);
        case 6 -> churn.step(where, store, own);
        default -> history.transact(place, own);
      }
      long restNs = own.nextInt(4) == 0 ? own.nextLong(100 * MS) : own.nextLong(2 * MS);
      machine.node().seams().threads().park(this, 1 + restNs);
    }
  }

  private void readEverywhere() {
    List<Thread> readers = new ArrayList<>();
    for (SimMachine machine : cluster.machines) {
      readers.add(
          machine
              .node()
              .start(
                  "last look",
                  () -> {
                    String where = machine.name() + " at the end";
                    Hotpot store = machine.store();
                    ClusterHistory.Place place =
                        new ClusterHistory.Place(where, store, machine::leasedAs);
                    while (!history.readAll(place)
                        || !bank.audit(where, store)
                        || !lines.look(where, store)
                        || (acquires && !turns.look(where, store))) {
                      machine.node().seams().threads().park(this, 10 * MS);
                    }
                  }));
    }
    joinAll(readers);
  }

  // ---- waiting

  private interface Condition {
    boolean holds();
  }

  private void await(String otherwise, Condition condition) {
    long untilNs = simulation.nowNs() + PATIENCE_NS;
    while (!condition.holds()) {
      if (simulation.nowNs() > untilNs) {
        throw new AssertionError(otherwise + simulation.stacks());
      }
      pause(MS);
    }
  }

  private void pause(long ns) {
    cluster.world.seams().threads().park(this, ns);
  }

  private static void joinAll(List<Thread> threads) {
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
