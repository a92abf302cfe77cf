package io.hotpot.store;

import io.hotpot.cluster.SimDevice;
import io.hotpot.cluster.SimFabric;
import io.hotpot.cluster.SimLoop;
import io.hotpot.cluster.SimWorker;
import io.hotpot.dispatcher.ClusterNode;
import io.hotpot.dispatcher.ClusterProbe;
import io.hotpot.dispatcher.LeaseTimes;
import io.hotpot.dispatcher.TcpClusterProvider;
import io.hotpot.replication.Fabric;
import io.hotpot.replication.MediumThreads;
import io.hotpot.replication.Message;
import io.hotpot.replication.NodeSettings;
import io.hotpot.sim.SimNetwork;
import io.hotpot.sim.SimNode;
import io.hotpot.sim.Simulation;
import io.hotpot.store.spi.ClusterProvider;
import io.hotpot.store.spi.Elsewhere;
import io.hotpot.store.spi.HeldParts;
import io.hotpot.store.spi.Names;
import io.hotpot.store.spi.Repair;
import io.hotpot.store.spi.Seams;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * A simulated machine with a node of the cluster: its heap outlives the lives of the node. What
 * runs on it is the code of a real node, joined as an application joins.
 */
final class SimMachine {

  private static final int MAX_CHUNKS = 48;
  private static final long LOOK_NS = 500_000;

  /** All runs of a process have their heaps in the same memory, one after another. */
  private static final SimHeap.Spare SPARE = new SimHeap.Spare();

  private final Simulation simulation;
  private final SimNetwork network;
  private final LeaseTimes times;
  private final long clusterId;
  private final List<Fabric.Member> dispatchers;
  private final Consumer<String> events;
  private final SimWorker.Disk disk = new SimWorker.Disk();
  private SimNode node;
  private SimHeap heap;
  private ClusterProbe probe;
  private Hotpot store;
  private boolean isUp;
  private Consumer<Message> sent = message -> {};
  private Consumer<SimDevice> device;
  private boolean keepsCopies = true;
  private int attempts = HotpotOptions.defaults().attempts();

  SimMachine(
      Simulation simulation,
      SimNetwork network,
      String name,
      LeaseTimes times,
      long clusterId,
      List<Fabric.Member> dispatchers,
      Consumer<String> events) {
    this.simulation = simulation;
    this.network = network;
    this.times = times;
    this.clusterId = clusterId;
    this.dispatchers = dispatchers;
    this.events = event -> events.accept(name + ": " + event);
    this.node = simulation.node(name);
    this.heap = emptyHeap();
  }

  String name() {
    return node.name();
  }

  /** Of its present life. */
  SimHeap heap() {
    return heap;
  }

  SimNode node() {
    return node;
  }

  SimWorker.Disk disk() {
    return disk;
  }

  boolean isUp() {
    return isUp;
  }

  /** Who is told of each message that it sends; to be set before it starts. */
  void onSend(Consumer<Message> now) {
    sent = now;
  }

  /**
   * It has one-sided access to others' memory, and they to its own; before it starts.
   *
   * @param settings are made of the device of each life
   */
  void oneSided(Consumer<SimDevice> settings) {
    device = settings;
  }

  /**
   * Its copies make room for others at once, so that whoever reads an object again reads it where
   * it stands, or fetches it; before it starts.
   */
  void keepsNoCopies() {
    keepsCopies = false;
  }

  private SimDevice device() {
    if (device == null) {
      return null;
    }
    SimHeap of = heap;
    SimDevice made = new SimDevice(simulation, of::deviceWrites);
    device.accept(made);
    return made;
  }

  /** How often its transactions are tried, and its reads without locks; before it starts. */
  void attempts(int most) {
    attempts = most;
  }

  /** Null until the life's node is being wired. */
  ClusterProbe probe() {
    return probe;
  }

  /** Its incarnation; 0: it has no lease. */
  int leasedAs() {
    return probe != null && probe.holdsLease() ? probe.self().incarnation() : 0;
  }

  /** Null while it joins. */
  Hotpot store() {
    return store;
  }

  /** Starts a life: joins the cluster, then lets the application run. */
  void start(Consumer<Hotpot> application) {
    isUp = true;
    heap.beforeWork(simulation::interleave);
    node.start("main", () -> live(application));
  }

