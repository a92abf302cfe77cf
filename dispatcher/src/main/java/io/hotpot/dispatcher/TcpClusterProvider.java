package io.hotpot.dispatcher;

import io.hotpot.replication.Fabric;
import io.hotpot.replication.FabricOptions;
import io.hotpot.replication.MediumThreads;
import io.hotpot.replication.MembershipMessage.Setting;
import io.hotpot.replication.NettyLoop;
import io.hotpot.replication.NodeSettings;
import io.hotpot.replication.TcpFabric;
import io.hotpot.store.ClusterFabric;
import io.hotpot.store.ClusterMember;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.Durability;
import io.hotpot.store.MembershipListener;
import io.hotpot.store.MisuseException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.spi.ClusterProvider;
import io.hotpot.store.spi.Elsewhere;
import io.hotpot.store.spi.HeldParts;
import io.hotpot.store.spi.Names;
import io.hotpot.store.spi.Repair;
import io.hotpot.store.spi.Seams;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Joins clusters over TCP. One loop thread for each node, which is the event loop of its sockets;
 * one thread that flushes, two for other work on the medium.
 */
public final class TcpClusterProvider implements ClusterProvider {

  /** How long a node waits for a dispatcher before it says that there is none. */
  private static final long PATIENCE_NS = 30_000_000_000L;

  private static final long LOOK_NS = 2_000_000L;

  /** For the {@link java.util.ServiceLoader}. */
  public TcpClusterProvider() {}

  /** What all nodes of a cluster must have alike. */
  public static List<Setting> agreed(LeaseTimes times) {
    return List.of(
        new Setting(AgreedSettings.FORMAT_VERSION, "1"),
        new Setting(AgreedSettings.CHUNK_BYTES, Integer.toString(4 << 20)),
        new Setting(AgreedSettings.LEASE_NS, Long.toString(times.leaseNs())));
  }

  /** The fabric's options for those of the store; over TCP. */
  public static FabricOptions fabric(String host, int port, ClusterSecurity security) {
    FabricOptions.Security proof =
        switch (security) {
          case ClusterSecurity.Plain(boolean beyondLoopback) ->
              new FabricOptions.Plain(beyondLoopback);
          case ClusterSecurity.Secret(String secret) -> new FabricOptions.Secret(secret);
          case ClusterSecurity.Tls(var certificate, var key, var trusted) ->
              new FabricOptions.Tls(certificate, key, trusted);
        };
    try {
      return FabricOptions.on(new Fabric.Address(host, port), proof).by(FabricOptions.Kind.TCP);
    } catch (IllegalArgumentException e) {
      throw new MisuseException(String.valueOf(e.getMessage()), e);
    }
  }

  private static TcpFabric bind(NettyLoop loop, ClusterOptions options, FabricOptions.Kind kind) {
    try {
      return TcpFabric.bind(
          loop, fabric(options.host(), options.port(), options.security()).by(kind));
    } catch (IllegalStateException | IllegalArgumentException e) {
      throw new MisuseException(String.valueOf(e.getMessage()), e);
    }
  }

  private static FabricOptions.Kind kind(ClusterFabric fabric) {
    return switch (fabric) {
      case AUTO -> FabricOptions.Kind.AUTO;
      case RDMA -> FabricOptions.Kind.RDMA;
      case TCP -> FabricOptions.Kind.TCP;
    };
  }

