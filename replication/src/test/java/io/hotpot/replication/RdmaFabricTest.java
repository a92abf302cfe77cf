package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.FabricOptions.Kind;
import io.hotpot.replication.FabricOptions.Plain;
import io.hotpot.replication.RecordingListener.Began;
import io.hotpot.replication.RecordingListener.Ended;
import io.hotpot.replication.RecordingListener.Received;
import io.hotpot.replication.rdma.NoRdmaException;
import io.hotpot.replication.rdma.RdmaDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How sessions come to be carried by queue pairs, stay on TCP, and end. Node 2 dials node 1. */
final class RdmaFabricTest {

  private static final Peer ONE = new Peer(1, 1);
  private static final Peer TWO = new Peer(2, 1);

  private final LoopbackRdma rdma = new LoopbackRdma();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final RecordingListener heard1 = new RecordingListener();
  private final RecordingListener heard2 = new RecordingListener();
  private final LoopbackRdma.Device device1 = rdma.device();
  private final LoopbackRdma.Device device2 = rdma.device();
  private NettyLoop loop1;
  private NettyLoop loop2;
  private TcpFabric node1;
  private TcpFabric node2;

  private TcpFabric fabric(
      NettyLoop loop, Peer self, Kind kind, Duration limit, TcpFabric.Devices devices) {
    FabricOptions options =
        new FabricOptions(
            new Fabric.Address("127.0.0.1", 0),
            new Plain(false),
            Duration.ofSeconds(30),
            limit,
            kind);
    TcpFabric fabric = TcpFabric.bind(loop, options, devices);
    fabric.identity(self);
    open.addFirst(loop);
    open.addFirst(fabric);
    return fabric;
  }

  private void start(Kind kind1, Kind kind2, Duration limit) {
    start(kind1, host -> device1, kind2, host -> device2, limit);
  }

  private void start(
      Kind kind1,
      TcpFabric.Devices devices1,
      Kind kind2,
      TcpFabric.Devices devices2,
      Duration limit) {
    loop1 = new NettyLoop("node-1");
    loop2 = new NettyLoop("node-2");
    node1 = fabric(loop1, ONE, kind1, limit, devices1);
    node2 = fabric(loop2, TWO, kind2, limit, devices2);
    node1.members(List.of(new Fabric.Member(TWO, node2.address())));
    node2.members(List.of(new Fabric.Member(ONE, node1.address())));
    node1.start(heard1);
    node2.start(heard2);
  }

  private void start() {
    start(Kind.AUTO, Kind.AUTO, Duration.ofSeconds(30));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    // Whatever happened, no queue pair is left.
    assertThat(device1.made).allMatch(LoopbackRdma.Pair::isDestroyed);
    assertThat(device2.made).allMatch(LoopbackRdma.Pair::isDestroyed);
  }

  private static RdmaDevice none(String host) throws NoRdmaException {
    throw new NoRdmaException("there is no RDMA device at " + host);
  }

  private void meet() throws InterruptedException {
    heard1.next(Began.class);
    heard2.next(Began.class);
  }

  private static void awaitCarrier(TcpFabric fabric, int nodeId, Fabric.Carrier expected) {
    while (!expected.equals(fabric.carrier(nodeId))) {
      Thread.yield();
    }
  }

  private static final Fabric.Carrier BY_RDMA = new Fabric.Carrier(Fabric.Carriage.RDMA, "");

  private static Fabric.Carrier byTcp(String reason) {
    return new Fabric.Carrier(Fabric.Carriage.TCP, reason);
  }

  private void awaitRdma() {
    awaitCarrier(node1, 2, BY_RDMA);
    awaitCarrier(node2, 1, BY_RDMA);
  }

  private void exchange() throws InterruptedException {
    assertThat(node1.send(2, new MembershipMessage.Renewed(7))).isTrue();
    assertThat(node2.send(1, new MembershipMessage.Renewed(8))).isTrue();
    assertThat(heard2.next(Received.class).message()).isEqualTo(new MembershipMessage.Renewed(7));
    assertThat(heard1.next(Received.class).message()).isEqualTo(new MembershipMessage.Renewed(8));
  }

  @Test
  void aSessionGoesOnByAQueuePair() throws Exception {
    start();
    meet();
    awaitRdma();
    int sends = device1.made.getFirst().sends;
    exchange();
    assertThat(device1.made.getFirst().sends).isGreaterThan(sends);
    assertThat(node1.carrier(3)).isNull();
  }

