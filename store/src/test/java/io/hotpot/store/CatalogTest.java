package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Changes of the catalog in a heap that is full, and beside those who look into it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CatalogTest {

  private static final String LARGE = "x".repeat(1 << 20);
  private static final int CHUNKS = 8;
  private static final int RENAMES = 100_000;

  /** A type that no store knows before a value of it is written. */
  record Coin(int cents) {}

  private final SimHeap medium = new SimHeap(CHUNKS, 0x77L, Durability.POWER);
  private Hotpot hotpot;
  private Dataset bank;

  @BeforeEach
  void open() {
    hotpot = InFlightTest.open(medium);
    bank = hotpot.dataset("bank");
  }

  @AfterEach
  void close() {
    hotpot.close();
  }

  private Partition catalogPartition() {
    return hotpot.partitions().stream()
        .filter(partition -> partition.id == Catalog.PARTITION)
        .findFirst()
        .orElseThrow();
  }

  /** Leaves the catalog's chunk no room but for its seal: its next change needs another chunk. */
  private void fillCatalogChunk() {
    Partition partition = catalogPartition();
    partition.commitLock.lock();
    try {
      LogChunk chunk = partition.log.current();
      int room = Heap.CHUNK_BYTES - BatchFormat.HEADER_BYTES - chunk.end();
      partition.log.reserve(room, ChunkPool.Purpose.GROWTH);
      partition.log.append(new byte[room], room, BatchFormat.MARK, 0, 0, partition.lastStamp());
      assertThat(partition.log.current()).isSameAs(chunk);
    } finally {
      partition.commitLock.unlock();
    }
  }

  /** Leaves nothing but the reserve, and much that the cleaner can free. */
  private void fillWithGarbage() {
    Ref<String> object = bank.transact(tx -> tx.allocate(LARGE));
    ChunkPool pool = catalogPartition().pool;
    while (pool.available() > pool.reserveFor(ChunkPool.Purpose.GROWTH)) {
      bank.run(tx -> tx.put(object, LARGE));
    }
    fillCatalogChunk();
  }

  /** Leaves nothing but the reserve, and nothing that the cleaner can free. */
  private List<Ref<String>> fillWithObjects() {
    List<Ref<String>> objects = new ArrayList<>();
    assertThatThrownBy(
            () -> {
              while (objects.size() < CHUNKS * 4) {
                objects.add(bank.transact(tx -> tx.allocate(LARGE)));
              }
            })
        .isInstanceOf(HeapFull.class);
    fillCatalogChunk();
    return objects;
  }

  @Test
  void aDatasetIsCreatedWhereTheCleanerCanMakeRoomForIt() {
    fillWithGarbage();
    Dataset second = hotpot.dataset("second");
    assertThat(hotpot.datasets()).extracting(Dataset::name).containsExactly("bank", "second");
    hotpot.close();
    hotpot = InFlightTest.open(medium.afterKill());
    assertThat(hotpot.findDataset(second.name())).isPresent();
  }

  @Test
  void aTypeIsRegisteredWhereTheCleanerCanMakeRoomForIt() {
    fillWithGarbage();
    Ref<Coin> coin = bank.transact(tx -> tx.allocate(new Coin(5)));
    hotpot.close();
    hotpot = InFlightTest.open(medium.afterKill());
    assertThat(hotpot.dataset("bank").<Coin>read(tx -> tx.get(coin))).isEqualTo(new Coin(5));
  }

  @Test
  void aDatasetThatFindsNoRoomLeavesNothingBehind() {
    List<Ref<String>> objects = fillWithObjects();
    assertThatThrownBy(() -> hotpot.dataset("second")).isInstanceOf(HeapFull.class);
    int slots = catalogPartition().slots.count();
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> hotpot.dataset("second")).isInstanceOf(HeapFull.class);
    }
    assertThat(catalogPartition().slots.count())
        .as("slots that were ever reserved")
        .isEqualTo(slots);
    assertThat(hotpot.findDataset("second")).isEmpty();
    objects.forEach(object -> bank.run(tx -> tx.delete(object)));
    assertThat(hotpot.dataset("second").stats().objects()).isZero();
  }

  /** The catalog alone, so that its readers meet it in the middle of a change, if there is one. */
  @Test
  void aDatasetHasANameWhileItIsRenamed() throws InterruptedException {
    Catalog.Entry bankEntry = new Catalog.Entry("bank", 1, TransactionMode.MRMW);
    Catalog.Entry vaultEntry = new Catalog.Entry("vault", 1, TransactionMode.MRMW);
    Catalog catalog = new Catalog();
    catalog.put(bankEntry, 1);
    AtomicBoolean renaming = new AtomicBoolean(true);
    AtomicLong looks = new AtomicLong();
    AtomicLong misses = new AtomicLong();
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (renaming.get()) {
                    looks.incrementAndGet();
                    if (catalog.entries().size() != 1) {
                      misses.incrementAndGet();
                    }
                  }
                });
    // As many renames as it takes for the reader to look, however few processors there are.
    for (int i = 0; i < RENAMES || looks.get() < RENAMES; i++) {
      catalog.rename(Map.of("bank", vaultEntry));
      catalog.rename(Map.of("vault", bankEntry));
    }
    renaming.set(false);
    reader.join();
    assertThat(misses).as("of %s looks", looks).hasValue(0);
    assertThat(catalog.entries()).containsExactly(bankEntry);
    assertThat(catalog.entryId("bank")).isEqualTo(1);
    assertThat(catalog.find("vault")).isNull();
  }
}
