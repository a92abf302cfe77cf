package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldLog.Loan;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnerSide;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A copy of a log whose owner writes into its memory, and the memory that is lent for that. */
class AppendInPlaceTest {

  private static final int PARTITION = 7;

  private final SimHeap heap = new SimHeap(64, 0x77L, Durability.POWER);
  private final Hotpot owner = open(new SimHeap(64, 0x77L, Durability.PROCESS));
  private final Hotpot replica = open(heap);
  private final HeldLog ownersLog = owner.heldParts().create(PARTITION, TransactionMode.MRMW);
  private final HeldLog copy = replica.heldParts().create(PARTITION, TransactionMode.MRMW);
  private final Appended appended = new Appended();
  private final OwnedPartition owned = ownersLog.begin(1, appended);
  private final List<Integer> takenBack = new ArrayList<>();
  private long sequence;

  private static Hotpot open(SimHeap heap) {
    return Hotpot.open(
        heap,
        HotpotOptions.defaults().withBackground(false).withMaxBytes(256L << 20),
        SystemSeams.all());
  }

  @AfterEach
  void close() {
    owner.close();
    replica.close();
  }

  private record Batch(long address, byte[] bytes) {}

  /** What the owner appends, for the test to bring to the copy. */
  private static final class Appended implements OwnerSide {
    final List<Batch> batches = new ArrayList<>();

    @Override
    public Admission admit(int copiesWanted) {
      return Admission.ADMITTED;
    }

    @Override
    public void appended(long address, byte[] bytes, int length, long[] changed, Spared except) {
      batches.add(new Batch(address, Arrays.copyOf(bytes, length)));
    }

    @Override
    public long acknowledgedTo() {
      return batches.isEmpty() ? 0 : batches.getLast().address();
    }

    @Override
    public void unlocked(long[] objectIds) {}

    @Override
    public void released(int sequence) {}
  }

  private static final class Ignored implements Settling {
    @Override
    public void settled(long stamp) {}

    @Override
    public void refused(Refusal refusal) {
      throw new AssertionError(refusal);
    }
  }

  /** The begin of the epoch comes by message; the next batch is for the test. */
  private Batch secondBatch() {
    owned.serve();
    Batch first = appended.batches.getFirst();
    copy.append(first.address(), first.bytes(), id -> {});
    int known = appended.batches.size();
    long id = owned.reserve(1)[0];
    owned.commit(
        new TransactionId(3, 1, ++sequence),
        0,
        0,
        Spared.NOBODY,
        0,
        List.of(),
        List.of(new ObjectWrite(id, ObjectWrite.Kind.INSERT, new byte[100])),
        new Ignored());
    for (Batch between : appended.batches.subList(1, known)) {
      copy.append(between.address(), between.bytes(), changed -> {});
    }
    return appended.batches.get(known);
  }

  private MemorySegment lent;

  private Loan lend(boolean writable) {
    return lend(Address.sequenceOfEnd(copy.tail()), writable, 1);
  }

  private Loan lend(int sequence, boolean writable, int number) {
    return copy.lend(
        sequence,
        writable,
        memory -> {
          lent = memory;
          return () -> takenBack.add(number);
        });
  }

  private void write(Batch batch, byte[] bytes) {
    heap.deviceWrites(lent, Address.offset(batch.address()), bytes);
  }

  @Test
  void whatTheOwnerHasWrittenIsAppended() {
    Batch batch = secondBatch();
    lend(true);
    write(batch, batch.bytes());
    List<Long> changed = new ArrayList<>();

    copy.appendInPlace(batch.address(), batch.bytes().length, changed::add);

    assertThat(copy.tail()).isEqualTo(batch.address() + batch.bytes().length);
    assertThat(copy.lastChecksum()).isEqualTo(ownersLog.lastChecksum());
    assertThat(copy.chunks()).isEqualTo(ownersLog.chunks());
    assertThat(changed).hasSize(1);
    assertThat(copy.durableTo()).isLessThan(copy.tail());
    copy.startFlush();
    replica.heldParts().flush();
    assertThat(copy.durableTo()).isEqualTo(copy.tail());
  }

  /** Every bit of the batch counts, and a part of it is none. */
  @Test
  void nothingElseIs() {
    Batch batch = secondBatch();
    lend(true);
    long tail = copy.tail();
    int checksum = copy.lastChecksum();
    assertThatThrownBy(() -> copy.appendInPlace(batch.address(), batch.bytes().length, id -> {}))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("nothing sound was written there");
    for (int bit = 0; bit < batch.bytes().length * 8; bit++) {
      byte[] wrong = batch.bytes().clone();
      wrong[bit / 8] ^= (byte) (1 << (bit & 7));
      write(batch, wrong);
      assertThatThrownBy(() -> copy.appendInPlace(batch.address(), wrong.length, id -> {}))
          .isInstanceOf(CorruptException.class);
    }
    write(batch, batch.bytes());
    for (long address : new long[] {0, -1, Long.MAX_VALUE, batch.address() + 8, tail - 8}) {
      assertThatThrownBy(() -> copy.appendInPlace(address, batch.bytes().length, id -> {}))
          .isInstanceOf(CorruptException.class);
    }
    assertThatThrownBy(
            () -> copy.appendInPlace(batch.address(), batch.bytes().length - 8, id -> {}))
        .isInstanceOf(CorruptException.class);
    assertThat(copy.tail()).isEqualTo(tail);
    assertThat(copy.lastChecksum()).isEqualTo(checksum);
  }

