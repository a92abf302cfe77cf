package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A snapshot that was given up says so; it never takes for absent what it no longer keeps. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AbandonedSnapshotTest {

  private final HookedHeap heap = new HookedHeap(64);
  private Hotpot hotpot;
  private Dataset bank;
  private Partition partition;
  private Ref<String> a;

  @BeforeEach
  void open() {
    hotpot = InFlightTest.open(heap);
    bank = hotpot.dataset("bank");
    partition = hotpot.partitionOf(bank);
    a = bank.transact(tx -> tx.allocate("a"));
  }

  private static void givenUp() {
    throw new SnapshotTooOld("for the test");
  }

  private void isTooOld(long id, long stamp) {
    assertThatThrownBy(
            () -> SnapshotReader.find(partition, id, stamp, AbandonedSnapshotTest::givenUp))
        .isInstanceOf(SnapshotTooOld.class);
  }

  @Test
  void whoseObjectSeemsGoneInTheMiddleOfARead() {
    long stamp = partition.lastStamp();
    bank.run(tx -> tx.delete(a));
    isTooOld(a.id(), stamp);
    Ref<String> other = bank.transact(tx -> tx.allocate("in the same slot"));
    assertThat(ObjectId.slot(other.id())).isEqualTo(ObjectId.slot(a.id()));
    isTooOld(a.id(), stamp);
    isTooOld(other.id(), stamp);
  }

  @Test
  void keepsNoSlotsOfDeletedObjects() {
    int slot = ObjectId.slot(a.id());
    try (Snapshot snapshot = hotpot.snapshot()) {
      bank.run(tx -> tx.delete(a));
      assertThat(HandleWord.tag(partition.table.get(slot))).isEqualTo(HandleWord.DELETED);
      partition.commitLock.lock();
      try {
        partition.log.closeCurrent();
      } finally {
        partition.commitLock.unlock();
      }
      hotpot.compact();
      assertThat(hotpot.cleaner().makeRoom(heap.maxChunks())).isFalse();
      assertThatThrownBy(() -> snapshot.get(a)).isInstanceOf(SnapshotTooOld.class);
      assertThat(HandleWord.tag(partition.table.get(slot))).isEqualTo(HandleWord.FREE);
    }
  }
}
