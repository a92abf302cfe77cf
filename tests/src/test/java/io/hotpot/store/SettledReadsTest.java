package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.SettledVersion;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a replica tells of objects out of its own copy of the log, and of which it says nothing;
 * OwnedCleaningTest compares it with a model at random moments.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SettledReadsTest {

  private final OwnedPair pair = new OwnedPair(16);
  private final List<Long> changed = new ArrayList<>();
  private long transactions;

  @AfterEach
  void close() {
    pair.close();
  }

  private static final class Unrefused implements Settling {
    @Override
    public void settled(long stamp) {}

    @Override
    public void refused(Refusal refusal) {
      throw new AssertionError(refusal.message());
    }
  }

  private TransactionId nextId() {
    return new TransactionId(3, 1, ++transactions);
  }

  private void write(ObjectWrite... writes) {
    pair.owned()
        .commit(nextId(), 0, 0, Spared.NOBODY, 0, List.of(), List.of(writes), new Unrefused());
  }

  private long created(int value) {
    long object = pair.owned().reserve(1)[0];
    write(new ObjectWrite(object, ObjectWrite.Kind.INSERT, new byte[] {(byte) value}));
    return object;
  }

  private static ObjectWrite update(long object, int value) {
    return new ObjectWrite(object, ObjectWrite.Kind.UPDATE, new byte[] {(byte) value});
  }

  private void settleAndWarmUp() {
    pair.settleAll();
    pair.warmUp(100);
  }

  private LogCopy copy() {
    return pair.copy();
  }

  private int valueOf(long object) {
    SettledVersion version = copy().settled(object);
    assertThat(version).as("what the copy tells of %s", Ref.text(object)).isNotNull();
    return version.payload()[0];
  }

  private void isLeftToTheOwner(long object) {
    assertThat(copy().settled(object)).as(Ref.text(object)).isNull();
  }

  @Test
  void aVersionIsToldWhenTheTableHasIt() {
    long object = created(1);
    pair.settleAll();
    isLeftToTheOwner(object);
    pair.warmUp(100);
    assertThat(valueOf(object)).isEqualTo(1);
  }

  @Test
  void nothingIsToldOfWhatIsPending() {
    long object = created(1);
    long other = created(7);
    settleAndWarmUp();
    SettledVersion before = copy().settled(object);
    pair.whenChanged(
        id -> {
          changed.add(id);
          assertThat(copy().settled(id)).as("told before it is marked").isNull();
        });
    write(update(object, 2));
    assertThat(copy().isStillSettled(object, before)).isTrue();
    pair.deliver(Integer.MAX_VALUE);
    assertThat(changed).containsExactly(object);
    assertThat(copy().isStillSettled(object, before)).as("still the newest").isFalse();
    isLeftToTheOwner(object);
    assertThat(valueOf(other)).isEqualTo(7);
    pair.settleAll();
    isLeftToTheOwner(object);
    pair.warmUp(100);
    assertThat(valueOf(object)).isEqualTo(2);
  }

  @Test
  void ofALargeCommitAllPartsArePendingUntilItsEnd() {
    List<Long> objects = new ArrayList<>();
    List<ObjectWrite> updates = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      objects.add(created(1));
      byte[] large = new byte[1_000_000];
      large[0] = 2;
      updates.add(new ObjectWrite(objects.get(i), ObjectWrite.Kind.UPDATE, large));
    }
    settleAndWarmUp();
    write(updates.toArray(ObjectWrite[]::new));
    pair.settleAll();
    int told = 0;
    for (boolean isMore = copy().isWarmUpDue(); isMore; ) {
      isMore = copy().warmUp();
      long now = objects.stream().filter(id -> copy().settled(id) != null).count();
      assertThat(now).as("some of a commit").isIn(0L, 10L);
      told += now == 0 ? 1 : 0;
    }
    assertThat(told).as("steps in the middle of it").isPositive();
    objects.forEach(id -> assertThat(valueOf(id)).isEqualTo(2));
  }

  @Test
  void whatIsPreparedIsToldWhenItIsDecided() {
    long committed = created(1);
    long aborted = created(1);
    settleAndWarmUp();
    TransactionId one = prepare(committed);
    TransactionId two = prepare(aborted);
    settleAndWarmUp();
    isLeftToTheOwner(committed);
    isLeftToTheOwner(aborted);
    pair.owned().decided(one, Outcome.COMMIT, new Unrefused());
    pair.owned().decided(two, Outcome.ABORT, new Unrefused());
    pair.settleAll();
    isLeftToTheOwner(committed);
    pair.warmUp(100);
    assertThat(valueOf(committed)).isEqualTo(2);
    assertThat(valueOf(aborted)).isEqualTo(1);
  }

  private TransactionId prepare(long object) {
    TransactionId id = nextId();
    pair.owned()
        .prepare(
            id,
            0,
            0,
            Spared.NOBODY,
            0,
            9,
            pair.owned().lastStamp() + 5,
            List.of(),
            List.of(update(object, 2)),
            new Unrefused());
    return id;
  }

  @Test
  void aTableThatBeginsAnewIsUsedWhenItHasCaughtUp() {
    long object = created(1);
    long prepared = created(1);
    settleAndWarmUp();
    // Open over the checkpoint: replay begins before it.
    prepare(prepared);
    for (int i = 0; i < 30; i++) {
      write(new ObjectWrite(object, ObjectWrite.Kind.UPDATE, new byte[50_000]));
      pair.settleAll();
    }
    write(update(object, 3));
    settleAndWarmUp();
    pair.owner().checkpointer().write(pair.partition());
    pair.settleAll();
    int steps = 0;
    int overtaking = 0;
    for (boolean isMore = copy().isWarmUpDue(); isMore; steps++) {
      isMore = copy().warmUp();
      TableReplay replay = copy().warm.replay();
      overtaking += replay != null && replay.isOvertaking() ? 1 : 0;
      assertThat(valueOf(object)).as("while the table begins anew").isEqualTo(3);
      isLeftToTheOwner(prepared);
    }
    assertThat(steps).isGreaterThan(3);
    assertThat(overtaking).as("steps in which the new table was behind").isPositive();
    write(update(object, 4));
    settleAndWarmUp();
    assertThat(valueOf(object)).isEqualTo(4);
  }

  @Test
  void whatWasCutIsForgottenWithTheNextEpoch() {
    long object = created(1);
    pair.settleAll();
    pair.promote(null);
    pair.settleAll();
    pair.owned().serve();
    settleAndWarmUp();
    assertThat(valueOf(object)).as("in what was the owner's").isEqualTo(1);
    write(update(object, 2));
    // Appended by the owner, and not in the copy, which is promoted: it is cut.
    pair.promote(null);
    isLeftToTheOwner(object);
    pair.settleAll();
    pair.owned().serve();
    settleAndWarmUp();
    assertThat(valueOf(object)).isEqualTo(1);
    write(update(object, 3));
    settleAndWarmUp();
    assertThat(valueOf(object)).isEqualTo(3);
  }

  @Test
  void anOwnerSaysWhatIsInSightAndNotOnlyDurableAndAcknowledged() {
    long object = created(1);
    pair.settleAll();
    write(update(object, 2));
    long tail = pair.appendedTo();
    pair.deliver(Integer.MAX_VALUE);
    pair.acknowledge();
    // On the medium; but who has seen to that has not come to publish it.
    pair.partition().log.flushAppended();
    pair.partition().log.durable(tail);
    assertThat(pair.owned().publish()).as("in sight").isLessThan(tail);
    pair.flushOwner();
    assertThat(pair.owned().publish()).isEqualTo(tail);
  }

  @Test
  void marksAreBoundedAndErrOnTheSafeSide() {
    PendingMarks marks = new PendingMarks();
    for (long id = 1; id <= 4L * PendingMarks.SIZE; id++) {
      marks.mark(id, id);
    }
    for (long id = 1; id <= 4L * PendingMarks.SIZE; id++) {
      assertThat(marks.of(id)).isGreaterThanOrEqualTo(id);
    }
    marks.beginAt(77);
    assertThat(marks.of(1)).isZero();
    assertThat(marks.from()).isEqualTo(77);
  }
}
