package io.hotpot.replication;

import io.hotpot.dispatcher.AgreedSettings;
import io.hotpot.dispatcher.CentralDispatcher;
import io.hotpot.dispatcher.LeaseTimes;
import io.hotpot.dispatcher.LocalMember;
import io.hotpot.dispatcher.MemoryLog;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.MembershipMessage.CreateDataset;
import io.hotpot.replication.MembershipMessage.CreatePartition;
import io.hotpot.replication.MembershipMessage.Setting;
import io.hotpot.store.TransactionMode;
import io.hotpot.store.spi.OwnedPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One run of a cluster: some nodes, one dispatcher, a load, and faults that a seed draws. */
final class ClusterRun {

  static final long LEASE_NS = 200 * VirtualWorld.MS;
  private static final int DISPATCHER = 0;
  private static final int OBJECTS = 5;

  /** Counts that show that a run has done something. */
  static final class Counts {
    int acknowledged;
    int copies;
    int promotions;
    int fences;
    int crashes;
    int migrations;
    int inSteps;
    int released;

    void add(Counts other) {
      acknowledged += other.acknowledged;
      copies += other.copies;
      promotions += other.promotions;
      fences += other.fences;
      crashes += other.crashes;
      migrations += other.migrations;
      inSteps += other.inSteps;
      released += other.released;
    }

    @Override
    public String toString() {
      return ("acknowledged=%d, copies=%d, promotions=%d, fences=%d, crashes=%d, migrations=%d,"
              + " learners in step=%d, chunks released=%d")
          .formatted(
              acknowledged, copies, promotions, fences, crashes, migrations, inSteps, released);
    }
  }

  /** A machine: its store outlives the lives of the node. */
  final class Host {
    final int number;
    final TestParts parts = new TestParts();
    VirtualWorld.@Nullable Loop loop;
    @Nullable NodeProtocol node;
    TestNetwork.@Nullable End end;
    TestCopies copies = new TestCopies();
    boolean isBusy;

    Host(int number) {
      this.number = number;
    }

    void start() {
      VirtualWorld.Loop now = world.new Loop();
      TestNetwork.End net = network.end(number, now);
      copies = new TestCopies();
      NodeProtocol protocol =
          new NodeProtocol(
              settings(number),
              now,
              net,
              parts,
              copies,
              new MediumThreads(
                  now.worker(2 * VirtualWorld.MS),
                  now.worker(4 * VirtualWorld.MS),
                  now.worker(4 * VirtualWorld.MS)),
              event -> event(this, event));
      protocol.addHandler(copies);
      copies.of(protocol);
      loop = now;
      end = net;
      node = protocol;
      now.execute(protocol::start);
    }

    void crash() {
      if (loop != null && end != null) {
        loop.die();
        end.close();
        parts.crash(world);
        node = null;
        counts.crashes++;
      }
    }

    /** Whether it holds its lease, by the time of the world. */
    boolean isLeased() {
      return node != null && loop != null && loop.bootNs() - node.leaseEndNs() < 0;
    }
  }

  final VirtualWorld world;
  final Counts counts = new Counts();
  final List<Host> hosts = new ArrayList<>();
  private final TestNetwork network;
  private final CentralDispatcher dispatcher;
  private final ClusterChecks checks;
  private final int degree;
  private final StringBuilder trace = new StringBuilder();
  private final boolean isTraced;
  private boolean areFaultsOn = true;

  ClusterRun(long seed, boolean isTraced) {
    this.isTraced = isTraced;
    world = new VirtualWorld(seed);
    network = new TestNetwork(world, this::sent);
    checks = new ClusterChecks(this);
    VirtualWorld.Loop loop = world.new Loop();
    dispatcher =
        new CentralDispatcher(
            new LeaseTimes(LEASE_NS),
            loop,
            network.end(DISPATCHER, loop),
            new LocalMember(loop, new MemoryLog(), Runnable::run),
            () -> 42,
            event -> trace("dispatcher: " + event));
    dispatcher.start(new Peer(-1, 1));
    int nodes = (int) world.between(3, 6);
    degree = (int) world.between(2, 4);
    for (int i = 1; i <= nodes; i++) {
      Host host = new Host(i);
      hosts.add(host);
      host.start();
    }
  }

