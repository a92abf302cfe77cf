package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.RecordingListener.Began;
import io.hotpot.replication.RecordingListener.Ended;
import io.hotpot.replication.RecordingListener.Received;
import io.hotpot.replication.RemoteMemory.Access;
import io.hotpot.replication.RemoteMemory.Key;
import io.hotpot.replication.RemoteMemory.Registration;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one-sided access promises. Node 1 has the memory, node 2 uses it. */
abstract class OneSidedContract {

  private static final int BYTES = 1 << 20;
  private static final int HANGS_AFTER_SECONDS = 60;

  private final NettyLoop loop1 = new NettyLoop("node-1");
  private final NettyLoop loop2 = new NettyLoop("node-2");
  private final RecordingListener heard1 = new RecordingListener();
  private final RecordingListener heard2 = new RecordingListener();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment theirs = arena.allocate(BYTES, 4096);
  private final MemorySegment ours = arena.allocate(BYTES, 4096);
  private TcpFabric node1;
  private TcpFabric node2;
  private RemoteMemory memory1;
  private RemoteMemory memory2;

  abstract TcpFabric fabric(NettyLoop loop);

  @BeforeEach
  void start() throws Exception {
    node1 = fabric(loop1);
    node2 = fabric(loop2);
    memory1 = node1.remoteMemory();
    memory2 = node2.remoteMemory();
    Peer peer1 = new Peer(1, 1);
    Peer peer2 = new Peer(2, 1);
    node1.identity(peer1);
    node2.identity(peer2);
    node1.members(List.of(new Fabric.Member(peer2, node2.address())));
    node2.members(List.of(new Fabric.Member(peer1, node1.address())));
    node1.start(heard1);
    node2.start(heard2);
    meet();
  }

  /** A session, and RDMA carries it both ways. */
  private void meet() throws Exception {
    heard1.next(Began.class);
    heard2.next(Began.class);
    while (!isRdma(node1, 2) || !isRdma(node2, 1)) {
      Thread.yield();
    }
  }

  private static boolean isRdma(TcpFabric fabric, int nodeId) {
    Fabric.Carrier carrier = fabric.carrier(nodeId);
    return carrier != null && carrier.carriage() == Fabric.Carriage.RDMA;
  }

  @AfterEach
  void close() {
    node1.close();
    node2.close();
    loop1.close();
    loop2.close();
    arena.close();
  }

