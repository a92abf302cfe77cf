package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.FabricOptions.Kind;
import io.hotpot.replication.FabricOptions.Plain;
import io.hotpot.replication.HandshakeMessage.Hello;
import io.hotpot.replication.HandshakeMessage.Welcome;
import io.hotpot.replication.RecordingListener.Began;
import io.hotpot.replication.RecordingListener.Ended;
import io.hotpot.replication.RecordingListener.Received;
import io.hotpot.replication.rdma.QueuePair;
import io.hotpot.replication.rdma.RdmaDevice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Peers that break the protocol where it sets RDMA up, and by a queue pair. Each is let go, and no
 * queue pair is left.
 */
final class HostileRdmaPeerTest {

  private static final Fabric.Address ANY_PORT = new Fabric.Address("127.0.0.1", 0);
  private static final Peer VICTIM = new Peer(5, 7);

  /** Dials the victim. */
  private static final Peer MALLORY = new Peer(9, 7);

  /** Is dialled by the victim. */
  private static final Peer TRUDY = new Peer(3, 7);

  private final LoopbackRdma rdma = new LoopbackRdma();
  private final LoopbackRdma.Device device = rdma.device();
  private final LoopbackRdma.Device hostileDevice = rdma.device();
  private final RecordingListener heard = new RecordingListener();
  private final NettyLoop loop = new NettyLoop("victim");
  private final List<LoopbackRdma.Pair> hostilePairs = new CopyOnWriteArrayList<>();
  private ServerSocket trudyListens;
  private TcpFabric victim;

  @BeforeEach
  void start() throws IOException {
    trudyListens = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    hostileDevice.listen(
        new RdmaDevice.Arrivals() {
          @Override
          public boolean areWelcome() {
            return true;
          }

          @Override
          public void arrived(QueuePair pair) {
            hostilePairs.add((LoopbackRdma.Pair) pair);
          }

          @Override
          public void removed(String reason) {}
        });
    Duration patience = Duration.ofSeconds(30);
    victim =
        TcpFabric.bind(
            loop,
            new FabricOptions(ANY_PORT, new Plain(false), patience, patience, Kind.AUTO),
            host -> device);
    victim.identity(VICTIM);
    victim.start(heard);
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    victim.close();
    loop.close();
    trudyListens.close();
    assertThat(device.made).allMatch(LoopbackRdma.Pair::isDestroyed);
  }

  /** A session in which the victim has offered RDMA. */
  private RawPeer dialled() throws Exception {
    victim.members(List.of(new Fabric.Member(MALLORY, new Fabric.Address("127.0.0.1", 1))));
    RawPeer raw = new RawPeer(victim.address());
    raw.say(new Hello(2, 2, 0, MALLORY, VICTIM, 0, 0, new byte[HandshakeMessage.NONCE]));
    assertThat(raw.hear()).isInstanceOf(Welcome.class);
    heard.next(Began.class);
    return raw;
  }

  /** A session in which the victim waits for an offer. */
  private RawPeer accepted() throws Exception {
    victim.members(
        List.of(
            new Fabric.Member(
                TRUDY, new Fabric.Address("127.0.0.1", trudyListens.getLocalPort()))));
    RawPeer raw = new RawPeer(trudyListens.accept());
    Hello hello = (Hello) raw.hear();
    raw.say(new Welcome(2, hello.lastSession() + 1));
    heard.next(Began.class);
    return raw;
  }

  private static byte[] token(byte[] offer) {
    return Arrays.copyOfRange(offer, 6, 22);
  }

  /** A queue pair to the victim. */
  private LoopbackRdma.Pair connect() {
    LoopbackRdma.Pair[] made = new LoopbackRdma.Pair[1];
    hostileDevice.connect(
        device.address(),
        new RdmaDevice.Dialled() {
          @Override
          public void connected(QueuePair pair) {
            made[0] = (LoopbackRdma.Pair) pair;
          }

          @Override
          public void failed(String reason) {}
        });
    return made[0];
  }