  private static NodeSettings settings(int host) {
    return new NodeSettings(
        new Fabric.Address("host", host),
        List.of(new Fabric.Member(new Peer(-1, 1), new Fabric.Address("dispatcher", 1))),
        List.of(
            new Setting(AgreedSettings.FORMAT_VERSION, "1"),
            new Setting(AgreedSettings.CHUNK_BYTES, "1"),
            new Setting(AgreedSettings.LEASE_NS, Long.toString(LEASE_NS))),
        LEASE_NS,
        true,
        log -> false,
        true);
  }

  /** A whole run, in which nothing may break. */
  static Counts check(long seed, int leases) {
    ClusterRun run = new ClusterRun(seed, false);
    try {
      run.run(leases * LEASE_NS);
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(
          "seed " + seed + ", " + leases + " leases, " + run.counts + ": " + e.getMessage(), e);
    }
    return run.counts;
  }

  Configuration decided() {
    return dispatcher.state().configuration();
  }

  @Nullable Host hostOf(int nodeId) {
    for (Host host : hosts) {
      if (host.parts.nodeId() == nodeId) {
        return host;
      }
    }
    return null;
  }

  String trace() {
    return trace.toString();
  }

  private void trace(String line) {
    if (!isTraced) {
      return;
    }
    trace.append(world.nowNs() / 1000).append(" ").append(line).append('\n');
  }

  private void event(Host host, String event) {
    if (event.contains("stops serving")) {
      counts.fences++;
    }
    trace("host " + host.number + ": " + event);
  }

  private void sent(Peer from, int to, Message message) {
    switch (message) {
      case MembershipMessage.Serving(int partition, int epoch) -> {
        counts.promotions++;
        checks.serves(partition, epoch);
      }
      case LogMessage.HandedOver(int p, int e, boolean accepted) -> {
        if (accepted) {
          counts.migrations++;
        }
      }
      case LogMessage.InStep _ -> counts.inSteps++;
      case LogMessage.ReleaseChunk _ -> counts.released++;
      case CopyMessage.Copy _, CopyMessage.Absent _ -> {
        counts.copies++;
        Host host = hostOf(from.nodeId());
        checks.isLeased(host, message);
      }
      default -> {}
    }
    if (isTraced && !(message instanceof MembershipMessage)) {
      trace(from + " -> " + to + " " + brief(message));
    }
  }

  private static String brief(Message message) {
    String text = message.toString();
    return text.length() > 200 ? text.substring(0, 200) : text;
  }

  // ---- running

  /** Runs with faults, then without; at the end everything must be whole. */
  void run(long faultsForNs) {
    runFor(6 * LEASE_NS);
    create();
    runFor(4 * LEASE_NS);
    world.after(0, this::load);
    world.after(0, this::fault);
    runFor(faultsForNs);
    areFaultsOn = false;
    network.heal();
    for (Host host : hosts) {
      if (host.node == null) {
        host.start();
      }
    }
    runFor(60 * LEASE_NS);
    checks.atEnd(degree);
  }

  private void runFor(long ns) {
    long until = world.nowNs() + ns;
    while (world.step(until)) {
      checks.afterStep();
    }
  }

  private void create() {
    NodeProtocol node = hosts.getFirst().node;
    if (node == null) {
      throw new IllegalStateException("the first node has not joined");
    }
    node.ask(
        request -> new CreateDataset(request, "d", TransactionMode.values()[0], degree, 1),
        created -> {
          int dataset = ((MembershipMessage.Done) created).id();
          node.ask(request -> new CreatePartition(request, dataset), done -> {});
          NodeProtocol second = hosts.get(1).node;
          if (second != null) {
            second.ask(request -> new CreatePartition(request, dataset), done -> {});
          }
        });
  }

