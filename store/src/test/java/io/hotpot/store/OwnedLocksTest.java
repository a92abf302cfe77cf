package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.OwnedLogTest.Others;
import io.hotpot.store.OwnedLogTest.Told;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.LockId;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnedPartition.Fetched;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Refusal.Reason;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an owned partition does for transactions that acquire objects (PROTOCOL 15). */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OwnedLocksTest {

  private static final int PARTITION = 7;
  private static final int HOME = 9;
  private static final LockId LOCK = new LockId(3, 1, 5);

  private final Hotpot owner = open();
  private final Hotpot replica = open();
  private final HeldLog ownersLog = owner.heldParts().create(PARTITION, TransactionMode.MRSW);
  private final HeldLog copy = replica.heldParts().create(PARTITION, TransactionMode.MRSW);
  private final Others others = new Others(copy);
  private OwnedPartition owned = ownersLog.begin(1, others);
  private final AtomicInteger free = new AtomicInteger();
  private long sequence;
  private final long object;

  OwnedLocksTest() {
    owned.serve();
    others.acknowledge();
    object = owned.reserve(1)[0];
    assertThat(settled(commit(0, List.of(), write(ObjectWrite.Kind.INSERT, "a"))).stamp)
        .isPositive();
  }

  private static Hotpot open() {
    return Hotpot.open(
        new SimHeap(64, 0x77L, Durability.PROCESS),
        HotpotOptions.defaults().withBackground(false).withMaxBytes(256L << 20),
        SystemSeams.all());
  }

  @AfterEach
  void close() {
    owner.close();
    replica.close();
  }

  private ObjectWrite write(ObjectWrite.Kind kind, String text) {
    return new ObjectWrite(object, kind, text.getBytes(StandardCharsets.UTF_8));
  }

  private ObjectWrite update(String text) {
    return write(ObjectWrite.Kind.UPDATE, text);
  }

  private ObjectRead read() {
    return new ObjectRead(object, ((Fetched.Found) owned.fetch(object)).stamp());
  }

  /** A commit of node 3, whose lock {@link #LOCK} is. */
  private Told commit(long lock, List<ObjectRead> reads, ObjectWrite... writes) {
    Told told = new Told();
    owned.commit(nextId(), 0, 0, Spared.NOBODY, lock, reads, List.of(writes), told);
    return told;
  }

  private Told prepare(
      TransactionId id, long lock, List<ObjectRead> reads, List<ObjectWrite> writes) {
    Told told = new Told();
    owned.prepare(id, 0, 0, Spared.NOBODY, lock, HOME, owned.lastStamp() + 5, reads, writes, told);
    return told;
  }

  private TransactionId nextId() {
    return new TransactionId(3, 1, ++sequence);
  }

  private Told settled(Told told) {
    others.acknowledge();
    owned.publish();
    return told;
  }

  private void decide(TransactionId id, Outcome outcome) {
    owned.decided(id, outcome, new Told());
    others.acknowledge();
    owned.publish();
  }

  private void acquire() {
    owned.acquire(LOCK, new long[] {object}, free::incrementAndGet);
  }

  private static Reason reason(Told told) {
    Refusal refusal = told.refusal;
    return refusal == null ? null : refusal.reason();
  }

  @Test
  void onlyTheHolderChangesWhatIsAcquired() {
    acquire();
    assertThat(free).hasValue(1);

    assertThat(reason(commit(0, List.of(), update("b")))).isEqualTo(Reason.CONFLICT);
    assertThat(reason(prepare(nextId(), 0, List.of(), List.of(update("b")))))
        .isEqualTo(Reason.CONFLICT);
    assertThat(settled(commit(LOCK.number(), List.of(read()), update("c"))).stamp).isPositive();
    assertThat(reason(commit(0, List.of(), update("d")))).isEqualTo(Reason.CONFLICT);

    owned.release(LOCK, new long[] {object});
    assertThat(settled(commit(0, List.of(), update("e"))).stamp).isPositive();
  }

  @Test
  void aCommitUnderWayIsWaitedFor() {
    Told begun = commit(0, List.of(), update("b"));
    acquire();
    assertThat(free).hasValue(0);
    assertThat(begun.stamp).isZero();

    settled(begun);

    assertThat(begun.stamp).isPositive();
    assertThat(free).hasValue(1);
    assertThat(settled(commit(LOCK.number(), List.of(read()), update("c"))).stamp).isPositive();
  }

  @Test
  void whatAPreparedTransactionWritesIsWaitedFor() {
    TransactionId id = nextId();
    settled(prepare(id, 0, List.of(), List.of(update("b"))));
    acquire();
    assertThat(free).hasValue(0);

    decide(id, Outcome.ABORT);

    assertThat(free).hasValue(1);
  }

  @Test
  void whatAPreparedTransactionHasReadIsWaitedFor() {
    TransactionId id = nextId();
    TransactionId other = nextId();
    settled(prepare(id, 0, List.of(read()), List.of()));
    settled(prepare(other, 0, List.of(read()), List.of()));
    acquire();
    decide(id, Outcome.COMMIT);
    assertThat(free).hasValue(0);

    decide(other, Outcome.COMMIT);

    assertThat(free).hasValue(1);
    assertThat(settled(commit(LOCK.number(), List.of(), update("b"))).stamp).isPositive();
  }

  @Test
  void readersDoNotMindUnlessTheyWouldLock() {
    acquire();

    assertThat(owned.fetch(object)).isInstanceOf(Fetched.Found.class);
    long another = owned.reserve(1)[0];
    Told told = new Told();
    owned.commit(
        nextId(),
        0,
        0,
        Spared.NOBODY,
        0,
        List.of(read()),
        List.of(new ObjectWrite(another, ObjectWrite.Kind.INSERT, new byte[] {1})),
        told);
    assertThat(settled(told).stamp).isPositive();
    assertThat(reason(prepare(nextId(), 0, List.of(read()), List.of()))).isEqualTo(Reason.CONFLICT);
    assertThat(settled(prepare(nextId(), LOCK.number(), List.of(read()), List.of())).stamp)
        .isPositive();
  }

  // ---- shared (PROTOCOL 15.9)

  private static final LockId OTHER_LOCK = new LockId(4, 1, 6);

  private void share(LockId lock) {
    owned.share(lock, new long[] {object}, free::incrementAndGet);
  }

  @Test
  void nobodyChangesWhatReadersShare() {
    share(LOCK);
    share(OTHER_LOCK);
    assertThat(free).hasValue(2);
    assertThat(reason(commit(0, List.of(), update("b")))).isEqualTo(Reason.CONFLICT);
    assertThat(reason(prepare(nextId(), 0, List.of(), List.of(update("b")))))
        .isEqualTo(Reason.CONFLICT);

    owned.release(LOCK, new long[] {object});
    assertThat(reason(commit(0, List.of(), write(ObjectWrite.Kind.DELETE, ""))))
        .isEqualTo(Reason.CONFLICT);
    owned.release(OTHER_LOCK, new long[] {object});

    assertThat(settled(commit(0, List.of(), update("b"))).stamp).isPositive();
  }

  @Test
  void readersWaitForWhoWritesAndNotForWhoHasRead() {
    TransactionId reads = nextId();
    settled(prepare(reads, 0, List.of(read()), List.of()));
    share(LOCK);
    assertThat(free).hasValue(1);
    owned.release(LOCK, new long[] {object});
    decide(reads, Outcome.COMMIT);

    TransactionId writes = nextId();
    settled(prepare(writes, 0, List.of(), List.of(update("b"))));
    share(LOCK);
    assertThat(free).hasValue(1);
    decide(writes, Outcome.COMMIT);

    assertThat(free).hasValue(2);
  }

  @Test
  void whatIsSharedMayBeReadAndLockedForThat() {
    share(LOCK);
    assertThat(owned.fetch(object)).isInstanceOf(Fetched.Found.class);
    assertThat(settled(prepare(nextId(), 0, List.of(read()), List.of())).stamp).isPositive();
    assertThat(reason(commit(LOCK.number(), List.of(read()), update("b"))))
        .as("no commit is made under a shared lock")
        .isEqualTo(Reason.LOCK_LOST);
  }

  @Test
  void whoHoldsNothingHereHasLostIt() {
    assertThat(reason(commit(LOCK.number(), List.of(read()), update("b"))))
        .isEqualTo(Reason.LOCK_LOST);
    acquire();
    owned.release(LOCK, new long[] {object});
    assertThat(reason(commit(LOCK.number(), List.of(read()), update("b"))))
        .isEqualTo(Reason.LOCK_LOST);
    assertThat(reason(prepare(nextId(), LOCK.number(), List.of(), List.of())))
        .isEqualTo(Reason.LOCK_LOST);
  }

  @Test
  void aReleaseOfAnotherChangesNothing() {
    acquire();
    owned.release(new LockId(4, 1, 5), new long[] {object});

    assertThat(reason(commit(0, List.of(), update("b")))).isEqualTo(Reason.CONFLICT);
  }

  @Test
  void theAttemptBeforeIsNoConflict() {
    acquire();
    TransactionId first = nextId();
    settled(prepare(first, LOCK.number(), List.of(read()), List.of(update("b"))));

    Told second = prepare(nextId(), LOCK.number(), List.of(), List.of(update("c")));

    assertThat(reason(second)).isEqualTo(Reason.BUSY);
    decide(first, Outcome.ABORT);
    assertThat(settled(prepare(nextId(), LOCK.number(), List.of(), List.of(update("c")))).stamp)
        .isPositive();
  }

  @Test
  void theNextOwnerKeepsNothing() {
    acquire();
    owned.depose();
    ownersLog.cut(copy.tail(), copy.lastChecksum());
    Others next = new Others(ownersLog);
    owned = copy.promote(2, next);
    owned.serve();

    Told told = new Told();
    owned.commit(
        nextId(), 0, 0, Spared.NOBODY, LOCK.number(), List.of(), List.of(update("b")), told);
    assertThat(reason(told)).isEqualTo(Reason.LOCK_LOST);
    Told free = new Told();
    owned.commit(nextId(), 0, 0, Spared.NOBODY, 0, List.of(), List.of(update("c")), free);
    next.acknowledge();
    owned.publish();
    assertThat(free.stamp).isPositive();
  }
}
