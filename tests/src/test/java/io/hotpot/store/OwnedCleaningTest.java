package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cleaning and checkpoints in a partition that another node has a copy of. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OwnedCleaningTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whoeverTakesOverHasWhatTheModelSays(long seed) {
    OwnedRun.Seen seen = new OwnedRun(seed).run(2_500);
    assertThat(seen.released()).as("chunks released").isGreaterThan(20);
    assertThat(seen.promotions()).isGreaterThan(5);
    assertThat(seen.warm()).as("promotions of a copy that kept its table").isGreaterThan(1);
    assertThat(seen.compared()).as("tables compared").isGreaterThan(20);
    assertThat(seen.readInCopy()).as("objects read in the copy").isGreaterThan(1_000);
    assertThat(seen.wholeCopies()).as("copies of which all could be read").isGreaterThan(10);
  }

  @Test
  void aSmallHeapTakesOverwritesForEver() {
    try (OwnedPair pair = new OwnedPair(8)) {
      long object = pair.owned().reserve(1)[0];
      byte[] large = new byte[1_000_000];
      for (int i = 1; i <= 120; i++) {
        TransactionId id = new TransactionId(3, 1, i);
        ObjectWrite.Kind kind = i == 1 ? ObjectWrite.Kind.INSERT : ObjectWrite.Kind.UPDATE;
        large[0] = (byte) i;
        ObjectWrite write = new ObjectWrite(object, kind, large.clone());
        for (int round = 0; refusal(pair, id, write) != null; round++) {
          assertThat(round).as("rounds of cleaning before overwrite %d", i).isLessThan(6);
          assertThat(pair.owner().heldParts().makeRoom()).isTrue();
          pair.settleAll();
        }
        pair.settleAll();
      }
      assertThat(pair.released()).isGreaterThan(20);
    }
  }

  @Test
  void aChunkGoesOnlyWhenOthersHaveWhatWasMovedOutOfIt() {
    try (OwnedPair pair = new OwnedPair(16)) {
      long object = pair.owned().reserve(1)[0];
      ObjectWrite write = new ObjectWrite(object, ObjectWrite.Kind.INSERT, new byte[100]);
      assertThat(refusal(pair, new TransactionId(3, 1, 1), write)).isNull();
      pair.closeChunk();
      for (int checkpoint = 0; checkpoint < 2; checkpoint++) {
        pair.settleAll();
        assertThat(pair.owner().checkpointer().write(pair.partition())).isTrue();
      }
      pair.settleAll();
      pair.owner().cleaner().compact((done, total) -> {});
      assertThat(pair.released()).as("released before it was acknowledged").isZero();
      pair.settleAll();
      pair.owner().cleaner().compact((done, total) -> {});
      assertThat(pair.released()).isPositive();
    }
  }

  @Test
  void howATransactionEndedOutlivesTheChunkThatSaidSo() {
    try (OwnedPair pair = new OwnedPair(16)) {
      TransactionId id = new TransactionId(3, 1, 1);
      long object = pair.owned().reserve(1)[0];
      ObjectWrite write = new ObjectWrite(object, ObjectWrite.Kind.INSERT, new byte[100]);
      assertThat(refusal(pair, id, write)).isNull();
      pair.closeChunk();
      for (int round = 0; round < 5 && pair.released() == 0; round++) {
        pair.settleAll();
        pair.owner().cleaner().compact((done, total) -> {});
      }
      assertThat(pair.released()).isPositive();
      pair.settleAll();
      pair.promote(null);
      pair.settleAll();
      pair.owned().serve();
      List<Outcome> answers = new ArrayList<>();
      pair.owned().resolve(id, (outcome, stamp) -> answers.add(outcome));
      pair.settleAll();
      assertThat(answers).containsExactly(Outcome.COMMIT);
    }
  }

  @Test
  void nothingIsMovedOutOfABatchThatRotted() {
    try (OwnedPair pair = new OwnedPair(16)) {
      long object = pair.owned().reserve(1)[0];
      ObjectWrite write = new ObjectWrite(object, ObjectWrite.Kind.INSERT, new byte[100]);
      assertThat(refusal(pair, new TransactionId(3, 1, 1), write)).isNull();
      pair.closeChunk();
      for (int checkpoint = 0; checkpoint < 2; checkpoint++) {
        pair.settleAll();
        assertThat(pair.owner().checkpointer().write(pair.partition())).isTrue();
      }
      pair.settleAll();
      long address = HandleWord.address(pair.partition().table.get(ObjectId.slot(object)));
      pair.rot(address, new byte[8]);
      for (int round = 0; round < 3; round++) {
        pair.owner().cleaner().compact((done, total) -> {});
        pair.settleAll();
      }
      assertThat(pair.partition().chunks.get(Address.sequence(address)))
          .as("the chunk with what may still be healed")
          .isNotNull();
    }
  }

  private static Refusal refusal(OwnedPair pair, TransactionId id, ObjectWrite write) {
    AtomicReference<Refusal> refused = new AtomicReference<>();
    pair.owned()
        .commit(
            id,
            0,
            0,
            Spared.NOBODY,
            0,
            List.of(),
            List.of(write),
            new Settling() {
              @Override
              public void settled(long stamp) {}

              @Override
              public void refused(Refusal refusal) {
                refused.set(refusal);
              }
            });
    return refused.get();
  }
}