  private void load() {
    long mostNs = (areFaultsOn ? 6 : 60) * VirtualWorld.MS;
    world.after(world.between(50_000, mostNs), this::load);
    Host host = hosts.get((int) world.between(0, hosts.size()));
    NodeProtocol node = host.node;
    if (node == null || host.loop == null || decided().partitions().isEmpty()) {
      return;
    }
    List<Integer> ids = new ArrayList<>(new TreeMap<>(decided().partitions()).keySet());
    int partition = ids.get((int) world.between(0, ids.size()));
    long object = world.between(1, OBJECTS + 1);
    host.loop.execute(
        () -> {
          if (world.chance(0.5)) {
            host.copies.fetch(partition, object);
          } else if (world.chance(0.05)) {
            host.copies.evictOne();
          }
        });
    PartitionInfo info = decided().partitions().get(partition);
    Host owner = info == null ? null : hostOf(info.owner());
    if (owner != null && owner.loop != null && world.chance(0.7)) {
      owner.loop.execute(() -> commit(owner, partition, object));
    }
  }

  private void commit(Host owner, int partition, long object) {
    OwnedPartition owned = owner.node == null ? null : owner.node.owned(partition);
    if (!(owned instanceof TestPartition there)) {
      return;
    }
    if (world.chance(0.05)) {
      there.clean();
      return;
    }
    int length = (int) world.between(TestBatch.BYTES, 300);
    int copiesWanted = (int) world.between(0, 3);
    there.commit(
        object,
        length,
        copiesWanted,
        (end, batch) -> {
          counts.acknowledged++;
          if (isTraced) {
            trace("acknowledged " + partition + " " + end + " " + object + "@" + batch.stamp());
          }
          checks.acknowledged(partition, there.epoch(), end, batch);
        });
  }

  private void fault() {
    if (!areFaultsOn) {
      return;
    }
    world.after(world.between(VirtualWorld.MS, LEASE_NS), this::fault);
    Host host = hosts.get((int) world.between(0, hosts.size()));
    switch ((int) world.between(0, 8)) {
      case 0 -> crash(host);
      case 1, 2 -> network.loseOneSession();
      case 3 -> {
        Host other = hosts.get((int) world.between(0, hosts.size()));
        if (other != host) {
          trace("cut " + host.number + " " + other.number);
          network.cut(host.number, other.number);
          world.after(world.between(0, 2 * LEASE_NS), network::heal);
        }
      }
      case 4 -> {
        if (world.chance(0.3)) {
          trace("cut " + host.number + " from the dispatcher");
          network.cut(host.number, DISPATCHER);
          world.after(world.between(0, 2 * LEASE_NS), network::heal);
        }
      }
      case 5 -> {
        if (host.loop != null && world.chance(0.5)) {
          long ns = world.between(0, 2 * LEASE_NS);
          trace("host " + host.number + " stands still for " + ns / 1000);
          host.loop.standStill(ns);
        }
      }
      case 6, 7 -> migrate(host);
      default -> throw new IllegalStateException();
    }
  }

  private void crash(Host host) {
    if (host.node == null || host.isBusy) {
      return;
    }
    trace("host " + host.number + " crashes");
    host.crash();
    host.isBusy = true;
    world.after(
        world.between(0, 4 * LEASE_NS),
        () -> {
          host.isBusy = false;
          if (host.node == null) {
            trace("host " + host.number + " starts");
            host.start();
          }
        });
  }

  private void migrate(Host host) {
    for (PartitionInfo info : new TreeMap<>(decided().partitions()).values()) {
      if (info.owner() == host.parts.nodeId() && host.node != null && host.loop != null) {
        NodeProtocol node = host.node;
        int target = info.inSync().get((int) world.between(0, info.inSync().size()));
        host.loop.execute(() -> node.migrate(info.id(), target, reason -> {}));
      }
    }
  }

  /** By partition, the logs of all hosts that hold it. */
  Map<Integer, Map<Host, TestLog>> logs() {
    Map<Integer, Map<Host, TestLog>> logs = new TreeMap<>();
    for (Host host : hosts) {
      host.parts
          .all()
          .forEach(
              (id, log) ->
                  logs.computeIfAbsent(id, p -> new java.util.LinkedHashMap<>()).put(host, log));
    }
    return logs;
  }

  boolean isWaiting(int partition) {
    PartitionInfo info = decided().partitions().get(partition);
    return info == null || info.status() == PartitionStatus.WAITING;
  }
}
