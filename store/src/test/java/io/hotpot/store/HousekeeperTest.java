package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.spi.Threads;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the housekeeper does, and what it does not let itself be stopped by. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HousekeeperTest {

  private static final String LARGE = "x".repeat(3 << 20);

  private final HookedHeap heap = new HookedHeap(12);
  private Hotpot hotpot;
  private Dataset bank;
  private Partition partition;

  @BeforeEach
  void open() {
    hotpot = InFlightTest.open(heap);
    bank = hotpot.dataset("bank");
    partition = hotpot.partitionOf(bank);
  }

  private Housekeeper housekeeper(Supplier<Collection<Partition>> partitions) {
    Threads threads = new SystemThreads();
    GroupCommit groupCommit =
        new GroupCommit(heap, () -> List.copyOf(hotpot.partitions()), hotpot.events(), threads);
    return new Housekeeper(
        "housekeeper",
        partition.pool,
        hotpot.cleaner(),
        groupCommit,
        partitions,
        hotpot.events(),
        hotpot.storeCounters(),
        threads);
  }

  private long failures() {
    return hotpot.counters().getOrDefault("housekeepingFailures", 0L);
  }

  private static Collection<Partition> full() {
    throw new HeapFull("for the test");
  }

  /** Leaves no room for anything in a partition's chunk. */
  private static void fill(Partition partition) {
    partition.commitLock.lock();
    try {
      LogChunk chunk = partition.log.current();
      assertThat(chunk).isNotNull();
      byte[] mark = new byte[Heap.CHUNK_BYTES - BatchFormat.HEADER_BYTES - chunk.end()];
      partition.log.append(mark, mark.length, BatchFormat.MARK, 0, 0, partition.lastStamp());
    } finally {
      partition.commitLock.unlock();
    }
  }

  private static void prepareAhead(Partition partition) {
    partition.commitLock.lock();
    try {
      assertThat(partition.log.claimPreparation()).isTrue();
    } finally {
      partition.commitLock.unlock();
    }
    partition.log.prepareAhead();
    assertThat(partition.log.prepared()).isNotNull();
  }

  @Test
  void goesOnAfterAFullHeap() {
    assertThat(housekeeper(HousekeeperTest::full).turn()).isTrue();
    assertThat(failures()).isEqualTo(1);
  }

  @Test
  void endsWhenTheMediumHasRefused() {
    Housekeeper housekeeper = housekeeper(HousekeeperTest::full);
    heap.refuseDrains(new CorruptException("for the test"));
    assertThat(housekeeper.turn()).isFalse();
  }

  @Test
  void slotsThatWereGivenBackDoNotWaitForACheckpointForEver() {
    bank.transact(tx -> tx.allocate("a"));
    try (Transaction tx = bank.begin()) {
      for (int i = 0; i <= Slots.MAX_WAITING; i++) {
        tx.allocate(i);
      }
    }
    assertThat(partition.isCheckpointDue()).isTrue();
    housekeeper(hotpot::partitions).step();
    assertThat(partition.isCheckpointDue()).isFalse();
    assertThat(hotpot.counters()).containsEntry("checkpoints", 1L);
  }

  @Test
  void aChunkWhoseSiblingsCannotBeMarkedIsCleanedLater() {
    Dataset other = hotpot.dataset("other");
    Ref<String> a = bank.transact(tx -> tx.allocate("a"));
    hotpot.run(
        tx -> {
          tx.put(a, "b");
          tx.allocate(other, "sibling");
        });
    partition.commitLock.lock();
    try {
      partition.log.closeCurrent();
    } finally {
      partition.commitLock.unlock();
    }
    heap.growthsLeft(0);
    fill(hotpot.partitionOf(other));
    assertThat(hotpot.compact()).isZero();
    assertThat(partition.chunks.size()).isEqualTo(2);
    assertThat(bank.<String>read(tx -> tx.get(a))).isEqualTo("b");
    heap.growthsLeft(Integer.MAX_VALUE);
    hotpot.compact();
    assertThat(partition.chunks.size()).isEqualTo(1);
    assertThat(bank.<String>read(tx -> tx.get(a))).isEqualTo("b");
  }

  @Test
  void aDatasetIsDroppedThoughItsSiblingsCannotBeMarked() {
    Dataset other = hotpot.dataset("other");
    hotpot.run(
        tx -> {
          tx.allocate(bank, "a");
          tx.allocate(other, "sibling");
        });
    int before = hotpot.heapUse().chunksInUse();
    heap.growthsLeft(0);
    fill(hotpot.partitionOf(other));
    hotpot.drop("bank");
    assertThat(hotpot.findDataset("bank")).isEmpty();
    assertThat(hotpot.heapUse().chunksInUse()).as("nothing released yet").isEqualTo(before);
    heap.growthsLeft(Integer.MAX_VALUE);
    housekeeper(hotpot::partitions).step();
    assertThat(hotpot.partitions()).doesNotContain(partition);
    assertThat(hotpot.heapUse().chunksInUse()).isLessThan(before);
  }

  @Test
  void chunksPreparedAheadServeWhoeverNeedsOne() {
    List<Dataset> idle = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      idle.add(hotpot.dataset("idle" + i));
      idle.getLast().run(tx -> tx.allocate(LARGE));
      prepareAhead(hotpot.partitionOf(idle.getLast()));
    }
    int reserve = partition.pool.reserveFor(ChunkPool.Purpose.GROWTH);
    assertThatThrownBy(
            () -> {
              while (true) {
                bank.run(tx -> tx.allocate(LARGE));
              }
            })
        .isInstanceOf(HeapFull.class);
    assertThat(hotpot.heapUse().chunksInUse()).isEqualTo(12 - reserve);
    assertThat(bank.stats().objects()).as("one in each chunk").isEqualTo(12 - reserve - 3);
    idle.forEach(d -> assertThat(hotpot.partitionOf(d).log.prepared()).isNull());
  }

  @Test
  void aDatasetIsCreatedInAChunkThatWasPreparedAheadForAnother() {
    bank.run(tx -> tx.allocate(LARGE));
    prepareAhead(partition);
    heap.growthsLeft(0);
    hotpot.partitions().stream().filter(p -> p.id == Catalog.PARTITION).forEach(p -> fill(p));
    int reserve = partition.pool.reserveFor(ChunkPool.Purpose.GROWTH);
    assertThatThrownBy(() -> hotpot.dataset("more")).isInstanceOf(HeapFull.class);
    assertThat(partition.log.prepared()).isNull();
    heap.growthsLeft(reserve);
    assertThat(hotpot.dataset("more").name()).isEqualTo("more");
  }
}