  private static <T> T on(NettyLoop loop, Callable<T> task) throws Exception {
    CompletableFuture<T> done = new CompletableFuture<>();
    loop.execute(
        () -> {
          try {
            done.complete(task.call());
          } catch (Throwable e) {
            done.completeExceptionally(e);
          }
        });
    try {
      return done.get(HANGS_AFTER_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  private boolean write(Key to, int offset, Registration from, int fromOffset, int bytes)
      throws Exception {
    return on(loop2, () -> memory2.write(1, to, offset, from, fromOffset, bytes));
  }

  private CompletableFuture<byte[]> read(Key from, int offset, int bytes) throws Exception {
    CompletableFuture<byte[]> read = new CompletableFuture<>();
    boolean isUnderWay =
        on(
            loop2,
            () ->
                memory2.read(
                    1,
                    from,
                    offset,
                    bytes,
                    new RemoteMemory.Reader() {
                      @Override
                      public void read(MemorySegment found) {
                        read.complete(found.toArray(ValueLayout.JAVA_BYTE));
                      }

                      @Override
                      public void failed(String reason) {
                        read.completeExceptionally(new IllegalStateException(reason));
                      }
                    }));
    assertThat(isUnderWay).isTrue();
    return read;
  }

  private static void fill(MemorySegment memory, int seed) {
    int[] values = new int[BYTES / 4];
    Arrays.setAll(values, i -> seed + i * 31);
    MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_INT, 0, values.length);
  }

  @Test
  void aWriteIsThereWhenTheMessageBehindItComes() throws Exception {
    try (Registration to = memory1.register(theirs, Access.WRITE);
        Registration from = memory2.register(ours, Access.READ)) {
      assertThat(on(loop2, () -> memory2.reaches(1))).isTrue();
      for (int round = 0; round < 100; round++) {
        fill(ours, round);
        int offset = round * 4096 % (BYTES / 2);
        int bytes = round % 5 == 0 ? BYTES / 2 : 1 + round * 37;
        assertThat(write(to.key(), offset, from, offset, bytes)).isTrue();
        assertThat(node2.send(1, new MembershipMessage.Renewed(round))).isTrue();
        assertThat(heard1.next(Received.class).message())
            .isEqualTo(new MembershipMessage.Renewed(round));
        assertThat(theirs.asSlice(offset, bytes).mismatch(ours.asSlice(offset, bytes)))
            .isEqualTo(-1);
      }
    }
  }

  @Test
  void aReadBringsWhatIsThere() throws Exception {
    fill(theirs, 7);
    try (Registration from = memory1.register(theirs, Access.READ)) {
      for (int bytes : new int[] {1, 64, 4_095, RemoteMemory.MAX_READ}) {
        for (int offset : new int[] {0, 12_345, BYTES - bytes}) {
          assertThat(read(from.key(), offset, bytes).get(HANGS_AFTER_SECONDS, TimeUnit.SECONDS))
              .isEqualTo(theirs.asSlice(offset, bytes).toArray(ValueLayout.JAVA_BYTE));
        }
      }
    }
  }

  @Test
  void beyondTheMemoryNothingIsAskedFor() throws Exception {
    try (Registration to = memory1.register(theirs, Access.WRITE);
        Registration from = memory2.register(ours, Access.READ)) {
      assertThatThrownBy(() -> write(to.key(), BYTES - 10, from, 0, 11))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("beyond the memory");
      assertThatThrownBy(() -> write(to.key(), 0, from, BYTES - 10, 11))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** The device of the other end stops what this end does not check. */
  @Test
  void aWriteOutOfBoundsEndsTheSessionAndLandsNowhere() throws Exception {
    MemorySegment half = theirs.asSlice(0, BYTES / 2);
    try (Registration to = memory1.register(half, Access.WRITE);
        Registration from = memory2.register(ours, Access.READ)) {
      ours.fill((byte) 1);
      Key wrong = new Key(to.key().address(), BYTES, to.key().key());
      assertThat(write(wrong, BYTES / 2 - 100, from, 0, 4_096)).isTrue();
      assertEnded();
      assertThat(theirs.asSlice(BYTES / 2L).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
      meet();
    }
  }

  private void assertEnded() throws InterruptedException {
    assertThat(heard2.next(Ended.class).reason()).contains("RDMA");
    heard1.next(Ended.class);
  }

  @Test
  void aWrongKeyEndsTheSession() throws Exception {
    try (Registration to = memory1.register(theirs, Access.WRITE);
        Registration from = memory2.register(ours, Access.READ)) {
      ours.fill((byte) 1);
      Key wrong = new Key(to.key().address(), BYTES, to.key().key() + 1);
      assertThat(write(wrong, 0, from, 0, 64)).isTrue();
      assertEnded();
      assertThat(theirs.get(ValueLayout.JAVA_INT, 0)).isZero();
      meet();
    }
  }

  @Test
  void memoryForReadingIsNotWrittenAndTheReverse() throws Exception {
    try (Registration readable = memory1.register(theirs, Access.READ);
        Registration from = memory2.register(ours, Access.READ)) {
      ours.fill((byte) 1);
      assertThat(write(readable.key(), 0, from, 0, 64)).isTrue();
      assertEnded();
      assertThat(theirs.get(ValueLayout.JAVA_INT, 0)).isZero();
      meet();
    }
    try (Registration writable = memory1.register(theirs, Access.WRITE)) {
      CompletableFuture<byte[]> read = read(writable.key(), 0, 64);
      assertEnded();
      assertThatThrownBy(() -> read.get(HANGS_AFTER_SECONDS, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class);
      meet();
    }
  }

  @Test
  void nothingLandsOnceAKeyIsTakenBack() throws Exception {
    ours.fill((byte) 1);
    try (Registration from = memory2.register(ours, Access.READ)) {
      Registration to = memory1.register(theirs, Access.WRITE);
      Key key = to.key();
      // Writes go on while the key is taken back.
      int written = 0;
      while (written < 200 || written < 10_000 && theirs.get(ValueLayout.JAVA_BYTE, 0) == 0) {
        if (!write(key, written % 16 * 4096, from, 0, 4_096)) {
          break;
        }
        written++;
        if (written == 100) {
          to.close();
          theirs.fill((byte) 0);
        }
      }
      to.close();
      assertEnded();
      assertThat(theirs.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
      assertThat(written).isGreaterThanOrEqualTo(100);
      meet();
    }
  }

  @Test
  void memoryOfOnesOwnThatIsGivenBackIsNotWrittenFrom() throws Exception {
    try (Registration to = memory1.register(theirs, Access.WRITE)) {
      Registration from = memory2.register(ours, Access.READ);
      from.close();
      from.close();
      assertThat(write(to.key(), 0, from, 0, 64)).isFalse();
    }
  }

  @Test
  void withoutASessionNothingIsReached() throws Exception {
    try (Registration to = memory1.register(theirs, Access.WRITE);
        Registration from = memory2.register(ours, Access.READ)) {
      node2.members(List.of());
      heard2.next(Ended.class);
      assertThat(on(loop2, () -> memory2.reaches(1))).isFalse();
      assertThat(write(to.key(), 0, from, 0, 64)).isFalse();
    }
  }
}