  private void live(Consumer<Hotpot> application) {
    HotpotOptions options =
        HotpotOptions.defaults()
            .withCacheBytes(1 << 20)
            .withAttempts(attempts)
            .withMaxBytes((long) MAX_CHUNKS * Heap.CHUNK_BYTES);
    Hotpot joined =
        Hotpot.join(
            new Provider(),
            "simulated",
            ClusterOptions.withoutHeap().withStore(options),
            heap,
            node.seams(),
            null,
            Optional.empty());
    store = joined;
    application.accept(joined);
  }

  /** Ends the life at this very moment. */
  void kill(boolean powerIsLost, SplittableRandom random) {
    node.kill();
    isUp = false;
    probe = null;
    store = null;
    SimHeap before = heap;
    heap = powerIsLost ? before.afterPowerLoss(random) : before.afterKill();
    before.giveBack();
    node = node.restart();
  }

  /** The machine, which is down, comes back with an empty heap. */
  void loseHeap() {
    heap.giveBack();
    heap = emptyHeap();
  }

  private SimHeap emptyHeap() {
    return new SimHeap(MAX_CHUNKS, clusterId, Durability.POWER, SPARE);
  }

  /** By which the cluster knows its heap; 0: it has not joined with it yet. */
  int nodeId() {
    return (int) heap.register(HeldStore.NODE_ID_REGISTER);
  }

  /** Gives a partition that it owns to another node, if it still does. */
  void migrate(int partition, int target) {
    if (probe != null) {
      probe.migrate(partition, target);
    }
  }

  /**
   * Closes the store, as an application does in the end, and lets the life end with it.
   *
   * @param left told on the simulation's own thread, unless the life ends sooner
   */
  void leave(SplittableRandom random, Runnable left) {
    SimNode life = node;
    Hotpot leaving = store;
    store = null;
    life.start(
        "closing",
        () -> {
          leaving.close();
          simulation.after(
              1,
              () -> {
                if (!life.isKilled()) {
                  kill(false, random);
                  left.run();
                }
              });
        });
  }

  /** The run is over: nothing of it is used any more. */
  void end() {
    heap.giveBack();
  }

  /** Joins the simulated cluster: the wiring of a real node, on simulated surroundings. */
  private final class Provider implements ClusterProvider {

    @Override
    public Identity identify(String address, ClusterOptions options) {
      throw new UnsupportedOperationException("a simulated heap has the cluster's id already");
    }

    @Override
    public Joined join(String address, ClusterOptions options, HeldParts parts, Seams seams) {
      SimLoop loop = new SimLoop(simulation, node);
      SimFabric fabric = new SimFabric(network, node, loop, sent, device());
      SimWorker flusher = new SimWorker(simulation, node, "flusher", disk);
      SimWorker medium = new SimWorker(simulation, node, "medium", disk);
      SimWorker unhurried = new SimWorker(simulation, node, "unhurried", disk.unhurried());
      NodeSettings settings =
          new NodeSettings(
              SimFabric.address(name()),
              dispatchers,
              TcpClusterProvider.agreed(times),
              times.leaseNs(),
              true,
              log -> log.isDamaged() || log.tail() == 0,
              true);
      ClusterNode wired =
          new ClusterNode(
              settings,
              loop,
              fabric,
              InterleavedReads.of(parts, simulation, seams.threads()),
              seams.threads(),
              keepsCopies ? options.store().cacheBytes() : 1,
              new MediumThreads(flusher, medium, unhurried),
              events);
      probe = new ClusterProbe(wired);
      wired.start();
      while (!wired.isMember() || wired.configuration().version() == 0) {
        seams.threads().park(this, LOOK_NS);
      }
      return new Membership(wired, fabric, List.of(flusher, medium, unhurried), loop);
    }
  }

  private record Membership(
      ClusterNode node, SimFabric fabric, List<SimWorker> workers, SimLoop loop)
      implements ClusterProvider.Joined {
    @Override
    public Elsewhere elsewhere() {
      return node.elsewhere();
    }

    @Override
    public Names names() {
      return node.names();
    }

    @Override
    public Repair repair() {
      return node.repair();
    }

    @Override
    public Optional<ClusterMember> member() {
      return node.member();
    }

    @Override
    public void addListener(MembershipListener listener) {
      node.addListener(listener);
    }

    @Override
    public boolean removeListener(MembershipListener listener) {
      return node.removeListener(listener);
    }

    @Override
    public Map<String, Long> counters() {
      return node.counters();
    }

    @Override
    public void close() {
      node.close();
      fabric.close();
      try {
        // First those that hand their results to the loop.
        for (SimWorker worker : workers) {
          worker.close();
        }
        loop.close();
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts simulated threads", e);
      }
    }
  }
}
