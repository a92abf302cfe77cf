package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Heaps that are nearly full, full, and asked to hold the largest object that there can be. */
@Timeout(300)
class FullHeapTest {

  private static final long SEED = Long.getLong("hotpot.seed", System.nanoTime());
  private static final String FILLER = "x".repeat(8 << 10);

  @TempDir Path directory;

  record Item(int number, int written, String text) {}

  private static HotpotOptions options(long maxBytes) {
    return HotpotOptions.defaults()
        .withHeap(HotpotOptions.HeapKind.MAPPED)
        .withDurability(Durability.PROCESS)
        .withCacheBytes(1 << 20)
        .withMaxBytes(maxBytes);
  }

  private static List<Ref<Item>> fill(Dataset dataset, int objects, String text) {
    List<Ref<Item>> refs = new ArrayList<>();
    while (refs.size() < objects) {
      dataset.run(
          tx -> {
            for (int i = 0; i < 100 && refs.size() < objects; i++) {
              refs.add(tx.allocate(new Item(refs.size(), 0, text)));
            }
          });
    }
    return refs;
  }

  @Test
  void aSnapshotIsGivenUpBeforeTheHeapIsFull() {
    try (Hotpot store = Hotpot.open(directory, options(64L << 20))) {
      Dataset dataset = store.dataset("d");
      List<Ref<Item>> refs = fill(dataset, 1000, FILLER);
      Snapshot old = store.snapshot();
      SplittableRandom random = new SplittableRandom(SEED);
      int overwrites = 0;
      boolean tooOld = false;
      int readsOfThePast = 0;
      // Each megabyte of 128 objects; the heap holds 64 of them.
      while (!tooOld) {
        assertThat(overwrites).as("overwrites that the snapshot has outlived").isLessThan(30_000);
        for (int i = 0; i < 128; i++) {
          Ref<Item> ref = refs.get(random.nextInt(refs.size()));
          dataset.run(tx -> tx.update(ref, o -> new Item(o.number(), o.written() + 1, o.text())));
          overwrites++;
        }
        try {
          assertThat(old.get(refs.get(random.nextInt(refs.size()))).written()).isZero();
          readsOfThePast++;
        } catch (SnapshotTooOld expected) {
          tooOld = true;
        }
      }
      assertThat(readsOfThePast).as("the heap had room for a while").isGreaterThan(10);
      assertThatThrownBy(() -> old.get(refs.getFirst()))
          .isInstanceOf(SnapshotTooOld.class)
          .hasMessageContaining("open another one");
      assertThat(store.counters().get("abandonedSnapshots")).isPositive();
      try (Snapshot young = store.snapshot()) {
        int written = refs.stream().mapToInt(ref -> young.get(ref).written()).sum();
        assertThat(written).as("seed " + SEED).isEqualTo(overwrites);
      }
      old.close();
      assertThat(store.check()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = HotpotOptions.HeapKind.class,
      names = {"MAPPED", "LLPL"})
  void aFullHeapIsReadableAndDeletableAndThenUsableAgain(HotpotOptions.HeapKind kind) {
    HotpotOptions options = options(64L << 20).withHeap(kind);
    List<Ref<Item>> refs = new ArrayList<>();
    try (Hotpot store = Hotpot.open(directory, options)) {
      Dataset dataset = store.dataset("d");
      fillUp(dataset, refs);
      assertThat(refs).hasSizeGreaterThan(200);
      isWhole(store, refs);
      assertThatThrownBy(() -> dataset.run(tx -> tx.allocate(big(-1))))
          .isInstanceOf(HeapFull.class)
          .hasMessageContaining("full");
      for (int round = 0; round < 3; round++) {
        List<Ref<Item>> half = List.copyOf(refs.subList(0, refs.size() / 2));
        half.forEach(ref -> dataset.run(tx -> tx.delete(ref)));
        refs.removeAll(half);
        isWhole(store, refs);
        int before = refs.size();
        fillUp(dataset, refs);
        assertThat(refs.size() - before)
            .as("as much fits as was deleted, or nearly so")
            .isGreaterThan(half.size() * 2 / 3);
      }
    }
    // What is full can be closed and opened, also where there was no room for a checkpoint.
    try (Hotpot store = Hotpot.open(directory, options)) {
      isWhole(store, refs);
      Dataset dataset = store.dataset("d");
      dataset.run(tx -> refs.forEach(tx::delete));
      Ref<Item> last = dataset.transact(tx -> tx.allocate(big(7)));
      assertThat(store.<Item>read(tx -> tx.get(last)).number()).isEqualTo(7);
      assertThat(store.check()).isEmpty();
    }
  }

  private static Item big(int number) {
    return new Item(number, 0, "y".repeat(100 << 10));
  }

  /** One object in each transaction, until no more fits. */
  private static void fillUp(Dataset dataset, List<Ref<Item>> refs) {
    while (true) {
      int number = refs.size();
      try {
        refs.add(dataset.transact(tx -> tx.allocate(big(number))));
      } catch (HeapFull full) {
        return;
      }
    }
  }

  private static void isWhole(Hotpot store, List<Ref<Item>> refs) {
    long length =
        store.read(tx -> refs.stream().mapToLong(ref -> tx.get(ref).text().length()).sum());
    assertThat(length).isEqualTo(refs.size() * (100L << 10));
    assertThat(store.dataset("d").stats().objects()).isEqualTo(refs.size());
  }

  @Test
  void theLargestObjectFitsAndOneByteMoreDoesNot() {
    Ref<byte[]> one;
    Ref<byte[]> two;
    byte[] largest;
    try (Hotpot store = Hotpot.open(directory, options(128L << 20))) {
      int around = store.encode(new byte[4_000_000]).length - 4_000_000;
      largest = new byte[BatchFormat.MAX_PAYLOAD_BYTES - around];
      new SplittableRandom(SEED).nextBytes(largest);
      assertThat(store.encode(largest)).hasSize(BatchFormat.MAX_PAYLOAD_BYTES);
      byte[] larger = new byte[largest.length + 1];
      one = store.dataset("one").transact(tx -> tx.allocate(largest));
      two = store.dataset("two").transact(tx -> tx.allocate(new byte[1]));
      for (Dataset dataset : store.datasets()) {
        assertThatThrownBy(() -> dataset.run(tx -> tx.allocate(larger)))
            .isInstanceOf(ObjectTooLarge.class)
            .hasMessageContaining(String.valueOf(BatchFormat.MAX_PAYLOAD_BYTES));
        assertThatThrownBy(() -> dataset.run(tx -> tx.put(two, larger)))
            .isInstanceOf(ObjectTooLarge.class);
      }
      // With the list of siblings, too.
      store.run(
          tx -> {
            tx.put(one, largest);
            tx.put(two, largest);
          });
      store.compact();
      assertThat(store.<byte[]>read(tx -> tx.get(one))).isEqualTo(largest);
    }
    try (Hotpot store = Hotpot.open(directory, options(128L << 20))) {
      assertThat(store.<byte[]>read(tx -> tx.get(one))).isEqualTo(largest);
      assertThat(store.<byte[]>read(tx -> tx.get(two))).isEqualTo(largest);
      assertThat(store.check()).isEmpty();
    }
  }

  /** Live records are 85 % of the heap; each object is overwritten about once more. */
  @Test
  void atEightyFivePercentOverwritesGoOn() {
    long maxBytes = 256L << 20;
    try (Hotpot store = Hotpot.open(directory, options(maxBytes))) {
      Dataset dataset = store.dataset("d");
      List<Ref<Item>> refs = new ArrayList<>();
      String text = "z".repeat(2000);
      while (dataset.stats().liveBytes() < maxBytes * 85 / 100) {
        dataset.run(
            tx -> {
              for (int i = 0; i < 50; i++) {
                refs.add(tx.allocate(new Item(refs.size(), 0, text)));
              }
            });
      }
      SplittableRandom random = new SplittableRandom(SEED);
      int overwrites = refs.size();
      for (int i = 0; i < overwrites; i++) {
        Ref<Item> ref = refs.get(random.nextInt(refs.size()));
        dataset.run(tx -> tx.update(ref, o -> new Item(o.number(), o.written() + 1, o.text())));
      }
      assertThat(dataset.stats().liveBytes()).isGreaterThanOrEqualTo(maxBytes * 85 / 100);
      long written =
          refs.stream().mapToLong(ref -> store.<Item>read(tx -> tx.get(ref)).written()).sum();
      assertThat(written).as("seed " + SEED).isEqualTo(overwrites);
      assertThat(store.check()).isEmpty();
      double moved =
          store.counters().get("relocatedBytes") / (double) (overwrites * (long) text.length());
      System.out.printf(
          "at 85 %% of a heap of %d chunks, %d overwrites: %.1f bytes moved for each written%n",
          store.heapUse().chunksAtMost(), overwrites, moved);
      // Uniform overwrites with so little room need some ten; a livelock would need any number.
      assertThat(moved).isLessThan(40);
    }
  }
}
