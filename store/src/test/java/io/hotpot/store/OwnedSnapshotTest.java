package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.OwnedLogTest.Others;
import io.hotpot.store.OwnedLogTest.Told;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnedPartition.AtStamp;
import io.hotpot.store.spi.OwnedPartition.SnapshotReading;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.SnapshotId;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an owned partition does for snapshots over several nodes (PROTOCOL 14). */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OwnedSnapshotTest {

  private static final int PARTITION = 7;
  private static final int OTHER_HOME = 9;
  private static final SnapshotId FIRST = new SnapshotId(3, 1, 1);
  private static final SnapshotId SECOND = new SnapshotId(3, 1, 2);

  private final Hotpot owner = open();
  private final Hotpot replica = open();
  private final HeldLog ownersLog = owner.heldParts().create(PARTITION, TransactionMode.MRMW);
  private final HeldLog copy = replica.heldParts().create(PARTITION, TransactionMode.MRMW);
  private Others others = new Others(copy);
  private OwnedPartition owned = ownersLog.begin(1, others);
  private long sequence;

  OwnedSnapshotTest() {
    owned.serve();
    others.acknowledge();
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

  /** What a read was told. */
  private static final class Read implements SnapshotReading {
    AtStamp found;
    Refusal refusal;

    @Override
    public void seen(AtStamp seen) {
      found = seen;
    }

    @Override
    public void refused(Refusal refused) {
      refusal = refused;
    }

    String text() {
      if (refusal != null) {
        return "refused: " + refusal.reason();
      }
      return switch (found) {
        case null -> "waits";
        case AtStamp.Found version -> new String(version.payload(), StandardCharsets.UTF_8);
        case AtStamp.Nothing nothing -> "nothing";
        case AtStamp.TooOld tooOld -> "too old";
        case AtStamp.Unreadable unreadable -> unreadable.reason();
      };
    }
  }

  private Read at(SnapshotId snapshot, long stamp, long id) {
    Read read = new Read();
    owned.readAt(snapshot, stamp, id, read);
    return read;
  }

  private String textAt(SnapshotId snapshot, long stamp, long id) {
    return at(snapshot, stamp, id).text();
  }

  private void settle() {
    others.acknowledge();
    owned.publish();
  }

  private Told commit(ObjectWrite.Kind kind, long id, String text) {
    Told told = new Told();
    owned.commit(nextId(), 0, 0, Spared.NOBODY, 0, List.of(), List.of(write(kind, id, text)), told);
    return told;
  }

  private TransactionId nextId() {
    return new TransactionId(3, 1, ++sequence);
  }

  private static ObjectWrite write(ObjectWrite.Kind kind, long id, String text) {
    return new ObjectWrite(id, kind, text.getBytes(StandardCharsets.UTF_8));
  }

  private long committed(ObjectWrite.Kind kind, long id, String text) {
    Told told = commit(kind, id, text);
    settle();
    assertThat(told.stamp).isPositive();
    return told.stamp;
  }

  private long created(String text) {
    long id = owned.reserve(1)[0];
    committed(ObjectWrite.Kind.INSERT, id, text);
    return id;
  }

  private TransactionId prepare(long id, String text) {
    TransactionId transaction = nextId();
    Told vote = new Told();
    owned.prepare(
        transaction,
        0,
        0,
        Spared.NOBODY,
        0,
        OTHER_HOME,
        owned.lastStamp() + 5,
        List.of(),
        List.of(write(ObjectWrite.Kind.UPDATE, id, text)),
        vote);
    settle();
    assertThat(vote.stamp).isPositive();
    return transaction;
  }

  /** Opened and floored at the last stamp, which is returned. */
  private long snapshot(SnapshotId id) {
    Told opened = new Told();
    owned.openSnapshot(id, opened);
    Told floored = new Told();
    owned.floor(id, opened.stamp, floored);
    settle();
    assertThat(floored.stamp).isEqualTo(opened.stamp);
    return opened.stamp;
  }

  /** Floored a minute ahead of the clock, so that stamps follow no clock from then on. */
  private long boundAhead() {
    long ahead = owned.lastStamp() + (60_000L << 20);
    Told floored = new Told();
    owned.floor(FIRST, ahead, floored);
    settle();
    assertThat(floored.stamp).isEqualTo(ahead);
    return ahead;
  }

  private void promote() {
    owned.depose();
    ownersLog.cut(copy.tail(), copy.lastChecksum());
    others = new Others(ownersLog);
    owned = copy.promote(2, others);
    owned.serve();
    settle();
  }

  private Partition partition(Hotpot of) {
    return of.partitions().stream().filter(p -> p.id == PARTITION).findFirst().orElseThrow();
  }

  @Test
  void seesWhatWasCommittedUpToItsStampAndNothingLater() {
    long changed = created("a");
    long deleted = created("d");
    long stamp = snapshot(FIRST);
    assertThat(committed(ObjectWrite.Kind.UPDATE, changed, "b")).isGreaterThan(stamp);
    committed(ObjectWrite.Kind.DELETE, deleted, "");
    long later = created("l");

    assertThat(textAt(FIRST, stamp, changed)).isEqualTo("a");
    assertThat(textAt(FIRST, stamp, deleted)).isEqualTo("d");
    assertThat(textAt(FIRST, stamp, later)).isEqualTo("nothing");
    assertThat(textAt(FIRST, stamp, owned.reserve(1)[0])).isEqualTo("nothing");
  }

  /** Between its opening and its floor its stamp is not known, and all that it may see is kept. */
  @Test
  void keepsWhatIsReplacedBeforeItsStampIsKnown() {
    long changed = created("a");
    long deleted = created("d");
    Told opened = new Told();
    owned.openSnapshot(FIRST, opened);
    committed(ObjectWrite.Kind.UPDATE, changed, "b");
    committed(ObjectWrite.Kind.DELETE, deleted, "");
    owned.floor(FIRST, opened.stamp, new Told());
    settle();

    assertThat(textAt(FIRST, opened.stamp, changed)).isEqualTo("a");
    assertThat(textAt(FIRST, opened.stamp, deleted)).isEqualTo("d");
  }

  @Test
  void isNotServedBeforeItsBoundIsSettled() {
    long id = created("a");
    Told opened = new Told();
    owned.openSnapshot(FIRST, opened);
    Told floored = new Told();
    owned.floor(FIRST, opened.stamp, floored);
    Read early = at(FIRST, opened.stamp, id);
    assertThat(floored.stamp).isZero();
    assertThat(early.text()).isEqualTo("waits");

    settle();

    assertThat(floored.stamp).isPositive();
    assertThat(early.text()).isEqualTo("a");
  }

  @Test
  void underABoundThatIsSettledNothingIsAppended() {
    created("a");
    boundAhead();
    long tail = ownersLog.tail();
    snapshot(SECOND);
    assertThat(ownersLog.tail()).isEqualTo(tail);
  }

  @Test
  void waitsForACommitInFlightBelowItsStampAndNotForOneAbove() {
    long below = created("a");
    long above = created("x");
    boundAhead();
    Told inFlight = commit(ObjectWrite.Kind.UPDATE, below, "b");
    Told opened = new Told();
    owned.openSnapshot(SECOND, opened);
    Told floored = new Told();
    owned.floor(SECOND, opened.stamp, floored);
    commit(ObjectWrite.Kind.UPDATE, above, "y");

    Read waiting = at(SECOND, opened.stamp, below);
    assertThat(floored.stamp).as("the bound reaches a second ahead").isPositive();
    assertThat(waiting.text()).isEqualTo("waits");
    assertThat(textAt(SECOND, opened.stamp, above)).isEqualTo("x");
    settle();

    assertThat(inFlight.stamp).isEqualTo(opened.stamp);
    assertThat(waiting.text()).isEqualTo("b");
  }

  /** SnapshotOfPrepared: the outcome decides what is seen. */
  @Test
  void waitsForTheOutcomeOfWhatIsPreparedBelowItsStamp() {
    long commits = created("a");
    long aborts = created("x");
    TransactionId one = prepare(commits, "b");
    TransactionId two = prepare(aborts, "y");
    long stamp = snapshot(FIRST);
    Read first = at(FIRST, stamp, commits);
    Read second = at(FIRST, stamp, aborts);
    assertThat(first.text()).isEqualTo("waits");
    assertThat(second.text()).isEqualTo("waits");

    owned.decided(one, Outcome.COMMIT, new Told());
    owned.decided(two, Outcome.ABORT, new Told());

    assertThat(first.text()).isEqualTo("b");
    assertThat(second.text()).isEqualTo("x");
  }

  @Test
  void doesNotWaitForWhatIsPreparedAboveItsStamp() {
    long id = created("a");
    long stamp = snapshot(FIRST);
    TransactionId later = prepare(id, "b");

    assertThat(textAt(FIRST, stamp, id)).isEqualTo("a");
    owned.decided(later, Outcome.COMMIT, new Told());
    assertThat(textAt(FIRST, stamp, id)).isEqualTo("a");
  }

  @Test
  void whatIsPreparedTooLateIsRefused() {
    long id = created("a");
    long stamp = snapshot(FIRST);
    Told vote = new Told();
    owned.prepare(
        nextId(),
        0,
        0,
        Spared.NOBODY,
        0,
        OTHER_HOME,
        stamp,
        List.of(),
        List.of(write(ObjectWrite.Kind.UPDATE, id, "b")),
        vote);

    assertThat(vote.refusal.reason()).isEqualTo(Refusal.Reason.STAMP_TOO_LOW);
    assertThat(vote.refusal.floor()).isEqualTo(stamp);
  }

  // ---- another owner

  /** FloorAfterFailover: nothing but the bound in the log tells the new owner. */
  @Test
  void aNewOwnerStampsAboveEveryBound() {
    long id = created("a");
    long ahead = boundAhead();

    promote();

    assertThat(owned.lastStamp()).isGreaterThan(ahead);
    assertThat(committed(ObjectWrite.Kind.UPDATE, id, "b")).isGreaterThan(ahead);
    assertThat(textAt(FIRST, ahead, id)).isEqualTo("a");
  }

  /** The batch with the bound may be gone: the checkpoint lists it. */
  @Test
  void aCheckpointListsTheBound() {
    long id = created("a");
    long ahead = boundAhead();
    Partition partition = partition(owner);
    for (int i = 0; i < 2; i++) {
      owner.checkpointer().write(partition);
      settle();
      assertThat(owner.checkpointer().settle(partition)).isTrue();
    }
    Ledger ledger = partition.ledger(partition.replayBegin());
    assertThat(ledger.entries())
        .filteredOn(entry -> entry.kind() == Ledger.Kind.BOUND)
        .singleElement()
        .satisfies(entry -> assertThat(entry.value()).isGreaterThan(ahead));

    promote();

    assertThat(partition(replica).bound.covers(ahead)).isTrue();
    assertThat(committed(ObjectWrite.Kind.UPDATE, id, "b")).isGreaterThan(ahead);
  }

  @Test
  void aNewOwnerReadsWhatIsThereAndSaysOfTheRestThatItMayBeGone() {
    long changed = created("a");
    long deleted = created("d");
    long stamp = snapshot(FIRST);
    committed(ObjectWrite.Kind.UPDATE, changed, "b");
    committed(ObjectWrite.Kind.DELETE, deleted, "");
    long later = created("l");
    promote();

    assertThat(textAt(FIRST, stamp, changed)).isEqualTo("a");
    assertThat(textAt(FIRST, stamp, deleted)).isEqualTo("too old");
    assertThat(textAt(FIRST, stamp, later)).isEqualTo("nothing");
    assertThat(textAt(FIRST, stamp, owned.reserve(1)[0])).isEqualTo("nothing");
  }

  /** Pinned again by the first read, it keeps what was there then. */
  @Test
  void aNewOwnerKeepsWhatIsDeletedFromThenOn() {
    long first = created("a");
    long second = created("b");
    long stamp = snapshot(FIRST);
    promote();
    assertThat(textAt(FIRST, stamp, first)).isEqualTo("a");

    committed(ObjectWrite.Kind.DELETE, second, "");

    assertThat(textAt(FIRST, stamp, second)).isEqualTo("b");
  }

  @Test
  void aDeposedOwnerAnswersNothingMore() {
    long id = created("a");
    long stamp = snapshot(FIRST);
    prepare(id, "b");
    long second = snapshot(SECOND);
    Read waiting = at(SECOND, second, id);
    OwnedPartition old = owned;
    promote();
    Read late = new Read();
    old.readAt(FIRST, stamp, id, late);

    assertThat(waiting.text()).isEqualTo("waits");
    assertThat(late.text()).isEqualTo("refused: NOT_OWNER");
    assertThat(textAt(SECOND, second, id)).isEqualTo("waits");
  }

  // ---- pins

  private int tag(long id) {
    return HandleWord.tag(partition(owner).table.get(ObjectId.slot(id)));
  }

  @Test
  void keepsDeletedObjectsUntilItIsClosed() {
    long id = created("a");
    snapshot(FIRST);
    snapshot(SECOND);
    committed(ObjectWrite.Kind.DELETE, id, "");
    owned.closeSnapshot(SECOND);
    assertThat(tag(id)).isEqualTo(HandleWord.DELETED);

    owned.closeSnapshot(FIRST);

    assertThat(tag(id)).isEqualTo(HandleWord.FREE);
  }

  @Test
  void pinsEndWithTheExclusionOfTheirNode() {
    long id = created("a");
    snapshot(FIRST);
    snapshot(new SnapshotId(3, 2, 1));
    committed(ObjectWrite.Kind.DELETE, id, "");
    owner.heldParts().excluded(4, 9);
    owner.heldParts().excluded(3, 1);
    assertThat(tag(id)).isEqualTo(HandleWord.DELETED);

    owner.heldParts().excluded(3, 2);

    assertThat(tag(id)).isEqualTo(HandleWord.FREE);
  }

  @Test
  void pinsEndWhereTheirNodeDoesNotNameThemAnyMore() {
    long id = created("a");
    snapshot(FIRST);
    snapshot(SECOND);
    committed(ObjectWrite.Kind.DELETE, id, "");
    owned.retainSnapshots(3, 2, Set.of());
    owned.retainSnapshots(3, 1, Set.of(2L));
    assertThat(tag(id)).isEqualTo(HandleWord.DELETED);

    owned.retainSnapshots(3, 1, Set.of());

    assertThat(tag(id)).isEqualTo(HandleWord.FREE);
  }

  /** SnapshotPressure: out of room it is given up, and says so. */
  @Test
  void isGivenUpForRoom() {
    long changed = created("a");
    long deleted = created("d");
    long stamp = snapshot(FIRST);
    committed(ObjectWrite.Kind.UPDATE, changed, "b");
    committed(ObjectWrite.Kind.DELETE, deleted, "");
    Partition partition = partition(owner);
    for (int i = 0; i < 2; i++) {
      closeChunk(partition);
      owner.checkpointer().write(partition);
      settle();
      owner.checkpointer().settle(partition);
    }
    owner.compact();
    settle();
    assertThat(textAt(FIRST, stamp, changed)).isEqualTo("a");
    assertThat(textAt(FIRST, stamp, deleted)).isEqualTo("d");

    int free = (int) (owner.heldParts().freeBytes() / Heap.CHUNK_BYTES);
    owner.cleaner().makeRoom(free + 1);
    settle();

    assertThat(textAt(FIRST, stamp, changed)).isEqualTo("too old");
    assertThat(textAt(FIRST, stamp, deleted)).isEqualTo("too old");
    assertThat(owner.counters().get("abandonedSnapshots")).isPositive();
  }

  private static void closeChunk(Partition partition) {
    partition.commitLock.lock();
    try {
      partition.log.closeCurrent();
    } finally {
      partition.commitLock.unlock();
    }
  }
}
