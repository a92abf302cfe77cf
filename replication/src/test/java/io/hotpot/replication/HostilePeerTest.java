package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.FabricOptions.Plain;
import io.hotpot.replication.FabricOptions.Secret;
import io.hotpot.replication.FabricOptions.Security;
import io.hotpot.replication.HandshakeMessage.Challenge;
import io.hotpot.replication.HandshakeMessage.Hello;
import io.hotpot.replication.HandshakeMessage.Proof;
import io.hotpot.replication.HandshakeMessage.Welcome;
import io.hotpot.replication.RecordingListener.Began;
import io.hotpot.replication.RecordingListener.Ended;
import io.hotpot.replication.RecordingListener.Received;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Peers that break the protocol. Each is let go, and a session of two others goes on beside it:
 * after every test they still hear each other, in the session that they had before.
 */
final class HostilePeerTest {

  private static final Fabric.Address ANY_PORT = new Fabric.Address("127.0.0.1", 0);
  private static final String SECRET = "correct horse battery staple";
  private static final Peer VICTIM = new Peer(1, 7);
  private static final Peer FRIEND = new Peer(2, 7);
  private static final Peer MALLORY = new Peer(3, 7);

  private final List<AutoCloseable> open = new ArrayList<>();
  private TcpFabric victim;
  private TcpFabric friend;
  private final RecordingListener atVictim = new RecordingListener();
  private final RecordingListener atFriend = new RecordingListener();
  private long session;

  private void start(Security security, Duration keepAlive, Duration handshakeLimit)
      throws Exception {
    FabricOptions options = options(security, keepAlive, handshakeLimit);
    victim = fabric(options, VICTIM);
    friend = fabric(options(security, keepAlive, Duration.ofSeconds(30)), FRIEND);
    Fabric.Address nowhere = new Fabric.Address("127.0.0.1", 1);
    victim.members(
        List.of(new Fabric.Member(FRIEND, friend.address()), new Fabric.Member(MALLORY, nowhere)));
    friend.members(List.of(new Fabric.Member(VICTIM, victim.address())));
    victim.start(atVictim);
    friend.start(atFriend);
    session = atVictim.next(Began.class).session();
    atFriend.next(Began.class);
  }

  private static FabricOptions options(
      Security security, Duration keepAlive, Duration handshakeLimit) {
    return new FabricOptions(
        ANY_PORT, security, keepAlive, handshakeLimit, FabricOptions.Kind.AUTO);
  }

  private void start(Security security) throws Exception {
    start(security, Duration.ofSeconds(10), Duration.ofSeconds(30));
  }

  private TcpFabric fabric(FabricOptions options, Peer self) {
    NettyLoop loop = new NettyLoop("node-" + self.nodeId());
    TcpFabric fabric = TcpFabric.bind(loop, options);
    fabric.identity(self);
    open.addFirst(loop);
    open.addFirst(fabric);
    return fabric;
  }

  @AfterEach
  void theOthersStillSpeakInTheSameSession() throws Exception {
    Message question = new MembershipMessage.Renewed(41);
    assertThat(friend.send(VICTIM.nodeId(), question)).isTrue();
    Received received = atVictim.await(Received.class);
    while (!received.peer().equals(FRIEND)) {
      received = atVictim.await(Received.class);
    }
    assertThat(received).isEqualTo(new Received(FRIEND, session, question));
    for (AutoCloseable part : open) {
      part.close();
    }
  }

  private static Hello hello(Peer from, Peer to, int security) {
    return new Hello(2, 2, 0, from, to, 0, security, new byte[HandshakeMessage.NONCE]);
  }

  /** A session as Mallory, whom the victim takes for a member. */
  private RawPeer session() throws Exception {
    RawPeer raw = new RawPeer(victim.address());
    raw.say(hello(MALLORY, VICTIM, 0));
    assertThat(raw.hear()).isInstanceOf(Welcome.class);
    assertThat(atVictim.next(Began.class).peer()).isEqualTo(MALLORY);
    return raw;
  }

