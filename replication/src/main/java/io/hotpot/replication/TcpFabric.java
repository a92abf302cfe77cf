package io.hotpot.replication;

import io.hotpot.replication.Handshake.RefusedException;
import io.hotpot.replication.HandshakeMessage.Hello;
import io.hotpot.replication.rdma.NoRdmaException;
import io.hotpot.replication.rdma.RdmaDevice;
import io.hotpot.replication.rdma.RdmaDevices;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The fabric over TCP, and over RDMA where a session can go on by it (docs/RDMA.md). Of two peers
 * the one with the higher id dials; so dispatchers are always dialled. It dials again, later each
 * time and by chance a little earlier or later, as long as the peer is a member. A new session of
 * the same peer takes the place of an older one.
 *
 * <p>Thread-safety: as {@link Fabric} says.
 */
public final class TcpFabric implements Fabric {

  /** What a dispatcher says that is there, and has no time at the moment. */
  private static final String TRY_AGAIN = "another node is joining: try again";

  /** After so many attempts in a row one may say that a peer is not there, or does not want us. */
  private static final int REFUSALS = 3;

  /** Connections that have not finished their handshake; beyond, the oldest is closed. */
  private static final int MAX_HANDSHAKES = 128;

  private static final long MAX_SESSION = 1L << 48;
  private static final int CONNECT_MS = 2_000;

  /** A node that has not joined holds the one session for strangers so long. */
  private static final long STRANGER_NS = 10_000_000_000L;

  private final NettyLoop loop;
  private final FabricOptions options;
  private final @Nullable Secrets secrets;
  private final @Nullable TlsContexts tls;
  private final SecureRandom random = new SecureRandom();
  private final Traffic traffic = new Traffic();
  private final Channel server;
  private final RdmaSide rdma;
  private final @Nullable OneSided oneSided;

  // Written on the loop, read by any thread that sends.
  private final Map<Integer, Connection> sessions = new ConcurrentHashMap<>();
  private final Map<Integer, String> failures = new ConcurrentHashMap<>();

  /** Attempts in a row that failed, of peers with which there was no session yet. */
  private final Map<Integer, Integer> refusals = new ConcurrentHashMap<>();

  /** Peers with which there was one, since they are members. */
  private final Set<Integer> met = new HashSet<>();

  private @Nullable Listener listener;
  private Peer self = Peer.STRANGER;
  private long clusterId;
  private Map<Integer, Member> members = Map.of();
  private final Map<Integer, Long> lastSessions = new HashMap<>();
  private final Set<Connection> handshakes = new LinkedHashSet<>();
  private final Map<Integer, Dialling> diallings = new HashMap<>();
  private boolean isClosed;

  private TcpFabric(NettyLoop loop, FabricOptions options, Devices devices) {
    this.loop = loop;
    this.options = options;
    secrets =
        options.security() instanceof FabricOptions.Secret(String secret)
            ? new Secrets(secret)
            : null;
    tls =
        options.security() instanceof FabricOptions.Tls certificates
            ? TlsContexts.of(certificates)
            : null;
    server = bind();
    try {
      rdma = rdma(devices);
    } catch (IllegalStateException e) {
      server.close().awaitUninterruptibly();
      throw e;
    }
    RdmaDevice device = rdma.device();
    oneSided = device == null ? null : new OneSided(device, this::wire);
  }

  /** Where devices come from. */
  interface Devices {
    /**
     * The device at an address.
     *
     * @throws NoRdmaException if there is none, or it cannot be used
     */
    RdmaDevice at(String host) throws NoRdmaException;
  }

  private RdmaSide rdma(Devices devices) {
    FabricOptions.Kind kind = options.kind();
    if (kind == FabricOptions.Kind.TCP) {
      return withoutRdma("only TCP is wanted (fabric=tcp)");
    }
    if (kind == FabricOptions.Kind.AUTO && tls != null) {
      return withoutRdma("TLS hides what is said, and RDMA would not (fabric=rdma uses it anyway)");
    }
    try {
      RdmaDevice device = devices.at(options.listen().host());
      boolean isDemanded = kind == FabricOptions.Kind.RDMA;
      return RdmaSide.with(loop, device, isDemanded, options.handshakeLimit(), random);
    } catch (NoRdmaException e) {
      if (kind == FabricOptions.Kind.RDMA) {
        throw new IllegalStateException(
            "only RDMA is wanted (fabric=rdma), and there is none: " + e.getMessage(), e);
      }
      return withoutRdma(String.valueOf(e.getMessage()));
    }
  }