  @Override
  public Identity identify(String address, ClusterOptions options) {
    List<Fabric.Member> dispatchers = DispatcherAddress.parse(address);
    try (NettyLoop loop = new NettyLoop("hotpot-first-join");
        TcpFabric fabric = bind(loop, options, FabricOptions.Kind.TCP)) {
      CompletableFuture<Identity> done = new CompletableFuture<>();
      FirstJoin join = new FirstJoin(fabric, fabric.address(), agreed(LeaseTimes.STANDARD), done);
      loop.execute(
          () -> {
            fabric.start(join);
            fabric.members(dispatchers);
          });
      try {
        return await(loop, done, address, fabric, dispatchers, options.dispatcherWait().toNanos());
      } catch (ExecutionException e) {
        throw e.getCause() instanceof MisuseException refused
            ? refused
            : DispatcherSearch.unreachable(address, fabric, dispatchers);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NotAMember("interrupted while joining the cluster at " + address);
    }
  }

  private static Identity await(
      NettyLoop loop,
      CompletableFuture<Identity> done,
      String address,
      TcpFabric fabric,
      List<Fabric.Member> dispatchers,
      long waitNs)
      throws ExecutionException, InterruptedException {
    long beganNs = loop.bootNs();
    while (true) {
      try {
        return done.get(LOOK_NS, TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        long waitedNs = loop.bootNs() - beganNs;
        if (waitedNs > PATIENCE_NS + waitNs
            || DispatcherSearch.isHopeless(fabric, dispatchers, waitedNs, waitNs)) {
          throw DispatcherSearch.unreachable(address, fabric, dispatchers);
        }
      }
    }
  }

  @Override
  public Joined join(String address, ClusterOptions options, HeldParts parts, Seams seams) {
    List<Fabric.Member> dispatchers = DispatcherAddress.parse(address);
    Member member = new Member(options, dispatchers, parts, seams);
    boolean joined = false;
    try {
      member.await(address, seams);
      joined = true;
      return member;
    } finally {
      if (!joined) {
        member.close();
      }
    }
  }

  /** A node with the threads that it runs on. */
  private static final class Member implements Joined {

    private final LoggerLevels log = new LoggerLevels();
    private final NettyLoop loop = new NettyLoop("hotpot-node");
    private final ExecutorService flusher = thread("hotpot-flusher");
    private final ExecutorService medium = thread("hotpot-medium");
    private final ExecutorService unhurried = thread("hotpot-unhurried");
    private final List<Fabric.Member> dispatchers;
    private final long waitNs;
    private final TcpFabric fabric;
    private final ClusterNode node;

    Member(ClusterOptions options, List<Fabric.Member> dispatchers, HeldParts parts, Seams seams) {
      this.dispatchers = dispatchers;
      this.waitNs = options.dispatcherWait().toNanos();
      this.fabric = bind(loop, options, kind(options.fabric()));
      if (parts.clusterId() != 0) {
        fabric.cluster(parts.clusterId());
      }
      boolean power = options.store().durability() == Durability.POWER;
      NodeSettings settings =
          new NodeSettings(
              fabric.address(),
              dispatchers,
              agreed(LeaseTimes.STANDARD),
              LeaseTimes.STANDARD.leaseNs(),
              power,
              log -> log.isDamaged() || log.tail() == 0,
              power);
      this.node =
          new ClusterNode(
              settings,
              loop,
              fabric,
              parts,
              seams.threads(),
              options.store().cacheBytes(),
              new MediumThreads(flusher, medium, unhurried),
              log::event);
      node.tellTo(log, LoggerLevels::set);
      node.migratesToUsers(options.migratesToUsers());
      node.start();
    }

    private static ExecutorService thread(String name) {
      return Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
    }

    void await(String address, Seams seams) {
      long beganNs = seams.time().bootNs();
      while (!node.isMember() || node.configuration().version() == 0) {
        String refusal = node.protocol().refusal();
        if (refusal != null) {
          throw new MisuseException("the cluster refuses this node: " + refusal);
        }
        long waitedNs = seams.time().bootNs() - beganNs;
        if (waitedNs > PATIENCE_NS + waitNs
            || DispatcherSearch.isHopeless(fabric, dispatchers, waitedNs, waitNs)) {
          throw DispatcherSearch.unreachable(address, fabric, dispatchers);
        }
        seams.threads().park(this, LOOK_NS);
      }
    }

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
      // First those that hand their results to the loop.
      flusher.close();
      medium.close();
      unhurried.close();
      loop.close();
    }
  }
}