  @Test
  void garbageBeforeTheHandshake() throws Exception {
    start(new Plain(false));
    Random random = new Random(2);
    for (int i = 0; i < 50; i++) {
      byte[] garbage = new byte[5 + random.nextInt(4_000)];
      random.nextBytes(garbage);
      garbage[3] = (byte) 0x80;
      try (RawPeer raw = new RawPeer(victim.address())) {
        raw.raw(garbage);
        raw.hearToTheEnd();
      }
    }
  }

  @Test
  void moreThanAKibibyteBeforeTheHandshake() throws Exception {
    start(new Plain(false));
    try (RawPeer raw = new RawPeer(victim.address())) {
      raw.raw((byte) 1, (byte) 4, (byte) 0, (byte) 0, (byte) 0);
      assertThat(raw.hearToTheEnd()).contains("a frame of 1025 bytes");
    }
  }

  @Test
  void aMessageInPlaceOfTheHandshake() throws Exception {
    start(new Plain(false));
    try (RawPeer raw = new RawPeer(victim.address())) {
      raw.frame(Frame.CONTROL, (byte) 5, (byte) 0);
      assertThat(raw.hearToTheEnd()).contains("before the handshake");
    }
  }

  /** Half a Hello, byte by byte or not at all, keeps nothing for longer than the limit. */
  @ParameterizedTest
  @ValueSource(ints = {0, 3, 40})
  void aHandshakeThatNeverEnds(int bytes) throws Exception {
    start(new Plain(false), Duration.ofSeconds(10), Duration.ofMillis(200));
    try (RawPeer raw = new RawPeer(victim.address())) {
      raw.raw(new byte[] {100, 0, 0, 0, 0});
      for (int i = 0; i < bytes; i++) {
        raw.raw((byte) i);
      }
      assertThat(raw.hearToTheEnd()).contains("the handshake took longer");
    }
  }

