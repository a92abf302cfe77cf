package io.hotpot.store;

import io.hotpot.cluster.SimDevice;
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
class SimulatedCluster extends SimStory {

  private static final int CLIENTS = 2;

  private static final int MIXED_LEAST_WRITE = 180;

  /** Of so many seeds one is checked after each step. */
  private static final int CHECKED_EACH_STEP_ONE_IN = 8;

  private static final int STEPS_BETWEEN_CHECKS = 10;

  /** What a seed has chosen. */
  record Options(
      int nodes,
      int dispatchers,
      int keysPerNode,
      int transactions,
      int faults,
      boolean beginsSlowly,
      boolean rots,
      int attempts) {
    static Options of(SplittableRandom random) {
      return new Options(
          random.nextInt(3, 5),
          random.nextBoolean() ? 3 : 1,
          random.nextInt(1, 3),
          random.nextInt(10, 30),
          random.nextInt(1, 8),
          random.nextBoolean(),
          random.nextInt(4) == 0,
          random.nextInt(3) == 0 ? random.nextInt(1, 4) : HotpotOptions.defaults().attempts());
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
  private int damagesTold;
  private long sharedReads;
  private long replicaReads;
  private long appendsInPlace;
  private long placeReads;

  SimulatedCluster(long seed) {
    this(seed, new Drawn());
  }

  private SimulatedCluster(long seed, Drawn drawn) {
    super(seed, drawn);
    this.options = drawn.options;
    this.history = new ClusterHistory(simulation);
    // With few of them, readers soon take locks.
    cluster.machines.forEach(machine -> machine.attempts(options.attempts()));
    if (isOneSided()) {
      cluster.machines.forEach(machine -> machine.oneSided(this::choose));
    }
    if (readsPlaces()) {
      cluster.machines.forEach(SimMachine::keepsNoCopies);
    }
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
    return options + (isOneSided() ? ", one-sided access" : "");
  }

  /** In half of the runs the fabric has it. Not drawn: the others are what they were without. */
  boolean isOneSided() {
    return Long.bitCount(seed & 7) >= 2;
  }

  /** In half of those, less than most batches have goes with messages, so that both ways mix. */
  private void choose(SimDevice device) {
    if ((seed & 8) != 0) {
      device.leastWriteBytes(MIXED_LEAST_WRITE);
    }
  }

  /** In half of those, copies are given up at once, and what is read again is read in place. */
  boolean readsPlaces() {
    return isOneSided() && (seed & 5) == 5;
  }

  ClusterHistory history() {
    return history;
  }

  int faultsInjected() {
    return faults.injected();
  }

  /** Reads under shared locks, as far as the machines live that made them. */
  long sharedReads() {
    return sharedReads;
  }

  /** Reads that the last lives of the nodes have served as replicas. */
  long replicaReads() {
    return replicaReads;
  }

  /** Appends that the last lives of the nodes have found written, as replicas. */
  long appendsInPlace() {
    return appendsInPlace;
  }

  /** Reads in the memory of owners by the last lives of the nodes. */
  long placeReads() {
    return placeReads;
  }

  boolean hasRotted() {
    return rotten.hasAppeared();
  }

  /** Whether a partition had no member left but with damage. */
  boolean mayBeLost() {
    return rotten.mayBeLost();
  }

  /** Whether it could not be told, as far as is known (PROTOCOL 13.6). */
  boolean mayBeLostUntold() {
    return rotten.mayBeLostUntold();
  }

  @Override
  boolean isExcused() {
    return rotten.mayBeLostUntold();
  }

  int damagesTold() {
    return damagesTold;
  }

  @Override
  Optional<String> anomaly() {
    return history.anomaly().or(registers::anomaly).or(this::unsoundWrite);
  }

  /** What the owner has written is there when the replica is told of it, unless it has rotted. */
  private Optional<String> unsoundWrite() {
    return Optional.of(cluster.unsound())
        .filter(unsound -> !unsound.isEmpty() && !rotten.hasAppeared());
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
    if (looksAtCopies()) {
      checks.watchCopies(stepsBetweenChecks());
    }
    if (options.beginsSlowly()) {
      // While all nodes are up and busy, and have copies of most objects.
      faults.slowWays();
    }
    for (int i = 0; i < options.faults(); i++) {
      pause(1 + random.nextLong(300 * MS));
      faults.injectOne();
      if (options.rots()) {
        rotten.mayAppear();
      }
    }
    pause(random.nextLong(300 * MS));
    faults.heal();
    cluster.tell("no more faults");
    await(
        "clients do not end",
        () -> clientsRunning == 0 && cluster.machines.stream().allMatch(m -> m.store() != null));
    if (options.rots() && !rotten.mayBeLost()) {
      await("what has rotted is not healed", this::isHealed);
    }
    if (options.rots() && !rotten.mayBeLost()) {
      // Of copies that are all there.
      atRest();
      rotten.appear();
    }
    readEverywhere();
    await("what has rotted is not healed", this::isHealed);
    for (SimMachine machine : cluster.machines) {
      replicaReads += machine.probe().counted(ClusterCounter.REPLICA_READS);
      appendsInPlace += machine.probe().counted(ClusterCounter.APPENDS_TAKEN_IN_PLACE);
      placeReads += machine.probe().counted(ClusterCounter.PLACE_READS);
    }
    atRest();
    checks.stop();
  }

  /** To check after each step takes half as long again as the run itself. */
  int stepsBetweenChecks() {
    return seed % CHECKED_EACH_STEP_ONE_IN == 0 ? 1 : STEPS_BETWEEN_CHECKS;
  }

  boolean looksAtCopies() {
    return true;
  }

  private boolean isHealed() {
    return rotten.mayBeLost() || rotten.isHealed();
  }

  /** Where nobody has sound bytes of something any more, copies of it cannot be made. */
  private void atRest() {
    checks.atRest(this::pause, rotten::mayBeLost);
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
      } catch (CorruptException e) {
        damageIsTold(e);
      }
      long restNs = own.nextInt(4) == 0 ? own.nextLong(100 * MS) : own.nextLong(2 * MS);
      rest(machine, 1 + restNs);
    }
  }

  /** As long as those are away that have sound bytes, or where there are none any more. */
  private void damageIsTold(CorruptException e) {
    if (!rotten.hasAppeared()) {
      throw e;
    }
    damagesTold++;
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
                    while (!seesAll(place, where, store)) {
                      rest(machine, 10 * MS);
                    }
                    sharedReads += store.counters().getOrDefault("sharedReads", 0L);
                  }));
    }
    joinAll(readers);
  }

  private boolean seesAll(ClusterHistory.Place place, String where, Hotpot store) {
    try {
      return history.readAll(place) && bank.audit(where, store) && lines.look(where, store);
    } catch (CorruptException e) {
      damageIsTold(e);
      return rotten.mayBeLost();
    }
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new SimulatedCluster(seed).run();
    }
  }
}