  private static void post(LoopbackRdma.Pair pair, int type, byte... payload) {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeShortLE(0).writeIntLE(payload.length).writeByte(type).writeBytes(payload);
    pair.slotBuffer(0).put(bytes.nioBuffer());
    pair.send(0, bytes.readableBytes(), true);
  }

  private LoopbackRdma.Pair newest() {
    return device.made.getLast();
  }

  private void awaitDestroyed(LoopbackRdma.Pair pair) {
    while (!pair.isDestroyed()) {
      Thread.yield();
    }
  }

  private void assertBroken(RawPeer raw, String reason) throws Exception {
    Ended ended = heard.await(Ended.class);
    assertThat(ended.reason()).contains(reason);
    assertThat(raw.hearToTheEnd()).contains(reason);
    raw.close();
  }

  // What comes by TCP.

  @Test
  void aSwitchWithoutAQueuePair() throws Exception {
    RawPeer raw = dialled();
    raw.frame(Frame.SWITCH);
    assertBroken(raw, "switched in the state OFFERED");
  }

  @Test
  void aSwitchBeforeAnOffer() throws Exception {
    RawPeer raw = accepted();
    raw.frame(Frame.SWITCH);
    assertBroken(raw, "switched in the state AWAITING_OFFER");
  }

  @Test
  void aSwitchWithAPayload() throws Exception {
    RawPeer raw = dialled();
    raw.frame(Frame.SWITCH, (byte) 1);
    assertBroken(raw, "a switch has a payload");
  }