  @Test
  void connectionsThatNobodyUses() throws Exception {
    start(new Plain(false));
    List<RawPeer> idle = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      idle.add(new RawPeer(victim.address()));
    }
    // The first had to give way; a good one gets through beside the rest.
    assertThat(idle.getFirst().hearToTheEnd()).contains("too many");
    session().close();
    assertThat(atVictim.next(Ended.class).peer()).isEqualTo(MALLORY);
    for (RawPeer raw : idle) {
      raw.close();
    }
  }

  @Test
  void whoIsNotWanted() throws Exception {
    start(new Plain(false));
    assertRefused(hello(new Peer(9, 1), VICTIM, 0), "node 9.1 is no member");
    assertRefused(hello(new Peer(3, 6), VICTIM, 0), "node 3.6 is no member");
    assertRefused(hello(new Peer(3, 8), VICTIM, 0), "node 3.8 is no member");
    assertRefused(hello(MALLORY, new Peer(1, 6), 0), "this is node 1.7, not node 1.6");
    assertRefused(hello(Peer.STRANGER, VICTIM, 0), "only a dispatcher");
    assertRefused(hello(MALLORY, VICTIM, 1), "different kinds of security");
    assertRefused(
        new Hello(3, 4, 0, MALLORY, VICTIM, 0, 0, new byte[32]), "version is 2 here and 3 to 4");
    assertRefused(
        new Hello(2, 2, 0, MALLORY, VICTIM, Long.MAX_VALUE, 0, new byte[32]), "no session has");
    victim.cluster(0xcafe);
    assertRefused(
        new Hello(2, 2, 0xbeef, MALLORY, VICTIM, 0, 0, new byte[32]), "another cluster: cafe");
  }

  private void assertRefused(Hello hello, String reason) throws IOException {
    try (RawPeer raw = new RawPeer(victim.address())) {
      raw.say(hello);
      assertThat(raw.hearToTheEnd()).contains(reason);
    }
  }

  @Test
  void oneWithoutTheSecret() throws Exception {
    start(new Secret(SECRET));
    Secrets wrong = new Secrets("another secret, also long");
    Hello hello = hello(MALLORY, VICTIM, 1);
    try (RawPeer raw = new RawPeer(victim.address())) {
      raw.say(hello);
      Challenge challenge = (Challenge) raw.hear();
      byte[] proof = wrong.proof(Secrets.Role.DIALLER, hello.encode(), challenge.nonce());
      raw.say(new Proof(proof));
      assertThat(raw.hearToTheEnd()).contains("does not know the cluster's secret");
    }
    try (RawPeer raw = new RawPeer(victim.address())) {
      raw.say(hello);
      // The acceptor's own proof, sent back.
      raw.say(new Proof(((Challenge) raw.hear()).proof()));
      assertThat(raw.hearToTheEnd()).contains("does not know the cluster's secret");
    }
  }

  @Test
  void aHandshakeThatWasOverheard() throws Exception {
    start(new Secret(SECRET));
    Secrets right = new Secrets(SECRET);
    Hello hello = hello(MALLORY, VICTIM, 1);
    Proof proof;
    try (RawPeer raw = new RawPeer(victim.address())) {
      raw.say(hello);
      Challenge challenge = (Challenge) raw.hear();
      byte[] bytes = hello.encode();
      assertThat(right.isProof(challenge.proof(), Secrets.Role.ACCEPTOR, bytes, challenge.nonce()))
          .isTrue();
      proof = new Proof(right.proof(Secrets.Role.DIALLER, bytes, challenge.nonce()));
      raw.say(proof);
      assertThat(raw.hear()).isInstanceOf(Welcome.class);
    }
    atVictim.await(Ended.class);

    try (RawPeer raw = new RawPeer(victim.address())) {
      raw.say(hello);
      raw.hear();
      raw.say(proof);
      assertThat(raw.hearToTheEnd()).contains("does not know the cluster's secret");
    }
  }

  @Test
  void anAcceptorWithoutTheSecretLearnsNothing() throws Exception {
    start(new Secret(SECRET));
    try (var impostor =
        new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      Peer other = new Peer(0x7000_0001, 1);
      TcpFabric dialler =
          fabric(FabricOptions.on(ANY_PORT, new Secret(SECRET)), new Peer(other.nodeId() + 1, 1));
      dialler.members(
          List.of(
              new Fabric.Member(other, new Fabric.Address("127.0.0.1", impostor.getLocalPort()))));
      dialler.start(new RecordingListener());
      try (var socket = impostor.accept()) {
        byte[] challenge = new Challenge(new byte[32], new byte[32]).encode();
        socket.getOutputStream().write(new byte[] {(byte) challenge.length, 0, 0, 0, 0});
        socket.getOutputStream().write(challenge);
        byte[] heard = socket.getInputStream().readAllBytes();
        // One frame, the Hello; no proof follows.
        int length = ByteBuffer.wrap(heard).order(java.nio.ByteOrder.LITTLE_ENDIAN).getInt();
        assertThat(heard).hasSize(Frame.HEADER + length);
      }
    }
  }

  @Test
  void garbageInASession() throws Exception {
    start(new Plain(false));
    Random random = new Random(3);
    for (int i = 0; i < 30; i++) {
      try (RawPeer raw = session()) {
        byte[] garbage = new byte[1 + random.nextInt(100)];
        random.nextBytes(garbage);
        garbage[0] = (byte) 0xff;
        raw.frame(1 + random.nextInt(4) / 2 * 2, garbage);
        assertThat(raw.hearToTheEnd()).contains("kind 255");
        assertThat(atVictim.next(Ended.class).reason()).contains("broke the protocol");
      }
    }
  }

  @Test
  void anOversizedFrame() throws Exception {
    start(new Plain(false));
    try (RawPeer raw = session()) {
      raw.raw(new byte[] {0, 0, 4, 0, 1});
      assertThat(raw.hearToTheEnd()).contains("a frame of 262144 bytes");
    }
  }

  @Test
  void aMessageWithoutEnd() throws Exception {
    start(new Plain(false));
    byte[] piece = new byte[Frame.MAX_PAYLOAD];
    try (RawPeer raw = session()) {
      assertThatThrownBy(
              () -> {
                for (int bytes = 0; bytes < 4 * Bounds.MESSAGE; bytes += piece.length) {
                  raw.frame(Frame.BULK_PIECE, piece);
                }
              })
          .isInstanceOf(SocketException.class);
    }
    assertThat(atVictim.next(Ended.class).reason()).contains("pieces is too large");
  }

  @Test
  void aMessageInTheWrongLaneAndAFrameOfNoType() throws Exception {
    start(new Plain(false));
    ByteBuffer renewed = MessageFormat.encode(new MembershipMessage.Renewed(1));
    byte[] bytes = new byte[renewed.remaining()];
    renewed.get(bytes);
    try (RawPeer raw = session()) {
      raw.frame(Frame.BULK, bytes);
      assertThat(raw.hearToTheEnd()).contains("in the lane BULK");
    }
    assertThat(atVictim.next(Ended.class).peer()).isEqualTo(MALLORY);
    try (RawPeer raw = session()) {
      raw.frame(77);
      assertThat(raw.hearToTheEnd()).contains("a frame is of type 77");
    }
  }

  /** It neither reads nor is quiet; what the others say comes through all the while. */
  @Test
  void aFlood() throws Exception {
    start(new Plain(false));
    ByteBuffer renewed = MessageFormat.encode(new MembershipMessage.Renewed(1));
    byte[] bytes = new byte[renewed.remaining()];
    renewed.get(bytes);
    try (RawPeer raw = session()) {
      Thread flood =
          Thread.startVirtualThread(
              () -> {
                try {
                  while (true) {
                    raw.frame(Frame.CONTROL, bytes);
                  }
                } catch (IOException e) {
                  // The end of the test, or of the session.
                }
              });
      for (int i = 0; i < 100; i++) {
        assertThat(friend.send(VICTIM.nodeId(), new MembershipMessage.Renewed(100 + i))).isTrue();
        Received received;
        do {
          received = atVictim.await(Received.class);
        } while (!received.peer().equals(FRIEND));
        assertThat(received.message()).isEqualTo(new MembershipMessage.Renewed(100 + i));
      }
      victim.disconnect(MALLORY.nodeId(), "enough");
      flood.join();
    }
  }

  @Test
  void onePeerThatDoesNotRead() throws Exception {
    start(new Plain(false));
    Message batch = new LogMessage.Append(1, 1, 1, 1, true, new byte[1 << 20]);
    try (RawPeer raw = session()) {
      int sent = 0;
      while (victim.send(MALLORY.nodeId(), batch)) {
        sent++;
        assertThat(sent).as("megabytes that wait").isLessThan(200);
      }
      assertThat(sent).isGreaterThanOrEqualTo(31);
      Ended ended = atVictim.await(Ended.class);
      assertThat(ended.peer()).isEqualTo(MALLORY);
      assertThat(ended.reason()).contains("does not read");
      assertThat(raw.hearToTheEnd()).isNotEmpty();
    }
  }

  @Test
  void onePeerThatFallsSilent() throws Exception {
    start(new Plain(false), Duration.ofSeconds(1), Duration.ofSeconds(30));
    try (RawPeer raw = session()) {
      Ended ended = atVictim.next(Ended.class);
      assertThat(ended.peer()).isEqualTo(MALLORY);
      assertThat(ended.reason()).contains("nothing was heard");
      assertThat(raw.hearToTheEnd()).contains("nothing was heard");
    }
  }
}