  private RdmaSide withoutRdma(String obstacle) {
    return RdmaSide.without(loop, obstacle, options.handshakeLimit(), random);
  }

  private @Nullable RdmaWire wire(int nodeId) {
    Connection session = sessions.get(nodeId);
    return session == null ? null : session.wire();
  }

  /**
   * Takes the port, but no connection before {@link #start}. Not from the loop.
   *
   * @throws IllegalArgumentException if the certificates cannot be used
   * @throws IllegalStateException if the port cannot be taken, or only RDMA is wanted and there is
   *     none
   */
  public static TcpFabric bind(NettyLoop loop, FabricOptions options) {
    return bind(loop, options, RdmaDevices::at);
  }

  /** With devices of one's own. */
  static TcpFabric bind(NettyLoop loop, FabricOptions options, Devices devices) {
    return new TcpFabric(loop, options, devices);
  }

  private Channel bind() {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop.events())
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark())
            .childHandler(initializer(null, null));
    Address listen = options.listen();
    var bound = bootstrap.bind(listen.host(), listen.port()).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IllegalStateException(
          "cannot listen on " + listen + ": " + bound.cause().getMessage(), bound.cause());
    }
    return bound.channel();
  }

  /** Little waits below the lanes, where control could not pass bulk any more. */
  private static WriteBufferWaterMark waterMark() {
    return new WriteBufferWaterMark(Bounds.FRAME / 2, Bounds.FRAME);
  }

  private ChannelInitializer<Channel> initializer(@Nullable Hello hello, @Nullable Address to) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        TlsContexts contexts = tls;
        if (contexts != null) {
          channel
              .pipeline()
              .addLast(
                  to == null
                      ? contexts.acceptor().newHandler(channel.alloc())
                      : contexts.dialler().newHandler(channel.alloc(), to.host(), to.port()));
        }
        channel.pipeline().addLast(new Connection(TcpFabric.this, hello));
      }
    };
  }

  /** Where this node listens, with the port that it really has. */
  public Address address() {
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    return new Address(options.listen().host(), port);
  }

  /** Why there is no session with a peer, as far as this end knows; empty if nothing failed. */
  public String failure(int nodeId) {
    return failures.getOrDefault(nodeId, "");
  }

  /**
   * Whether a peer has been dialled several times since it is a member, and each time was not there
   * or said no. One that asks for patience does not say no; one that there was a session with is
   * there, and whatever it says then passes. From any thread.
   */
  public boolean isRefusedBy(int nodeId) {
    return refusals.getOrDefault(nodeId, 0) >= REFUSALS;
  }

  @Override
  public void start(Listener to) {
    onLoop(
        () -> {
          listener = to;
          server.config().setAutoRead(true);
          dialAll();
        });
  }

  /** Which cluster this is; 0 as long as it is not known. Peers of another one are refused. */
  public void cluster(long id) {
    onLoop(() -> clusterId = id);
  }

  @Override
  public void identity(Peer now) {
    onLoop(
        () -> {
          if (!now.equals(self)) {
            endAll("this is " + now + " from now on");
            self = now;
            dialAll();
          }
        });
  }

  @Override
  public void members(Collection<Member> now) {
    onLoop(
        () -> {
          Map<Integer, Member> byId = new HashMap<>();
          now.forEach(member -> byId.put(member.peer().nodeId(), member));
          members = byId;
          lastSessions.keySet().removeIf(id -> id != 0 && !byId.containsKey(id));
          failures.keySet().retainAll(byId.keySet());
          refusals.keySet().retainAll(byId.keySet());
          met.retainAll(byId.keySet());
          for (Connection session : List.copyOf(sessions.values())) {
            Peer peer = Objects.requireNonNull(session.peer());
            if (!peer.equals(Peer.STRANGER) && !isMember(peer)) {
              session.end(peer + " is no member any more");
            }
          }
          dialAll();
        });
  }

  private boolean isMember(Peer peer) {
    Member member = members.get(peer.nodeId());
    return member != null && member.peer().equals(peer);
  }

  @Override
  public boolean send(int nodeId, Message message) {
    Connection session = sessions.get(nodeId);
    return session != null && session.send(message);
  }

  @Override
  public boolean answer(Peer peer, long session, Message message) {
    Connection present = sessions.get(peer.nodeId());
    return present != null && present.session() == session && present.send(message);
  }

  @Override
  public @Nullable Carrier carrier(int nodeId) {
    Connection session = sessions.get(nodeId);
    return session == null ? null : session.carrier();
  }

  @Override
  public @Nullable RemoteMemory remoteMemory() {
    return oneSided;
  }

  @Override
  public Traffic traffic() {
    return traffic;
  }

  @Override
  public void disconnect(int nodeId, String reason) {
    onLoop(
        () -> {
          Connection session = sessions.get(nodeId);
          if (session != null) {
            session.end(reason);
          }
        });
  }

  /** Not from the loop: waits until the port is free. */
  @Override
  public void close() {
    onLoop(
        () -> {
          isClosed = true;
          endAll("the node closes");
          rdma.end("the node closes");
        });
    server.close().awaitUninterruptibly();
    rdma.close();
  }

  private void endAll(String reason) {
    diallings.values().forEach(Dialling::stop);
    diallings.clear();
    List.copyOf(sessions.values()).forEach(session -> session.end(reason));
    List.copyOf(handshakes).forEach(connection -> connection.end(reason));
  }

  /** At once if this is the loop, so that nothing comes in between. */
  private void onLoop(Runnable task) {
    if (loop.isCurrent()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  // Dialling.

  private boolean dials(Member member) {
    return !isClosed && listener != null && member.peer().nodeId() < self.nodeId();
  }

  private void dialAll() {
    diallings
        .values()
        .removeIf(
            dialling -> {
              Member member = members.get(dialling.member().peer().nodeId());
              boolean isOver = !dialling.member().equals(member);
              if (isOver) {
                dialling.stop();
              }
              return isOver;
            });
    for (Member member : members.values()) {
      if (dials(member)) {
        diallings
            .computeIfAbsent(
                member.peer().nodeId(), id -> new Dialling(loop, member, () -> dial(member)))
            .now();
      }
    }
  }

  private void dial(Member member) {
    int id = member.peer().nodeId();
    if (!dials(member) || sessions.containsKey(id) || isDialled(id)) {
      return;
    }
    // The look-up of a name may take seconds, and no loop waits for it.
    Address to = member.address();
    Thread.ofVirtual()
        .start(
            () -> {
              InetSocketAddress resolved = new InetSocketAddress(to.host(), to.port());
              loop.execute(() -> connect(member, resolved));
            });
  }

  private void connect(Member member, InetSocketAddress to) {
    Peer peer = member.peer();
    int id = peer.nodeId();
    if (!dials(member)
        || !member.equals(members.get(id))
        || sessions.containsKey(id)
        || isDialled(id)) {
      return;
    }
    if (to.isUnresolved()) {
      refused(peer, "the name " + member.address().host() + " is not known");
      return;
    }
    if (options.security() instanceof FabricOptions.Plain(boolean beyondLoopback)
        && !beyondLoopback
        && !to.getAddress().isLoopbackAddress()) {
      refused(peer, to + " is not of this machine, and nothing would prove who it is");
      return;
    }
    Hello hello =
        new Hello(
            HandshakeMessage.VERSION,
            HandshakeMessage.VERSION,
            clusterId,
            self,
            peer,
            lastSessions.getOrDefault(id, 0L),
            securityKind(),
            nonce());
    new Bootstrap()
        .group(loop.events())
        .channel(NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MS)
        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, waterMark())
        .handler(initializer(hello, member.address()))
        .connect(to)
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                String reason = to + " cannot be reached: " + connected.cause().getMessage();
                loop.execute(() -> refused(peer, reason));
              }
            });
  }

  private boolean isDialled(int id) {
    return handshakes.stream()
        .map(Connection::dialledPeer)
        .anyMatch(peer -> peer != null && peer.nodeId() == id);
  }

  private void refused(Peer peer, String reason) {
    if (!met.contains(peer.nodeId())) {
      refusals.merge(peer.nodeId(), 1, Integer::sum);
    }
    failed(peer, reason);
  }

  private void failed(Peer peer, String reason) {
    failures.put(peer.nodeId(), reason);
    if (reason.contains(TRY_AGAIN)) {
      refusals.remove(peer.nodeId());
    }
    Dialling dialling = diallings.get(peer.nodeId());
    if (dialling != null && dialling.member().peer().equals(peer)) {
      dialling.later();
    }
  }

  // What connections need and say; all on the loop.

  NettyLoop loop() {
    return loop;
  }

  FabricOptions options() {
    return options;
  }

  @Nullable Secrets secrets() {
    return secrets;
  }

  int securityKind() {
    return switch (options.security()) {
      case FabricOptions.Plain plain -> 0;
      case FabricOptions.Secret secret -> 1;
      case FabricOptions.Tls files -> 2;
    };
  }

  /** For a session that RDMA may carry: one between nodes. */
  @Nullable Switchover switchover(Connection connection, Peer peer) {
    boolean isBetweenNodes = self.nodeId() > 0 && peer.nodeId() > 0;
    return isBetweenNodes ? new Switchover(connection, rdma, loop) : null;
  }

  byte[] nonce() {
    byte[] nonce = new byte[HandshakeMessage.NONCE];
    random.nextBytes(nonce);
    return nonce;
  }

  void opened(Connection connection) {
    handshakes.add(connection);
    List<Connection> accepted =
        handshakes.stream().filter(c -> !c.isDialled()).limit(MAX_HANDSHAKES + 1L).toList();
    if (accepted.size() > MAX_HANDSHAKES) {
      accepted.getFirst().end("too many connections are in their handshake");
    }
  }

  /** The number of a session that may begin. */
  long admit(Hello hello, Certificate[] certificates) throws RefusedException {
    Peer from = hello.from();
    if (isClosed || listener == null || !hello.to().equals(self)) {
      throw new RefusedException("this is " + self + ", not " + hello.to());
    }
    if (hello.clusterId() != 0 && clusterId != 0 && hello.clusterId() != clusterId) {
      throw new RefusedException(
          "this is another cluster: " + Long.toHexString(clusterId) + " here");
    }
    if (hello.lastSession() < 0 || hello.lastSession() > MAX_SESSION) {
      throw new RefusedException("no session has number " + hello.lastSession());
    }
    if (from.equals(Peer.STRANGER)) {
      admitStranger();
    } else {
      admitMember(from, certificates);
    }
    // Before the dialler hears that a new session begins: for it that is the word that nothing of
    // an older one is held here any more.
    Connection older = sessions.get(from.nodeId());
    if (older != null) {
      older.end("a newer session takes its place");
    }
    return 1 + Math.max(hello.lastSession(), lastSessions.getOrDefault(from.nodeId(), 0L));
  }

  private void admitStranger() throws RefusedException {
    if (!self.isDispatcher()) {
      throw new RefusedException("only a dispatcher speaks with who has not joined");
    }
    if (sessions.containsKey(0)) {
      throw new RefusedException(TRY_AGAIN);
    }
  }

  private void admitMember(Peer from, Certificate[] certificates) throws RefusedException {
    Member member = members.get(from.nodeId());
    if (member == null || !member.peer().equals(from)) {
      throw new RefusedException(from + " is no member here");
    }
    if (from.nodeId() <= self.nodeId()) {
      throw new RefusedException(from + " is to be dialled, and not to dial");
    }
    if (tls != null && !TlsContexts.names(certificates, member.address().host())) {
      throw new RefusedException(
          "the certificate does not name " + member.address().host() + ", where " + from + " is");
    }
  }

  void began(Connection connection, Peer peer, long session) {
    handshakes.remove(connection);
    int id = peer.nodeId();
    if (connection.isDialled() && !isMember(peer)) {
      connection.end(peer + " is no member any more");
      return;
    }
    Connection older = sessions.get(id);
    if (older != null) {
      older.end("a newer session took its place");
    }
    sessions.put(id, connection);
    failures.remove(id);
    refusals.remove(id);
    met.add(id);
    lastSessions.put(id, session);
    Dialling dialling = diallings.get(id);
    if (dialling != null) {
      dialling.succeeded();
    }
    if (peer.equals(Peer.STRANGER)) {
      loop.after(STRANGER_NS, () -> connection.end("it did not become a member"));
    }
    Listener to = listener;
    if (to != null) {
      to.sessionBegan(peer, session);
    }
  }

  void deliver(Peer peer, long session, Message message) {
    Listener to = listener;
    if (to != null) {
      to.received(peer, session, message);
    }
  }

  void ended(Connection connection, String reason) {
    handshakes.remove(connection);
    Peer peer = connection.peer();
    if (peer != null && sessions.remove(peer.nodeId(), connection)) {
      Listener to = listener;
      if (to != null) {
        to.sessionEnded(peer, connection.session(), reason);
      }
    }
    Peer dialled = connection.dialledPeer();
    if (dialled != null && peer != null) {
      failed(dialled, reason);
    } else if (dialled != null && connection.wasConnected()) {
      // Else who dials says that nobody is there.
      refused(dialled, reason);
    }
  }
}