  /** What is sent before, while and after both ends switch keeps its order. */
  @Test
  void switchingInTheMidstOfTrafficKeepsTheOrder() throws Exception {
    int count = 3_000;
    for (int round = 0; round < 20; round++) {
      if (round == 0) {
        start();
      } else {
        node1.disconnect(2, "once more");
        heard1.await(Ended.class);
        heard2.await(Ended.class);
      }
      meet();
      Thread sender = Thread.startVirtualThread(() -> send(node1, 2, count));
      send(node2, 1, count);
      sender.join();
      for (int i = 0; i < count; i++) {
        assertThat(heard1.next(Received.class).message())
            .isEqualTo(new MembershipMessage.Renewed(i));
        assertThat(heard2.next(Received.class).message())
            .isEqualTo(new MembershipMessage.Renewed(i));
      }
      awaitRdma();
    }
  }

  private static void send(TcpFabric from, int to, int count) {
    for (int i = 0; i < count; i++) {
      assertThat(from.send(to, new MembershipMessage.Renewed(i))).isTrue();
    }
  }

  /** Pieces of one message go by TCP and by the queue pair. */
  @Test
  void aLongMessageGoesOnWhereItWasWhenTheEndsSwitch() throws Exception {
    for (int round = 0; round < 10; round++) {
      if (round == 0) {
        start();
      } else {
        node1.disconnect(2, "once more");
        heard1.await(Ended.class);
        heard2.await(Ended.class);
      }
      meet();
      byte[] bytes = new byte[12 << 20];
      bytes[round] = 1;
      bytes[bytes.length - 1 - round] = 2;
      node1.send(2, new LogMessage.Append(1, 1, round, 0, true, bytes));
      node2.send(1, new LogMessage.Append(1, 1, round, 0, true, bytes));
      assertThat(((LogMessage.Append) heard1.next(Received.class).message()).bytes())
          .isEqualTo(bytes);
      assertThat(((LogMessage.Append) heard2.next(Received.class).message()).bytes())
          .isEqualTo(bytes);
    }
  }

  @Test
  void whereOneEndHasNoDeviceTcpStaysAndBothSayWhy() throws Exception {
    String reason = "there is no RDMA device at 127.0.0.1";
    start(Kind.AUTO, RdmaFabricTest::none, Kind.AUTO, host -> device2, Duration.ofSeconds(30));
    meet();
    awaitCarrier(node1, 2, byTcp(reason));
    awaitCarrier(node2, 1, byTcp("the other end: " + reason));
    exchange();
    assertThat(node1.remoteMemory()).isNull();
    assertThat(node2.remoteMemory()).isNotNull();
    assertThat(device2.made).isEmpty();
  }

  @Test
  void whereTheDiallerHasNoDeviceTcpStaysAndBothSayWhy() throws Exception {
    String reason = "there is no RDMA device at 127.0.0.1";
    start(Kind.AUTO, host -> device1, Kind.AUTO, RdmaFabricTest::none, Duration.ofSeconds(30));
    meet();
    awaitCarrier(node1, 2, byTcp("the other end: " + reason));
    awaitCarrier(node2, 1, byTcp(reason));
    exchange();
    assertThat(device1.asked.availablePermits()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"TCP, AUTO", "AUTO, TCP", "TCP, TCP"})
  void whoWantsTcpGetsIt(Kind kind1, Kind kind2) throws Exception {
    start(kind1, kind2, Duration.ofSeconds(30));
    meet();
    String reason = "only TCP is wanted (fabric=tcp)";
    awaitCarrier(node1, 2, byTcp(kind1 == Kind.TCP ? reason : "the other end: " + reason));
    exchange();
  }

  @ParameterizedTest
  @CsvSource({"RDMA, TCP", "TCP, RDMA"})
  void whoDemandsRdmaHasNoSessionWithoutIt(Kind kind1, Kind kind2) throws Exception {
    start(kind1, kind2, Duration.ofSeconds(30));
    meet();
    assertThat(heard1.await(Ended.class).reason())
        .contains("only RDMA is wanted")
        .contains("only TCP is wanted");
    assertThat(heard2.await(Ended.class).reason()).contains("only RDMA is wanted");
  }

  @Test
  void whoDemandsRdmaAndHasNoneDoesNotStart() {
    try (NettyLoop loop = new NettyLoop("node")) {
      assertThatThrownBy(
              () -> fabric(loop, ONE, Kind.RDMA, Duration.ofSeconds(1), RdmaFabricTest::none))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("fabric=rdma")
          .hasMessageContaining("there is no RDMA device at 127.0.0.1");
    }
  }

  @Test
  void aQueuePairThatIsRejectedLeavesTheSessionOnTcp() throws Exception {
    device1.answer = LoopbackRdma.Answer.REJECT;
    start();
    meet();
    String reason = "no queue pair: it does not take the connection";
    awaitCarrier(node2, 1, byTcp(reason));
    awaitCarrier(node1, 2, byTcp("the other end: " + reason));
    exchange();
  }

