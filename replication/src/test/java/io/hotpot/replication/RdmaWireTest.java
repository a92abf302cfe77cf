package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.rdma.MemoryRegion;
import io.hotpot.replication.rdma.QueuePair;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A wire alone, over two queue pairs that the test drives step by step. */
final class RdmaWireTest {

  /** One end: what it heard, and what it wants to say. */
  private static final class End implements RdmaWire.Host {
    final RdmaWire wire;
    final LoopbackRdma.Pair pair;
    final SendQueue queue = new SendQueue(new Traffic());
    final Assembly control = new Assembly(new Traffic());
    final Assembly bulk = new Assembly(new Traffic());
    final Deque<Message> heard = new ArrayDeque<>();
    final List<Integer> opened = new ArrayList<>();
    String broken;
    Runnable atMessage = () -> {};

    End(LoopbackRdma.Pair pair) {
      this.pair = pair;
      wire = new RdmaWire(pair, this);
    }

    void send(Message message) {
      assertThat(queue.offer(message.lane(), MessageFormat.encode(message))).isTrue();
    }

    void flushNow() {
      wire.flush(queue);
      wire.checkInvariants();
    }

    int look() {
      int count = wire.look();
      wire.checkInvariants();
      return count;
    }

    @Override
    public void opened(RdmaWire by, int type, ByteBuf in, int lengthBytes) {
      opened.add(type);
    }

    @Override
    public void frame(int type, ByteBuf in, int length) {
      switch (type) {
        case Frame.CONTROL -> heard.add(control.last(in, length));
        case Frame.CONTROL_PIECE -> control.piece(in, length);
        case Frame.BULK -> heard.add(bulk.last(in, length));
        case Frame.BULK_PIECE -> bulk.piece(in, length);
        default -> throw new MalformedMessage("type " + type);
      }
      atMessage.run();
    }

    @Override
    public void flush() {
      wire.flush(queue);
    }

    @Override
    public void broken(RdmaWire by, String reason) {
      assertThat(broken).isNull();
      broken = reason;
    }
  }

  private final LoopbackRdma rdma = new LoopbackRdma();
  private final List<LoopbackRdma.Pair> pairs = rdma.pairs();
  private final End a = new End(pairs.getFirst());
  private final End b = new End(pairs.getLast());

  /** Both have said their first word, and take messages. */
  private void open() {
    a.wire.say(Frame.CLAIM, new byte[Switchover.TOKEN]);
    b.wire.say(Frame.READY);
    settle();
    assertThat(a.opened).containsExactly(Frame.READY);
    assertThat(b.opened).containsExactly(Frame.CLAIM);
    a.wire.deliver();
    b.wire.deliver();
  }

  private void settle() {
    while (a.look() + b.look() > 0) {
      // Again, as long as something comes.
    }
  }

