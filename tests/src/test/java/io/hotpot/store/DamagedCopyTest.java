package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.spi.HeldLog.BatchEnd;
import io.hotpot.store.spi.HeldLog.Damaged;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.OwnedPartition.Fetched;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a copy of a log says and takes when bytes of it have rotted. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedCopyTest {

  private static final int COMMITS = 8;

  private final List<Long> objects = new ArrayList<>();

  private OwnedPair pair() {
    objects.clear();
    OwnedPair pair = new OwnedPair(8);
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
}