  @Test
  void anOfferOfWhoDials() throws Exception {
    RawPeer raw = dialled();
    raw.frame(Frame.OFFER, new byte[22]);
    assertBroken(raw, "RDMA was offered in the state OFFERED");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 21, 23, 5_000})
  void anOfferOfTheWrongLength(int length) throws Exception {
    RawPeer raw = accepted();
    raw.frame(Frame.OFFER, new byte[length]);
    assertBroken(raw, "an offer has " + length + " bytes");
  }

  @Test
  void aSecondOffer() throws Exception {
    RawPeer raw = accepted();
    raw.frame(Frame.OFFER, offer());
    raw.frame(Frame.OFFER, offer());
    assertBroken(raw, "RDMA was offered in the state");
  }

  private byte[] offer() {
    ByteBuffer offer = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
    offer.put(new byte[] {127, 0, 0, 1});
    return offer.putShort((short) hostileDevice.address().getPort()).array();
  }

  @Test
  void anOfferOfNothing() throws Exception {
    try (RawPeer raw = accepted()) {
      raw.frame(Frame.OFFER, new byte[22]);
      assertThat(new String(raw.hear(Frame.DECLINE), StandardCharsets.UTF_8))
          .contains("does not take the connection");
      // And the session goes on.
      assertThat(victim.send(TRUDY.nodeId(), new MembershipMessage.Renewed(1))).isTrue();
      raw.hear(Frame.CONTROL);
      raw.frame(Frame.DECLINE, new byte[3_000]);
      raw.frame(Frame.SWITCH);
      assertBroken(raw, "the other end uses RDMA, and this one gave it up");
    }
  }

  @Test
  void whoDeclinesAndSwitchesAllTheSame() throws Exception {
    RawPeer raw = dialled();
    raw.hear(Frame.OFFER);
    raw.frame(Frame.DECLINE, (byte) 'n', (byte) 'o');
    raw.frame(Frame.DECLINE, (byte) 'n', (byte) 'o');
    raw.frame(Frame.SWITCH);
    assertBroken(raw, "the other end uses RDMA, and this one gave it up: the other end: no");
  }

  @Test
  void framesOfTheQueuePairByTcp() throws Exception {
    RawPeer raw = dialled();
    raw.frame(Frame.CLAIM, new byte[16]);
    assertBroken(raw, "a frame is of type 10");
    raw = dialled();
    raw.frame(Frame.READY);
    assertBroken(raw, "a frame is of type 11");
  }

  // What comes by queue pairs.

  @Test
  void withoutAnOfferNoQueuePairIsTaken() {
    assertThat(connect()).isNull();
  }

  @Test
  void aClaimOfNoSession() throws Exception {
    try (RawPeer raw = dialled()) {
      byte[] token = token(raw.hear(Frame.OFFER));
      token[7] ^= 1;
      post(connect(), Frame.CLAIM, token);
      awaitDestroyed(newest());
      // The right one is as good as before.
      token[7] ^= 1;
      switched(raw, token);
      assertThat(newest().isDestroyed()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 17, 4_000})
  void aClaimOfTheWrongLength(int length) throws Exception {
    try (RawPeer raw = dialled()) {
      raw.hear(Frame.OFFER);
      post(connect(), Frame.CLAIM, new byte[length]);
      awaitDestroyed(newest());
      assertThat(victim.send(MALLORY.nodeId(), new MembershipMessage.Renewed(1))).isTrue();
      raw.hear(Frame.CONTROL);
    }
  }

  @Test
  void aMessageInPlaceOfTheClaim() throws Exception {
    try (RawPeer raw = dialled()) {
      raw.hear(Frame.OFFER);
      post(connect(), Frame.CONTROL, new byte[10]);
      awaitDestroyed(newest());
    }
  }

  @Test
  void aClaimThatWasGoodOnce() throws Exception {
    try (RawPeer raw = dialled()) {
      byte[] token = token(raw.hear(Frame.OFFER));
      LoopbackRdma.Pair first = connect();
      LoopbackRdma.Pair second = connect();
      LoopbackRdma.Pair atVictim = newest();
      claim(first, token);
      post(second, Frame.CLAIM, token);
      awaitDestroyed(atVictim);
      raw.frame(Frame.SWITCH);
      raw.hear(Frame.SWITCH);
    }
  }

  @Test
  void queuePairsThatClaimNothingAreBounded() throws Exception {
    try (RawPeer raw = dialled()) {
      raw.hear(Frame.OFFER);
      int taken = 0;
      for (int i = 0; i < 4 * RdmaSide.MAX_UNCLAIMED; i++) {
        LoopbackRdma.Pair pair = connect();
        if (pair != null) {
          taken++;
        }
      }
      // What is taken before the loop counts it is closed by the loop.
      assertThat(taken).isGreaterThanOrEqualTo(RdmaSide.MAX_UNCLAIMED);
      while (device.made.stream().filter(pair -> !pair.isDestroyed()).count()
          > RdmaSide.MAX_UNCLAIMED) {
        Thread.yield();
      }
    }
  }

  /** A session of Mallory's that a queue pair carries. */
  private LoopbackRdma.Pair switched(RawPeer raw) throws Exception {
    return switched(raw, token(raw.hear(Frame.OFFER)));
  }

  private LoopbackRdma.Pair switched(RawPeer raw, byte[] token) throws Exception {
    LoopbackRdma.Pair pair = connect();
    claim(pair, token);
    raw.frame(Frame.SWITCH);
    raw.hear(Frame.SWITCH);
    return pair;
  }

  private static void claim(LoopbackRdma.Pair pair, byte[] token) {
    post(pair, Frame.CLAIM, token);
    // The answer shows that the claim was heard before the switch.
    Heard answer = new Heard();
    while (!answer.isHeard) {
      pair.poll(answer);
      Thread.yield();
    }
  }

  private static final class Heard implements QueuePair.Completions {
    boolean isHeard;

    @Override
    public void received(int buffer, int lengthBytes) {
      isHeard = true;
    }

    @Override
    public void done(int slot) {}

    @Override
    public void failed(String reason) {}
  }

  @Test
  void aMessageByTcpAfterTheSwitch() throws Exception {
    RawPeer raw = dialled();
    switched(raw);
    raw.frame(Frame.CONTROL, encoded());
    assertBroken(raw, "a message came by TCP after the switch");
  }

  private static byte[] encoded() {
    ByteBuffer bytes = MessageFormat.encode(new MembershipMessage.Renewed(1));
    byte[] array = new byte[bytes.remaining()];
    bytes.get(array);
    return array;
  }

  @Test
  void aSecondSwitchAndADeclineAfterIt() throws Exception {
    RawPeer raw = dialled();
    switched(raw);
    raw.frame(Frame.SWITCH);
    assertBroken(raw, "switched in the state SWITCHED");
    raw = dialled();
    switched(raw);
    raw.frame(Frame.DECLINE);
    assertBroken(raw, "declined in the state SWITCHED");
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        Frame.HANDSHAKE,
        Frame.ALIVE,
        Frame.END,
        Frame.OFFER,
        Frame.DECLINE,
        Frame.SWITCH,
        Frame.CLAIM,
        Frame.READY,
        77
      })
  void aFrameByTheQueuePairThatIsNoMessage(int type) throws Exception {
    RawPeer raw = dialled();
    LoopbackRdma.Pair pair = switched(raw);
    post(pair, type);
    assertBroken(raw, "a frame is of type " + type);
  }

  @Test
  void garbageByTheQueuePair() throws Exception {
    RawPeer raw = dialled();
    LoopbackRdma.Pair pair = switched(raw);
    post(pair, Frame.CONTROL, (byte) 0xff, (byte) 1);
    assertBroken(raw, "kind 255");
  }

  @Test
  void aMessageWithoutEndByTheQueuePair() throws Exception {
    RawPeer raw = dialled();
    LoopbackRdma.Pair pair = switched(raw);
    byte[] piece = new byte[QueuePair.BUFFER - RdmaWire.PARCEL_HEADER - Frame.HEADER];
    int posted = 0;
    while (!newest().isDestroyed()) {
      // As an honest peer, no more than the victim has buffers for.
      if (newest().readyBuffers() > 1) {
        post(pair, Frame.BULK_PIECE, piece);
        posted++;
      }
    }
    assertThat((long) posted * piece.length).isLessThan(2L * Bounds.MESSAGE);
    assertBroken(raw, "pieces is too large");
  }

  @Test
  void aKeepAliveByTcpGoesOnAfterTheSwitch() throws Exception {
    try (RawPeer raw = dialled()) {
      LoopbackRdma.Pair pair = switched(raw);
      raw.frame(Frame.ALIVE);
      post(pair, Frame.CONTROL, encoded());
      assertThat(heard.next(Received.class).message()).isEqualTo(new MembershipMessage.Renewed(1));
    }
  }

  @Test
  void anAnswerToTheClaimThatIsNone() throws Exception {
    try (RawPeer raw = accepted()) {
      raw.frame(Frame.OFFER, offer());
      while (device.made.isEmpty()) {
        Thread.yield();
      }
      while (hostilePairs.isEmpty()) {
        Thread.yield();
      }
      post(hostilePairs.getFirst(), Frame.CONTROL, encoded());
      assertThat(new String(raw.hear(Frame.DECLINE), StandardCharsets.UTF_8))
          .contains("before the claim was answered");
      awaitDestroyed(device.made.getFirst());
    }
  }

  @Test
  void frameTypesForNodesAreNotForDispatchers() throws Exception {
    TcpFabric dispatcher =
        TcpFabric.bind(loop, FabricOptions.on(ANY_PORT, new Plain(false)), host -> rdma.device());
    RecordingListener atDispatcher = new RecordingListener();
    dispatcher.identity(new Peer(-1, 0));
    dispatcher.start(atDispatcher);
    try (RawPeer raw = new RawPeer(dispatcher.address())) {
      raw.say(
          new Hello(
              2, 2, 0, Peer.STRANGER, new Peer(-1, 0), 0, 0, new byte[HandshakeMessage.NONCE]));
      raw.hear();
      atDispatcher.next(Began.class);
      raw.frame(Frame.OFFER, offer());
      assertThat(raw.hearToTheEnd()).contains("a frame of type 7 came from no node");
    } finally {
      dispatcher.close();
    }
  }
}