  private static Message renewed(long i) {
    return new MembershipMessage.Renewed(i);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyMessageArrivesOnceAndInOrderUnderAnyTraffic(long seed) {
    open();
    Random random = new Random(seed);
    int[] sent = new int[2];
    int[] heard = new int[2];
    for (int step = 0; step < 20_000; step++) {
      int who = random.nextInt(2);
      End end = who == 0 ? a : b;
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          for (int i = random.nextInt(20); i > 0; i--) {
            end.send(renewed(sent[who]++));
          }
        }
        case 2 -> end.flushNow();
        case 3 -> {
          byte[] bytes = new byte[random.nextInt(60_000)];
          end.send(new LogMessage.Append(1, 1, 1, 0, true, bytes));
        }
        default -> end.look();
      }
      heard[0] = check(a, heard[0]);
      heard[1] = check(b, heard[1]);
    }
    a.flushNow();
    b.flushNow();
    settle();
    assertThat(check(a, heard[0])).isEqualTo(sent[1]);
    assertThat(check(b, heard[1])).isEqualTo(sent[0]);
    assertThat(a.broken).isNull();
    assertThat(b.broken).isNull();
  }

  /** Those of the control lane are numbered. */
  private static int check(End end, int next) {
    int expected = next;
    for (Message message = end.heard.poll(); message != null; message = end.heard.poll()) {
      if (message instanceof MembershipMessage.Renewed(long number)) {
        assertThat(number).isEqualTo(expected++);
      }
    }
    return expected;
  }

  @Test
  void aMessageLargerThanManyBuffersArrivesWhole() {
    open();
    byte[] bytes = new byte[5 << 20];
    new Random(5).nextBytes(bytes);
    a.send(new LogMessage.Append(1, 1, 7, 0, true, bytes));
    a.flushNow();
    settle();
    assertThat(((LogMessage.Append) b.heard.remove()).bytes()).isEqualTo(bytes);
  }

  @Test
  void whoDoesNotTakeWhatComesStopsTheOther() {
    open();
    int before = a.pair.sends;
    for (int i = 0; i < 100; i++) {
      a.send(new LogMessage.Append(1, 1, i, 0, true, new byte[QueuePair.BUFFER]));
      a.flushNow();
    }
    // All buffers but the one that is kept for credits.
    assertThat(a.pair.sends - before).isEqualTo(QueuePair.RECEIVES - 1 - 1);
    settle();
    assertThat(b.heard).hasSize(100);
  }

  @Test
  void bothOutOfCreditsGoOn() {
    open();
    for (int i = 0; i < 300; i++) {
      a.send(new LogMessage.Append(1, 1, i, 0, true, new byte[QueuePair.BUFFER]));
      b.send(new LogMessage.Append(1, 1, i, 0, true, new byte[QueuePair.BUFFER]));
    }
    a.flushNow();
    b.flushNow();
    settle();
    assertThat(a.heard).hasSize(300);
    assertThat(b.heard).hasSize(300);
  }

  @Test
  void whatComesBeforeTheSwitchWaitsInItsBuffers() {
    a.wire.say(Frame.CLAIM, new byte[Switchover.TOKEN]);
    b.wire.say(Frame.READY);
    settle();
    for (int i = 0; i < 200; i++) {
      a.send(renewed(i));
      a.flushNow();
    }
    settle();
    assertThat(b.heard).isEmpty();
    b.wire.deliver();
    assertThat(b.heard).isNotEmpty();
    settle();
    assertThat(check(b, 0)).isEqualTo(200);
  }

  @Test
  void oneSendInSixteenIsSignalled() {
    open();
    int sends = a.pair.sends;
    int signals = a.pair.signals;
    for (int i = 0; i < 1_600; i++) {
      a.send(renewed(i));
      a.flushNow();
      settle();
    }
    assertThat(a.pair.sends - sends).isBetween(1_600, 1_700);
    assertThat(a.pair.signals - signals).isBetween(100, 107);
  }

  @Test
  void aWriteLandsBeforeTheMessageBehindIt() throws IOException {
    open();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment here = arena.allocate(1 << 10);
      MemorySegment there = arena.allocate(1 << 10);
      MemoryRegion from = rdma.device().register(here, false, false);
      MemoryRegion to = rdma.device().register(there, false, true);
      // Many more than slots: what finds none waits, and nothing passes it.
      b.atMessage =
          () ->
              assertThat(there.get(ValueLayout.JAVA_INT, 0))
                  .isGreaterThanOrEqualTo(
                      (int) ((MembershipMessage.Renewed) b.heard.getLast()).echoNs());
      for (int i = 1; i <= 300; i++) {
        here.set(ValueLayout.JAVA_INT, 0, i);
        assertThat(a.wire.write(from, 0, 4, to.address(), to.remoteKey())).isTrue();
        a.send(renewed(i));
        a.flushNow();
        if (i % 70 == 0) {
          settle();
        }
      }
      settle();
      assertThat(check(b, 1)).isEqualTo(301);
    }
  }

  @Test
  void aWriteThatNoMessageFollowsGoesWhenTheLoopLooksNext() throws IOException {
    open();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment here = arena.allocate(64);
      MemorySegment there = arena.allocate(64);
      here.fill((byte) 1);
      MemoryRegion from = rdma.device().register(here, false, false);
      MemoryRegion to = rdma.device().register(there, false, true);

      assertThat(a.wire.write(from, 0, 32, to.address(), to.remoteKey())).isTrue();
      assertThat(there.get(ValueLayout.JAVA_BYTE, 0)).isZero();
      a.look();
      assertThat(there.get(ValueLayout.JAVA_BYTE, 31)).isEqualTo((byte) 1);
      assertThat(there.get(ValueLayout.JAVA_BYTE, 32)).isZero();

      // Of two writes the second one takes the first one along.
      assertThat(a.wire.write(from, 0, 16, to.address() + 32, to.remoteKey())).isTrue();
      assertThat(a.wire.write(from, 0, 16, to.address() + 48, to.remoteKey())).isTrue();
      assertThat(there.get(ValueLayout.JAVA_BYTE, 47)).isEqualTo((byte) 1);
      assertThat(there.get(ValueLayout.JAVA_BYTE, 48)).isZero();
      a.look();
      assertThat(there.get(ValueLayout.JAVA_BYTE, 63)).isEqualTo((byte) 1);
    }
  }

  @Test
  void writesThatFindNoSlotAreBounded() throws IOException {
    open();
    try (Arena arena = Arena.ofShared()) {
      MemoryRegion memory = rdma.device().register(arena.allocate(64), false, true);
      int taken = 0;
      while (a.wire.write(memory, 0, 4, memory.address(), memory.remoteKey())) {
        taken++;
      }
      assertThat(taken).isBetween(RdmaWire.MAX_WAITING + 1, RdmaWire.MAX_WAITING + 64);
      settle();
      assertThat(a.wire.write(memory, 0, 4, memory.address(), memory.remoteKey())).isTrue();
    }
  }

  @Test
  void readsBringWhatIsThere() throws IOException {
    open();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment there = arena.allocate(32 << 10);
      for (int i = 0; i < 1_000; i++) {
        there.set(ValueLayout.JAVA_INT, 4L * i, i);
      }
      MemoryRegion region = rdma.device().register(there, true, false);
      List<Integer> read = new ArrayList<>();
      int refused = 0;
      for (int i = 0; i < 1_000; i++) {
        boolean isUnderWay =
            a.wire.read(region.address() + 4L * i, region.remoteKey(), 4, reader(read));
        if (!isUnderWay) {
          refused++;
          settle();
          assertThat(a.wire.read(region.address() + 4L * i, region.remoteKey(), 4, reader(read)))
              .isTrue();
        }
      }
      settle();
      assertThat(refused).isEqualTo((1_000 - 1) / RdmaWire.MAX_READS);
      assertThat(read).hasSize(1_000).isSorted();
      assertThat(
              a.wire.read(
                  region.address(), region.remoteKey(), RemoteMemory.MAX_READ + 1, reader(read)))
          .isFalse();
    }
  }

  private static RemoteMemory.Reader reader(List<Integer> into) {
    return new RemoteMemory.Reader() {
      @Override
      public void read(MemorySegment bytes) {
        assertThat(bytes.byteSize()).isEqualTo(4);
        into.add(bytes.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
      }

      @Override
      public void failed(String reason) {
        into.add(-1);
      }
    };
  }

  @Test
  void aWrongKeyBreaksBothEndsAndReadsUnderWayFail() throws IOException {
    open();
    try (Arena arena = Arena.ofShared()) {
      MemoryRegion memory = rdma.device().register(arena.allocate(64), true, false);
      List<Integer> read = new ArrayList<>();
      a.wire.write(memory, 0, 4, memory.address(), memory.remoteKey());
      a.wire.read(memory.address(), memory.remoteKey(), 4, reader(read));
      settle();
      assertThat(a.broken).contains("does not allow the access");
      assertThat(b.broken).isNotNull();
      a.wire.close("a test of it");
      assertThat(read).containsExactly(-1);
      assertThat(a.wire.write(memory, 0, 4, memory.address(), memory.remoteKey())).isFalse();
      assertThat(a.wire.read(memory.address(), memory.remoteKey(), 4, reader(read))).isFalse();
    }
  }

  @Test
  void nothingIsToldAfterTheEnd() {
    open();
    for (int i = 0; i < 50; i++) {
      a.send(renewed(i));
      a.flushNow();
    }
    b.atMessage = () -> b.wire.close("enough");
    settle();
    assertThat(b.heard).hasSize(1);
    assertThat(b.pair.isDestroyed()).isTrue();
    a.send(renewed(50));
    a.flushNow();
    settle();
    assertThat(a.broken).contains("does not answer");
  }

  // Ends that break the protocol. What they post is written here byte by byte.

  private void post(int lengthBytes, byte... parcel) {
    LoopbackRdma.Pair hostile = pairs.getFirst();
    ByteBuffer slot = hostile.slotBuffer(0);
    slot.put(parcel, 0, Math.min(parcel.length, lengthBytes));
    hostile.send(0, lengthBytes, true);
    b.look();
  }

  private static byte[] parcel(int credits, int frameLength, int type, int payload) {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeShortLE(credits).writeIntLE(frameLength).writeByte(type).writeZero(payload);
    byte[] array = new byte[bytes.readableBytes()];
    bytes.readBytes(array);
    return array;
  }

  @Test
  void parcelsThatAreNone() {
    post(1, (byte) 0);
    assertThat(b.broken).contains("a parcel has 1 bytes");
  }

  @Test
  void creditsThatWereNeverUsed() {
    post(2, (byte) 1, (byte) 0);
    assertThat(b.broken).contains("more credits back");
  }

  @Test
  void aFirstParcelWithoutAFrame() {
    post(2, (byte) 0, (byte) 0);
    assertThat(b.broken).contains("ends within the header");
  }

  @Test
  void aFirstParcelWithMoreThanAFrame() {
    byte[] two = parcel(0, 0, Frame.CLAIM, 7);
    post(two.length, two);
    assertThat(b.broken).contains("more than a frame");
  }

  @Test
  void aFrameBeyondItsParcel() {
    open();
    byte[] cut = parcel(0, 100, Frame.CONTROL, 99);
    post(cut.length, cut);
    assertThat(b.broken).contains("longer than its parcel - bytes=100");
  }

  @Test
  void aFrameOfNegativeLength() {
    open();
    byte[] cut = parcel(0, -1, Frame.CONTROL, 99);
    post(cut.length, cut);
    assertThat(b.broken).contains("longer than its parcel - bytes=4294967295");
  }

  @Test
  void halfAHeaderBehindAFrame() {
    open();
    byte[] garbage = parcel(0, 0, Frame.CONTROL_PIECE, 3);
    post(garbage.length, garbage);
    assertThat(b.broken).isNotNull().startsWith("it broke the protocol");
  }
}
