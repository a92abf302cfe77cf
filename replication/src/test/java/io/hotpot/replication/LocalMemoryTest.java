package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.RecordingListener.Began;
import io.hotpot.replication.RecordingListener.Ended;
import io.hotpot.replication.RecordingListener.Received;
import io.hotpot.replication.RemoteMemory.Access;
import io.hotpot.replication.RemoteMemory.Key;
import io.hotpot.replication.RemoteMemory.Reader;
import io.hotpot.replication.RemoteMemory.Registration;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One-sided access between nodes of one process. */
final class LocalMemoryTest {

  private static final int BYTES = 1024;

  private final LocalHub hub = new LocalHub();
  private final NettyLoop oneLoop = new NettyLoop("one");
  private final NettyLoop otherLoop = new NettyLoop("other");
  private final LocalFabric one = new LocalFabric(hub, oneLoop);
  private final LocalFabric other = new LocalFabric(hub, otherLoop);
  private final RecordingListener heardByOne = new RecordingListener();
  private final RecordingListener heardByOther = new RecordingListener();
  private final byte[] source = new byte[BYTES];
  private final byte[] target = new byte[BYTES];
  private Registration from;
  private Registration to;

  @BeforeEach
  void meet() throws Exception {
    assertThat(one.remoteMemory().reaches(2)).isFalse();
    begin(one, 1, 2, heardByOne);
    begin(other, 2, 1, heardByOther);
    heardByOne.next(Began.class);
    heardByOther.next(Began.class);
    for (int i = 0; i < BYTES; i++) {
      source[i] = (byte) (i * 7);
    }
    from = one.remoteMemory().register(MemorySegment.ofArray(source), Access.READ);
    to = other.remoteMemory().register(MemorySegment.ofArray(target), Access.WRITE);
  }

  private static void begin(LocalFabric fabric, int self, int peer, RecordingListener heard) {
    fabric.identity(new Peer(self, 1));
    fabric.start(heard);
    fabric.members(List.of(new Fabric.Member(new Peer(peer, 1), new Fabric.Address("", 0))));
  }

  @AfterEach
  void close() {
    one.close();
    other.close();
    oneLoop.close();
    otherLoop.close();
  }

  private boolean write(Key key, int offset, int length) throws Exception {
    CompletableFuture<Boolean> written = new CompletableFuture<>();
    oneLoop.execute(
        () -> written.complete(one.remoteMemory().write(2, key, offset, from, 8, length)));
    return written.get();
  }

  private BlockingQueue<String> read(Key key, int offset, int length) {
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    Reader reader =
        new Reader() {
          @Override
          public void read(MemorySegment bytes) {
            assertThat(oneLoop.isCurrent()).isTrue();
            told.add("read " + bytes.byteSize() + " from " + bytes.get(ValueLayout.JAVA_BYTE, 0));
          }

          @Override
          public void failed(String reason) {
            assertThat(oneLoop.isCurrent()).isTrue();
            told.add("failed");
          }
        };
    oneLoop.execute(
        () -> assertThat(one.remoteMemory().read(2, key, offset, length, reader)).isTrue());
    return told;
  }

  @Test
  void aWriteIsThereBeforeALaterMessage() throws Exception {
    for (int offset = 0; offset < BYTES - 64; offset++) {
      assertThat(write(to.key(), offset, 64)).isTrue();
      one.send(2, new LogMessage.Settled(1, 1, offset));
      heardByOther.next(Received.class);
      assertThat(target[offset + 63]).isEqualTo(source[8 + 63]);
    }
    assertThat(other.traffic().toMap().keySet())
        .as("of writes nothing is told")
        .allMatch(kind -> kind.contains("Settled"));
  }

  @Test
  void aReadRunsNoCodeOfTheOther() throws Exception {
    Registration read = other.remoteMemory().register(MemorySegment.ofArray(source), Access.READ);
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    otherLoop.execute(goOn::join);

    assertThat(read(read.key(), 16, 100).take()).isEqualTo("read 100 from " + (byte) (16 * 7));

    goOn.complete(null);
    assertThat(one.traffic().toMap()).isEmpty();
  }

  @Test
  void whatWasTakenBackEndsTheSession() throws Exception {
    to.close();
    to.close();
    assertThat(write(to.key(), 0, 64)).isTrue();
    heardByOne.next(Ended.class);
    heardByOther.next(Ended.class);
    assertThat(target).containsOnly(0);
  }

  @Test
  void whatIsOnlyToBeReadIsNotWritten() throws Exception {
    Registration read = other.remoteMemory().register(MemorySegment.ofArray(target), Access.READ);
    write(read.key(), 0, 64);
    heardByOther.next(Ended.class);
    assertThat(target).containsOnly(0);
  }

  @Test
  void nobodyWritesOutOfBounds() throws Exception {
    for (int offset : new int[] {-1, BYTES - 63, Integer.MAX_VALUE}) {
      write(to.key(), offset, 64);
      heardByOther.next(Ended.class);
      heardByOther.next(Began.class);
    }
    assertThat(target).containsOnly(0);
  }

  @Test
  void nobodyReadsWithAKeyThatIsNone() throws Exception {
    Key key = to.key();
    Key wrong = new Key(key.address() + 8, key.lengthBytes(), key.key());
    assertThat(read(wrong, 0, 8).take()).isEqualTo("failed");
    heardByOther.next(Ended.class);
  }
}