  /** It is appended as it was verified, or not at all, and nothing outside of the chunk is read. */
  @Test
  void aWriterThatDoesNotStopLeadsNobodyAstray() throws InterruptedException {
    Batch batch = secondBatch();
    lend(true);
    byte[] header = Arrays.copyOf(batch.bytes(), BatchFormat.HEADER_BYTES);
    AtomicBoolean isOver = new AtomicBoolean();
    Random random = new Random(1);
    Thread writer =
        new Thread(
            () -> {
              while (!isOver.get()) {
                byte[] wrong = header.clone();
                Bytes.putInt(wrong, random.nextInt(8) * 4, random.nextInt());
                write(batch, wrong);
                write(batch, header);
              }
            });
    write(batch, batch.bytes());
    writer.start();
    int refused = 0;
    boolean isTaken = false;
    for (int i = 0; i < 20_000 && !isTaken; i++) {
      try {
        copy.appendInPlace(batch.address(), batch.bytes().length, id -> {});
        isTaken = true;
      } catch (CorruptException e) {
        refused++;
      }
    }
    isOver.set(true);
    writer.join();
    assertThat(isTaken || refused == 20_000).isTrue();
    if (isTaken) {
      assertThat(copy.tail()).isEqualTo(batch.address() + batch.bytes().length);
      assertThat(copy.lastChecksum()).isEqualTo(Bytes.getInt(batch.bytes(), 4));
    }
  }

  // ---- what is lent

  @Test
  void memoryIsLentAsItIsMeant() {
    secondBatch();
    int last = Address.sequenceOfEnd(copy.tail());

    assertThat(lend(true)).isNotNull();
    assertThat(lent.byteSize()).isEqualTo(Heap.CHUNK_BYTES);
    assertThat(lent.isReadOnly()).isFalse();
    assertThat(lend(false)).isNotNull();
    assertThat(lent.isReadOnly()).isTrue();
    assertThat(lend(last + 1, true, 1)).isNull();
    assertThat(copy.lend(last, true, memory -> null)).isNull();
    assertThat(ownersLog.lend(last, true, memory -> () -> {})).as("an owner's").isNull();
    assertThat(ownersLog.lend(last, false, memory -> () -> {})).isNotNull();
    assertThat(takenBack).isEmpty();
  }

  @Test
  void aLoanEndsOnce() {
    secondBatch();
    Loan loan = lend(true);
    loan.close();
    loan.close();
    replica.heldParts().promise(PARTITION, 2);
    assertThat(takenBack).containsExactly(1);
  }

  @Test
  void aPromiseIsMadeAfterWhatIsWritableWasTakenBack() {
    secondBatch();
    AtomicInteger promisedThen = new AtomicInteger(-1);
    int last = Address.sequenceOfEnd(copy.tail());
    lend(last, false, 2);
    copy.lend(
        last, true, memory -> () -> promisedThen.set(replica.heldParts().promised(PARTITION)));

    replica.heldParts().promise(PARTITION, 2);

    assertThat(promisedThen).hasValue(0);
    assertThat(replica.heldParts().promised(PARTITION)).isEqualTo(2);
    assertThat(takenBack).as("what others only read").isEmpty();
  }

  @Test
  void whateverElseBecomesOfTheMemoryItIsTakenBackFirst() {
    Batch batch = secondBatch();
    long before = copy.tail();
    int checksum = copy.lastChecksum();
    copy.append(batch.address(), batch.bytes(), id -> {});
    lend(true);
    copy.cut(before, checksum);
    assertThat(takenBack).as("cut").hasSize(1);

    lend(true);
    lend(false);
    copy.clear();
    assertThat(takenBack).as("cleared").hasSize(3);
  }

  @Test
  void aHeapThatClosesTakesEverythingBack() {
    secondBatch();
    lend(true);
    lend(false);
    replica.close();
    assertThat(takenBack).hasSize(2);
    int last = Address.sequenceOfEnd(copy.tail());
    assertThat(copy.lend(last, false, memory -> () -> {})).isNull();
  }

  @Test
  void whatIsPromotedIsNotWrittenByOthers() {
    Batch batch = secondBatch();
    copy.append(batch.address(), batch.bytes(), id -> {});
    lend(true);
    copy.promote(2, new Appended());
    assertThat(takenBack).hasSize(1);
  }
}
