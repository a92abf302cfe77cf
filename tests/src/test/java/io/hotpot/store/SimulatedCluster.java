package io.hotpot.store;

import io.hotpot.replication.ClusterCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * One run of a simulated cluster: it is set up, works while faults drawn from the seed happen, and
 * then without faults must come to rest.
 */
final class SimulatedCluster extends SimStory {

  private static final int CLIENTS = 2;

  /** What a seed has chosen. */
  record Options(
      int nodes,
      int dispatchers,
      int keysPerNode,
      int transactions,
      int faults,
      boolean beginsSlowly,
      boolean rots) {
    static Options of(SplittableRandom random) {
      return new Options(
          random.nextInt(3, 5),
          random.nextBoolean() ? 3 : 1,
          random.nextInt(1, 3),
          random.nextInt(10, 30),
          random.nextInt(1, 8),
          random.nextBoolean(),
          random.nextInt(4) == 0);
    }
  }

  private final Options options;
  private final ClusterHistory history;
  private final ClusterBank bank = new ClusterBank();
  private final ClusterLines lines = new ClusterLines();
  private final ClusterChurn churn = new ClusterChurn();
  private final ClusterRegisters registers = new ClusterRegisters();
  private final ClusterTemporaries temporaries = new ClusterTemporaries();
  private final FaultInjector faults;
  private final ClusterChecks checks;
  private final RottenCopy rotten;
  private int clientsRunning;
  private long replicaReads;

  SimulatedCluster(long seed) {
    this(seed, new Drawn());
  }

  private SimulatedCluster(long seed, Drawn drawn) {
    super(seed, drawn);
    this.options = drawn.options;
    this.history = new ClusterHistory(simulation);
    this.checks = new ClusterChecks(cluster);
    this.faults = new FaultInjector(cluster, random.split(), this::live);
    this.rotten = new RottenCopy(cluster, random.split());
  }

  private static final class Drawn implements Function<SplittableRandom, Size> {
    private Options options;

    @Override
    public Size apply(SplittableRandom random) {
      options = Options.of(random);
      return new Size(options.nodes(), options.dispatchers());
    }
  }

  @Override
  String options() {
    return options.toString();
  }

  ClusterHistory history() {
    return history;
  }

  int faultsInjected() {
    return faults.injected();
  }

  /** Reads that the last lives of the nodes have served as replicas. */
  long replicaReads() {
    return replicaReads;
  }

  boolean hasRotted() {
    return rotten.hasAppeared();
  }

  @Override
  Optional<String> anomaly() {
    return history.anomaly().or(registers::anomaly);
  }

  @Override
  void tell() {
    join();
    SimMachine first = cluster.machines.getFirst();
    at(
        first,
        () -> {
          first.store().dataset("even", DatasetOptions.defaults().withDegree(3));
          first.store().dataset("odd", DatasetOptions.defaults().withDegree(2));
        });
    for (SimMachine machine : cluster.machines) {
      at(machine, () -> createKeys(machine.store()));
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
    if (options.rots()) {
      // Of copies that are all there.
      checks.atRest(this::pause);
      rotten.appear();
    }
    readEverywhere();
    await("what has rotted is not healed", rotten::isHealed);
    for (SimMachine machine : cluster.machines) {
      replicaReads += machine.probe().counted(ClusterCounter.REPLICA_READS);
    }
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
    registers.open(dataset(store, registers.size() % 2 == 0 ? "even" : "odd"));
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
      try {
        step(place, store, own);
      } catch (StoreClosed e) {
        return;
      }
      long restNs = own.nextInt(4) == 0 ? own.nextLong(100 * MS) : own.nextLong(2 * MS);
      rest(machine, 1 + restNs);
    }
  }

  private void step(ClusterHistory.Place place, Hotpot store, SplittableRandom own) {
    switch (own.nextInt(24)) {
      case 0, 1, 2, 3 -> history.readAll(place);
      case 4, 5 -> bank.audit(place.where(), store);
      case 6, 7 -> bank.transfer(store, own);
      case 8, 9 -> lines.append(store, own);
      case 10, 11 -> lines.look(place.where(), store);
      case 12, 13 -> churn.step(place.where(), store, own);
      case 14, 15, 16 -> registers.step(store, own);
      case 17 -> temporaries.step(place.where(), store, own);
      default -> history.transact(place, own);
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
                        || !lines.look(where, store)) {
                      rest(machine, 10 * MS);
                    }
                  }));
    }
    joinAll(readers);
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new SimulatedCluster(seed).run();
    }
  }
}