  @Test
  void aQueuePairThatNeverComesLeavesTheSessionOnTcp() throws Exception {
    device1.answer = LoopbackRdma.Answer.SILENCE;
    start(Kind.AUTO, Kind.AUTO, Duration.ofSeconds(2));
    meet();
    while (node1.carrier(2).reason().equals("RDMA is being set up")
        || node2.carrier(1).reason().equals("RDMA is being set up")) {
      exchange();
    }
    assertThat(node1.carrier(2).reason()).contains("took longer than PT2S");
    assertThat(node2.carrier(1).reason()).contains("took longer than PT2S");
    exchange();
  }

  @Test
  void aQueuePairThatBreaksAtOnceLeavesTheSessionOnTcp() throws Exception {
    device1.answer = LoopbackRdma.Answer.BREAK;
    start();
    meet();
    awaitCarrier(node2, 1, byTcp("the other end does not answer"));
    awaitCarrier(node1, 2, byTcp("the other end: the other end does not answer"));
    exchange();
  }

  @Test
  void aQueuePairThatBreaksLaterEndsTheSession() throws Exception {
    start();
    meet();
    awaitRdma();
    device2.made.getFirst().cut();
    assertThat(heard2.next(Ended.class).reason()).isEqualTo("RDMA: the other end does not answer");
    assertThat(heard1.next(Ended.class).reason()).contains("the other end does not answer");
    meet();
    awaitRdma();
    exchange();
  }

  @Test
  void aDeviceThatIsRemovedEndsItsSessionsAndLaterOnesStayOnTcp() throws Exception {
    start();
    meet();
    awaitRdma();
    device1.remove();
    assertThat(heard1.next(Ended.class).reason()).isEqualTo("RDMA: the RDMA device was removed");
    heard2.next(Ended.class);
    meet();
    awaitCarrier(node1, 2, byTcp("the RDMA device was removed"));
    exchange();
  }

  /** The queue pair is gone when the end is told: what the other end writes then lands nowhere. */
  @Test
  void nothingLandsAfterTheEndWasTold() throws Exception {
    AtomicReference<Boolean> isGone = new AtomicReference<>();
    CountDownLatch told = new CountDownLatch(1);
    loop1 = new NettyLoop("node-1");
    loop2 = new NettyLoop("node-2");
    node1 = fabric(loop1, ONE, Kind.AUTO, Duration.ofSeconds(30), host -> device1);
    node2 = fabric(loop2, TWO, Kind.AUTO, Duration.ofSeconds(30), host -> device2);
    node1.members(List.of(new Fabric.Member(TWO, node2.address())));
    node2.members(List.of(new Fabric.Member(ONE, node1.address())));
    node1.start(
        new RecordingListener() {
          @Override
          public void sessionEnded(Peer peer, long session, String reason) {
            isGone.compareAndSet(null, device1.made.getFirst().isDestroyed());
            told.countDown();
          }
        });
    node2.start(heard2);
    heard2.next(Began.class);
    awaitRdma();
    node1.disconnect(2, "a test of it");
    told.await();
    assertThat(isGone.get()).isTrue();
  }

  @Test
  void aLoopThatSleepsIsWokenByWhatComes() throws Exception {
    start();
    meet();
    awaitRdma();
    for (int i = 0; i < 50; i++) {
      int sleeps = device1.made.getFirst().sleeps;
      while (device1.made.getFirst().sleeps == sleeps) {
        Thread.yield();
      }
      exchange();
    }
  }

  /** A read brings its bytes to the loop that asked. */
  @Test
  void anEndThatIsCutFailsTheReadsUnderWay() throws Exception {
    start();
    meet();
    awaitRdma();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(64);
      memory.set(ValueLayout.JAVA_INT, 0, 42);
      RemoteMemory.Registration here =
          node1.remoteMemory().register(memory, RemoteMemory.Access.READ);
      here.close();
      List<String> failures = new ArrayList<>();
      CountDownLatch failed = new CountDownLatch(1);
      loop2.execute(
          () ->
              node2
                  .remoteMemory()
                  .read(
                      1,
                      here.key(),
                      0,
                      4,
                      new RemoteMemory.Reader() {
                        @Override
                        public void read(MemorySegment bytes) {
                          failed.countDown();
                        }

                        @Override
                        public void failed(String reason) {
                          failures.add(reason);
                          failed.countDown();
                        }
                      }));
      failed.await();
      assertThat(failures).hasSize(1);
      assertThat(failures.getFirst()).contains("does not allow the access");
      heard2.next(Ended.class);
    }
  }
}
