package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.spi.HeldLog.BatchEnd;
import io.hotpot.store.spi.HeldLog.Damaged;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition.Fetched;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a copy of a log says and takes when bytes of it have rotted. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedCopyTest {

  private static final int COMMITS = 8;

  /** In each batch, even where it has nothing but a header. */
  private static final int IN_THE_HEADER = 30;

  private final List<Long> objects = new ArrayList<>();

  private OwnedPair pair() {
    objects.clear();
    OwnedPair pair = new OwnedPair(16);
    for (int i = 1; i <= COMMITS; i++) {
      long object = pair.owned().reserve(1)[0];
      objects.add(object);
      byte[] payload = new byte[100];
      Arrays.fill(payload, (byte) i);
      pair.owned()
          .commit(
              new TransactionId(3, 1, i),
              0,
              0,
              Spared.NOBODY,
              0,
              List.of(),
              List.of(new ObjectWrite(object, ObjectWrite.Kind.INSERT, payload)),
              new Settling() {
                @Override
                public void settled(long stamp) {}

                @Override
                public void refused(Refusal refusal) {
                  throw new AssertionError(refusal);
                }
              });
    }
    pair.settleAll();
    return pair;
  }

  /** The bytes from the end of one batch of the copy to that of another one. */
  private static byte[] bytes(OwnedPair pair, long from, long to) {
    byte[] bytes = new byte[(int) (to - from)];
    assertThat(pair.copy().read(Address.sequence(from), Address.offset(from), bytes, bytes.length))
        .isTrue();
    return bytes;
  }

  @Test
  void aLengthOfAnySizeLeadsNowhere() {
    for (int length : new int[] {0, 1, 8, 24, 40, -8, 1 << 22, Integer.MAX_VALUE}) {
      try (OwnedPair pair = pair()) {
        List<BatchEnd> all = pair.copy().batchesFrom(0);
        BatchEnd last = all.getLast();
        List<?> chunks = pair.copy().chunks();
        byte[] rotten = new byte[4];
        Bytes.putInt(rotten, 0, length);
        pair.rotCopy(all.get(4).end(), rotten);

        assertThat(pair.copy().chunks()).isEqualTo(chunks);
        assertThat(pair.copy().batchesFrom(0))
            .containsAll(all.subList(0, 5))
            .containsAll(all.subList(6, all.size()));
        assertThatThrownBy(() -> pair.copy().cut(last.end(), last.checksum() + 1))
            .isInstanceOf(CorruptException.class);
        pair.copy().cut(last.end(), last.checksum());
        assertThat(pair.copy().tail()).isEqualTo(last.end());
      }
    }
  }

  @Test
  void onlyWhatStoodThereIsTakenForIt() {
    try (OwnedPair pair = pair()) {
      List<BatchEnd> all = pair.copy().batchesFrom(0);
      long begin = all.get(4).end();
      byte[] sound = bytes(pair, begin, all.get(5).end());
      byte[] elsewhere = bytes(pair, all.get(5).end(), all.get(6).end());
      pair.rotCopy(begin + 50, new byte[] {0x55});
      Damaged where = pair.copy().damageAt(begin + 60);
      assertThat(where)
          .isEqualTo(new Damaged(Address.sequence(begin), Address.offset(begin), sound.length));
      assertThat(pair.copy().damageAt(all.get(6).end())).isNull();

      byte[] rotten = sound.clone();
      rotten[70] ^= 1;
      assertThat(pair.copy().mend(where, rotten)).as("a wrong checksum").isFalse();
      assertThat(pair.copy().mend(where, elsewhere)).as("bytes of another address").isFalse();
      assertThat(pair.copy().mend(where, Arrays.copyOf(sound, 32))).as("a part").isFalse();
      assertThat(pair.copy().mend(where, sealed(pair, sound, begin, 4)))
          .as("a batch that the next one does not link to")
          .isFalse();
      assertThat(pair.copy().damages()).containsExactly(where);

      assertThat(pair.copy().mend(where, sound)).isTrue();
      assertThat(pair.copy().damages()).isEmpty();
      assertThat(bytes(pair, begin, all.get(5).end())).isEqualTo(sound);
    }
  }

  @Test
  void theLastBatchIsKnownByItsChecksum() {
    try (OwnedPair pair = pair()) {
      List<BatchEnd> all = pair.copy().batchesFrom(0);
      long begin = all.get(all.size() - 2).end();
      byte[] sound = bytes(pair, begin, all.getLast().end());
      pair.rotCopy(begin + 50, new byte[] {0x55});
      Damaged where = pair.copy().damages().getFirst();

      assertThat(pair.copy().mend(where, sealed(pair, sound, begin, all.size() - 2))).isFalse();
      assertThat(pair.copy().mend(where, sound)).isTrue();
    }
  }

  /** Another batch with a right checksum at the same address, linked to the one before. */
  private static byte[] sealed(OwnedPair pair, byte[] batch, long address, int before) {
    byte[] other = batch.clone();
    other[90] ^= 1;
    long seed = pair.copy().held().log.seed();
    Bytes.putInt(other, 4, Checksum.of(other, 8, other.length - 8, seed ^ address));
    assertThat(Bytes.getInt(other, 8)).isEqualTo(pair.copy().batchesFrom(0).get(before).checksum());
    return other;
  }

  @Test
  void aCopyThatTurnsOutToBeDamagedIsPromotedOnlyIfAskedAgain() {
    try (OwnedPair pair = pair()) {
      long begin = pair.copy().batchesFrom(0).get(4).end();
      pair.rotCopy(begin + 50, new byte[] {0x55});

      assertThatThrownBy(() -> pair.promote(null)).isInstanceOf(CorruptException.class);
      pair.promoteAgain();
      pair.settleAll();
      pair.owned().serve();
      assertThat(pair.owned().fetch(objects.get(COMMITS - 1))).isInstanceOf(Fetched.Found.class);
      assertThat(pair.owned().fetch(objects.get(0))).isInstanceOf(Fetched.Unreadable.class);
      assertThat(pair.owned().fetch(objects.get(4))).isInstanceOf(Fetched.Unreadable.class);
    }
  }

  /**
   * By which two copies find where they part: a copy with good bytes must not be taken for another.
   */
  @Test
  void theChecksumThatABatchHadIsToldWhenItHasRotted() {
    try (OwnedPair pair = pair()) {
      List<BatchEnd> before = pair.copy().batchesFrom(0);
      assertThat(before).hasSizeGreaterThan(COMMITS);
      for (int i = 1; i < before.size(); i++) {
        long begin = before.get(i - 1).end();
        byte[] sound = new byte[8];
        assertThat(
                pair.copy()
                    .read(Address.sequence(begin), Address.offset(begin), sound, sound.length))
            .isTrue();
        pair.rotCopy(begin + 4, new byte[] {(byte) ~sound[4]});
        assertThat(pair.copy().batchesFrom(0)).as("checksum of batch %d", i).isEqualTo(before);
        pair.rotCopy(begin, sound);
        pair.rotCopy(begin, new byte[] {(byte) ~sound[0]});
        assertThat(pair.copy().batchesFrom(0)).as("length of batch %d", i).isEqualTo(before);
        pair.rotCopy(begin, sound);
      }
    }
  }

  @Test
  void aPromotionThatDidNotFindRoomIsMadeAgain() {
    try (OwnedPair pair = pair()) {
      pair.copyHeap().refuseGrowth(true);
      assertThatThrownBy(() -> pair.promote(null)).isInstanceOf(HeapFull.class);
      pair.ownerHeap().refuseGrowth(false);
      pair.promoteAgain();
      for (long object : objects) {
        assertThat(pair.owned().fetch(object)).isInstanceOf(Fetched.Found.class);
      }
    }
  }

  @Test
  void whoIsDeposedHasStillTheDamageThatNobodyHealed() {
    try (OwnedPair pair = pair()) {
      long at = pair.copy().batchesFrom(0).get(3).end();
      pair.rotCopy(at + BatchFormat.HEADER_BYTES, new byte[] {1});
      assertThatThrownBy(() -> pair.promote(null)).isInstanceOf(CorruptException.class);
      pair.promoteAgain();
      LogCopy log = (LogCopy) pair.owned().log();
      assertThat(log.isDamaged()).isFalse();
      pair.owned().depose();
      assertThat(log.isDamaged()).isTrue();
      pair.promoteAgain();
    }
  }

  private static final int OTHER_HOME = 9;

  private void prepared(OwnedPair pair, TransactionId id, int home, long object) {
    pair.owned()
        .prepare(
            id,
            0,
            0,
            Spared.NOBODY,
            0,
            home,
            pair.owned().lastStamp() + 1,
            List.of(),
            List.of(new ObjectWrite(object, ObjectWrite.Kind.UPDATE, new byte[10])),
            new Expected());
    pair.settleAll();
  }

  /** Whatever was asked for happens. */
  private static final class Expected implements Settling {
    @Override
    public void settled(long stamp) {}

    @Override
    public void refused(Refusal refusal) {
      throw new AssertionError(refusal);
    }
  }

  private static List<Outcome> resolved(OwnedPair pair, TransactionId id) {
    List<Outcome> answers = new ArrayList<>();
    pair.owned().resolve(id, (outcome, stamp) -> answers.add(outcome));
    pair.settleAll();
    return answers;
  }

  /** What the home has told others must not be told otherwise where the record of it has rotted. */
  @Test
  void aHomeThatMayHaveLostItsDecisionDecidesNothingAnew() {
    try (OwnedPair pair = pair()) {
      TransactionId id = new TransactionId(3, 1, 100);
      prepared(pair, id, OwnedPair.PARTITION, objects.get(0));
      long decision = pair.copy().tail();
      pair.owned().decide(id, List.of(OTHER_HOME), new Expected());
      pair.settleAll();
      long later = pair.copy().tail();
      TransactionId open = new TransactionId(3, 1, 101);
      prepared(pair, open, OwnedPair.PARTITION, objects.get(1));
      pair.rotCopy(decision + BatchFormat.HEADER_BYTES, new byte[] {0x55});

      assertThatThrownBy(() -> pair.promote(null)).isInstanceOf(CorruptException.class);
      pair.promoteAgain();
      pair.settleAll();
      pair.owned().serve();
      assertThat(pair.partition().doubt.suspectBefore()).isEqualTo(later);
      assertThat(resolved(pair, id)).containsExactly(Outcome.LOST);
      assertThat(pair.owned().inDoubt()).extracting(each -> each.id()).containsExactly(id);
      assertThat(pair.owned().fetch(objects.get(0))).isInstanceOf(Fetched.Unreadable.class);
      assertThat(resolved(pair, new TransactionId(3, 1, 99)))
          .as("one that may have been in the batch")
          .containsExactly(Outcome.LOST);
      assertThat(resolved(pair, open)).as("prepared behind it").containsExactly(Outcome.ABORT);
    }
  }

  @Test
  void whoReadsWhatNobodyCanDecideIsToldUntilSomebodyCan() {
    try (OwnedPair pair = pair()) {
      TransactionId id = new TransactionId(3, 1, 100);
      prepared(pair, id, OTHER_HOME, objects.get(0));
      assertThat(pair.owned().fetch(objects.get(0))).isInstanceOf(Fetched.Locked.class);
      pair.owned().outcomeLost(id);
      assertThat(pair.owned().fetch(objects.get(0))).isInstanceOf(Fetched.Unreadable.class);
      assertThat(pair.owned().fetch(objects.get(1))).isInstanceOf(Fetched.Found.class);
      assertThat(pair.owned().inDoubt()).hasSize(1);
      pair.owned().decided(id, Outcome.COMMIT, new Expected());
      pair.settleAll();
      assertThat(pair.owned().fetch(objects.get(0))).isInstanceOf(Fetched.Found.class);
      assertThat(pair.owned().inDoubt()).isEmpty();
    }
  }

  /** The home has forgotten what everybody had learned; here the record of it has rotted. */
  @Test
  void aParticipantKnowsThatItMayHaveLostWhatItHadLearned() {
    try (OwnedPair pair = pair()) {
      TransactionId id = new TransactionId(3, 1, 100);
      prepared(pair, id, OTHER_HOME, objects.get(0));
      assertThat(pair.owned().mayHaveLostDecision(id)).isFalse();
      long decision = pair.copy().tail();
      pair.owned().decided(id, Outcome.COMMIT, new Expected());
      pair.settleAll();
      prepared(pair, new TransactionId(3, 1, 101), OTHER_HOME, objects.get(1));
      pair.rotCopy(decision + BatchFormat.HEADER_BYTES, new byte[] {0x55});
      assertThatThrownBy(() -> pair.promote(null)).isInstanceOf(CorruptException.class);
      pair.promoteAgain();
      assertThat(pair.owned().mayHaveLostDecision(id)).isTrue();
      assertThat(pair.owned().mayHaveLostDecision(new TransactionId(3, 1, 101))).isFalse();
    }
  }

  /** Else the home forgets a commit that the next owner, with sound bytes, asks about. */
  @Test
  void aParticipantHasNotLearnedWhatItMayHaveLostThePrepareOf() {
    try (OwnedPair pair = pair()) {
      TransactionId id = new TransactionId(3, 1, 100);
      long prepare = pair.copy().tail();
      prepared(pair, id, OTHER_HOME, objects.get(0));
      prepared(pair, new TransactionId(3, 1, 101), OTHER_HOME, objects.get(1));
      pair.rotCopy(prepare + BatchFormat.HEADER_BYTES, new byte[] {0x55});
      assertThatThrownBy(() -> pair.promote(null)).isInstanceOf(CorruptException.class);
      pair.promoteAgain();
      pair.settleAll();
      pair.owned().serve();
      List<Refusal> refusals = new ArrayList<>();
      pair.owned()
          .decided(
              id,
              Outcome.COMMIT,
              new Settling() {
                @Override
                public void settled(long stamp) {
                  throw new AssertionError("it is said to be recorded");
                }

                @Override
                public void refused(Refusal refusal) {
                  refusals.add(refusal);
                }
              });
      pair.settleAll();
      assertThat(refusals).extracting(Refusal::reason).containsExactly(Refusal.Reason.UNREADABLE);
    }
  }

  /** What is sound of a damaged PART need not be committed. */
  @Test
  void nothingIsTakenOutOfADamagedPartOfATransaction() {
    try (OwnedPair pair = pair()) {
      long part = pair.copy().tail();
      pair.owned()
          .prepare(
              new TransactionId(3, 1, 100),
              0,
              0,
              Spared.NOBODY,
              0,
              OTHER_HOME,
              pair.owned().lastStamp() + 1,
              List.of(),
              List.of(
                  new ObjectWrite(objects.get(0), ObjectWrite.Kind.UPDATE, new byte[10]),
                  new ObjectWrite(objects.get(1), ObjectWrite.Kind.UPDATE, new byte[3_000_000]),
                  new ObjectWrite(objects.get(2), ObjectWrite.Kind.UPDATE, new byte[3_000_000])),
              new Expected());
      pair.settleAll();
      LogChunk chunk = pair.copy().chunk(Address.sequence(part));
      assertThat(BatchFormat.kind(chunk.memory, Address.offset(part))).isEqualTo(BatchFormat.PART);
      pair.rotCopy(part + 1_000, new byte[] {0x55});
      assertThatThrownBy(() -> pair.promote(null)).isInstanceOf(CorruptException.class);
      pair.promoteAgain();
      assertThat(pair.owned().fetch(objects.get(0))).isNotInstanceOf(Fetched.Found.class);
    }
  }

  @Test
  void anEndThatHasRottenIsMissedAfterALossOfPower() {
    for (boolean isNoted : new boolean[] {true, false}) {
      try (OwnedPair pair = pair()) {
        List<BatchEnd> all = pair.copy().batchesFrom(0);
        long last = all.get(all.size() - 2).end();
        if (isNoted) {
          pair.noteEnds();
        }
        pair.rotCopy(last + BatchFormat.HEADER_BYTES, new byte[] {0x55});
        pair.losePowerAtCopy(new SplittableRandom(1));
        assertThat(pair.copy().isDamaged()).as("noted: %s", isNoted).isEqualTo(isNoted);
        assertThat(pair.copy().tail()).isEqualTo(isNoted ? all.getLast().end() : last);
      }
    }
  }

  @Test
  void whatIsCutIsNotMissed() {
    try (OwnedPair pair = pair()) {
      pair.noteEnds();
      List<BatchEnd> all = pair.copy().batchesFrom(0);
      for (int i = 0; i < 3; i++) {
        prepared(pair, new TransactionId(3, 1, 100 + i), OTHER_HOME, objects.get(i));
        pair.noteEnds();
      }
      // As an owner does that has less, where nothing of it was settled.
      pair.losePowerAtCopy(new SplittableRandom(1));
      assertThat(pair.copy().tail()).isGreaterThan(all.getLast().end());
      pair.copy().cut(all.getLast().end(), all.getLast().checksum());
      pair.losePowerAtCopy(new SplittableRandom(2));
      assertThat(pair.copy().isDamaged()).isFalse();
      assertThat(pair.copy().tail()).isEqualTo(all.getLast().end());
      pair.copy().clear();
      pair.losePowerAtCopy(new SplittableRandom(3));
      assertThat(pair.copy().isDamaged()).isFalse();
      assertThat(pair.copy().tail()).isZero();
    }
  }

  /** Else nobody would choose it, and what nobody else has would be waited for without an end. */
  @Test
  void aCopyOfWhichEverythingHasRottenIsNotOneThatHoldsNothing() {
    try (OwnedPair pair = pair()) {
      pair.noteEnds();
      List<BatchEnd> all = pair.copy().batchesFrom(0);
      long begin = Address.of(Address.sequenceOfEnd(all.getFirst().end()), ChunkFormat.DATA_OFFSET);
      pair.rotCopy(begin + IN_THE_HEADER, new byte[] {0x55});
      for (BatchEnd batch : all.subList(0, all.size() - 1)) {
        pair.rotCopy(batch.end() + IN_THE_HEADER, new byte[] {0x55});
      }
      pair.losePowerAtCopy(new SplittableRandom(1));
      assertThat(pair.copy().isDamaged()).isTrue();
      assertThat(pair.copy().tail()).isEqualTo(all.getLast().end());
      assertThat(pair.copy().lastEpoch()).isPositive();

      pair.promoteAlone();
      pair.owned().serve();
      for (long object : objects) {
        assertThat(pair.owned().fetch(object)).isInstanceOf(Fetched.Unreadable.class);
      }
    }
  }
}
