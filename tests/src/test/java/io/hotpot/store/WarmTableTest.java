package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition.Fetched;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a replica can keep its table, and when it does without; OwnedCleaningTest compares it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WarmTableTest {

  private long transactions;

  private boolean write(OwnedPair pair, long object, ObjectWrite.Kind kind, byte[] payload) {
    boolean[] refused = {false};
    pair.owned()
        .commit(
            new TransactionId(3, 1, ++transactions),
            0,
            0,
            Spared.NOBODY,
            0,
            List.of(),
            List.of(new ObjectWrite(object, kind, payload)),
            new Settling() {
              @Override
              public void settled(long stamp) {}

              @Override
              public void refused(Refusal refusal) {
                refused[0] = true;
              }
            });
    return !refused[0];
  }

  private long created(OwnedPair pair, int bytes) {
    long object = pair.owned().reserve(1)[0];
    assertThat(write(pair, object, ObjectWrite.Kind.INSERT, new byte[bytes])).isTrue();
    return object;
  }

  @Test
  void nothingIsTakenInThatIsNotSettled() {
    try (OwnedPair pair = new OwnedPair(8)) {
      created(pair, 100);
      pair.settleAll();
      long settledTo = pair.copy().settledTo();
      created(pair, 100);
      pair.deliver(Integer.MAX_VALUE);
      pair.warmUp(10);
      assertThat(pair.copy().tail()).isGreaterThan(settledTo);
      assertThat(pair.copy().warm.takenTo()).isEqualTo(settledTo);
      assertThat(pair.copy().isWarmUpDue()).isFalse();
      assertThat(pair.warmChecks().checkOnTheWay()).isTrue();
    }
  }

  @Test
  void whatIsBeyondIsTakenInByThePromotion() {
    try (OwnedPair pair = new OwnedPair(8)) {
      created(pair, 100);
      pair.settleAll();
      pair.warmUp(10);
      long later = created(pair, 200);
      pair.deliver(Integer.MAX_VALUE);
      pair.promote(null);
      assertThat(pair.warmPromotions()).isEqualTo(1);
      assertThat(pair.owned().fetch(later)).isInstanceOf(Fetched.Found.class);
    }
  }

  @Test
  void aDamagedBatchIsLeftToWhoeverReadsTheWholeLog() {
    try (OwnedPair pair = new OwnedPair(8)) {
      long object = created(pair, 100);
      pair.settleAll();
      long record = HandleWord.address(pair.partition().table.get(ObjectId.slot(object)));
      pair.rotCopy(record + RecordFormat.HEADER_BYTES, new byte[] {1, 2, 3});
      assertThatThrownBy(() -> pair.warmUp(10)).isInstanceOf(CorruptException.class);
      assertThat(pair.copy().warm.replay()).isNull();
      assertThat(pair.copy().isWarmUpDue()).as("again and again").isFalse();
      assertThatThrownBy(() -> pair.promote(null)).isInstanceOf(CorruptException.class);
    }
  }

  @Test
  void aCheckpointIsNotReadAgainByThePromotion() {
    try (OwnedPair pair = new OwnedPair(8)) {
      long object = created(pair, 100);
      for (int i = 0; i < 2; i++) {
        assertThat(pair.owner().checkpointer().write(pair.partition())).isTrue();
        pair.settleAll();
        pair.owner().checkpointer().settle(pair.partition());
        pair.warmUp(10);
      }
      for (long pointer : CheckpointFinder.pointers(pair.copy().warm.replay().begun())) {
        Checkpoint checkpoint = CheckpointFormat.read(pair.copy().warm.replay().begun(), pointer);
        pair.rotCopy(checkpoint.pages()[0] + BatchFormat.HEADER_BYTES, new byte[] {1, 2, 3});
        assertThat(CheckpointFormat.read(pair.copy().warm.replay().begun(), pointer)).isNull();
      }
      pair.promote(null);
      assertThat(pair.warmPromotions()).isEqualTo(1);
      assertThat(pair.partition().pins.deletesCoveredTo()).as("of both").isPositive();
      assertThat(pair.owned().fetch(object)).isInstanceOf(Fetched.Found.class);
    }
  }

  @Test
  void whoIsShortOfChunksDoesWithoutTheTable() {
    try (OwnedPair pair = new OwnedPair(8)) {
      long object = created(pair, 1);
      pair.settleAll();
      assertThat(pair.copy().isWarmUpDue()).isTrue();
      // No step is ever made: chunks wait for it, but not for ever.
      for (int i = 0; i < 60; i++) {
        byte[] large = new byte[1_000_000];
        for (int round = 0; !write(pair, object, ObjectWrite.Kind.UPDATE, large); round++) {
          assertThat(round).as("rounds of cleaning").isLessThan(6);
          pair.owner().heldParts().makeRoom();
          pair.settleAll();
        }
        pair.settleAll();
        pair.copy().isWarmUpDue();
      }
      assertThat(pair.released()).isGreaterThan(8);
      pair.warmUp(1_000);
      assertThat(pair.warmChecks().checkWhole()).isTrue();
    }
  }

  /** Prepared long ago and decided now: what stands there must still be what was prepared. */
  @Test
  void whatHasRottedBeforeItIsDecidedIsNotTakenIn() {
    try (OwnedPair pair = new OwnedPair(8)) {
      long object = created(pair, 100);
      TransactionId id = new TransactionId(3, 1, ++transactions);
      Settling any =
          new Settling() {
            @Override
            public void settled(long stamp) {}

            @Override
            public void refused(Refusal refusal) {
              throw new AssertionError(refusal);
            }
          };
      pair.settleAll();
      long begin = pair.copy().tail();
      pair.owned()
          .prepare(
              id,
              0,
              0,
              Spared.NOBODY,
              0,
              9,
              pair.owned().lastStamp() + 1,
              List.of(),
              List.of(new ObjectWrite(object, ObjectWrite.Kind.UPDATE, new byte[10])),
              any);
      pair.settleAll();
      pair.warmUp(10);
      assertThat(pair.copy().warm.takenTo()).isEqualTo(pair.copy().tail());
      int records = BatchFormat.HEADER_BYTES + 32;
      pair.rotCopy(begin + records, new byte[] {0x7F, 0x7F});
      pair.owned().decided(id, Outcome.COMMIT, any);
      pair.settleAll();
      assertThatThrownBy(() -> pair.warmUp(10)).isInstanceOf(CorruptException.class);
      assertThat(pair.copy().warm.replay()).isNull();
    }
  }

  /** The generations that a slot had are in the record that deletes its last object. */
  @Test
  void aSlotWhoseGenerationHasRottenIsNotUsedAgain() {
    try (OwnedPair pair = new OwnedPair(8)) {
      long object = created(pair, 100);
      pair.settleAll();
      long begin = pair.copy().tail();
      assertThat(write(pair, object, ObjectWrite.Kind.DELETE, new byte[0])).isTrue();
      pair.settleAll();
      pair.warmUp(10);
      LogChunk chunk = pair.copy().chunk(Address.sequence(begin));
      int record = BatchFormat.recordsBegin(chunk.memory, Address.offset(begin));
      pair.rotCopy(begin + record, new byte[] {0x7F, 0x7F, 0x7F, 0x7F});
      pair.promote(null);
      assertThat(pair.warmPromotions()).isEqualTo(1);
      assertThat(HandleWord.tag(pair.partition().table.get(ObjectId.slot(object))))
          .isEqualTo(HandleWord.RETIRED);
    }
  }
}
