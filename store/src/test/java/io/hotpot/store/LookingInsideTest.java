package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.HotpotOptions.HeapKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What tools ask of a store: outlines, progress, counters, who holds it. */
@Timeout(60)
class LookingInsideTest {

  private static final HotpotOptions OPTIONS =
      HotpotOptions.defaults().withHeap(HeapKind.MAPPED).withMaxBytes(64L << 20);

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(
      value = HeapKind.class,
      names = {"LLPL", "MAPPED"})
  void theOutlineOfAStoreInUseCountsItsChunks(HeapKind kind) {
    LlplAssumption.assumeUsable(kind);
    try (Hotpot hotpot = Hotpot.open(directory.resolve("s"), OPTIONS.withHeap(kind))) {
      Dataset dataset = hotpot.dataset("d");
      dataset.run(tx -> tx.allocate("text"));
      StoreOutline outline = Hotpot.outline(directory.resolve("s"));
      assertThat(outline.kind()).isEqualTo(kind.text());
      assertThat(outline.clean()).isFalse();
      assertThat(outline.openings()).isEqualTo(1);
      assertThat(outline.chunks()).isGreaterThanOrEqualTo(2);
      assertThat(outline.chunksByPartition())
          .containsKeys(Catalog.PARTITION, dataset.stats().partition());
    }
    assertThat(Hotpot.outline(directory.resolve("s")).clean()).isTrue();
    assertThatThrownBy(() -> Hotpot.outline(directory)).isInstanceOf(NotAStore.class);
  }

  @Test
  void progressEndsWithAllOfIt() {
    try (Hotpot hotpot = Hotpot.open(directory.resolve("s"), OPTIONS)) {
      hotpot.dataset("a").run(tx -> tx.allocate("text"));
      hotpot.dataset("b").run(tx -> tx.allocate("text"));
      List<Long> done = new ArrayList<>();
      List<Long> total = new ArrayList<>();
      Progress progress =
          (d, t) -> {
            done.add(d);
            total.add(t);
          };
      hotpot.check(progress);
      assertThat(done).hasSize(3).isSorted();
      assertThat(done.getLast()).isEqualTo(total.getLast());
      hotpot.backup(directory.resolve("copy"), progress);
      assertThat(done).hasSize(6);
      assertThat(done.getLast()).isEqualTo(total.getLast());
      hotpot.compact(progress);
      assertThat(done.getLast()).isEqualTo(total.getLast());
    }
  }

  @Test
  void aBackupThatProgressStopsIsNotWhole() {
    Path copy = directory.resolve("copy");
    try (Hotpot hotpot = Hotpot.open(directory.resolve("s"), OPTIONS)) {
      hotpot.dataset("a").run(tx -> tx.allocate("text"));
      Progress stop =
          (done, total) -> {
            throw new IllegalStateException("stop");
          };
      assertThatThrownBy(() -> hotpot.backup(copy, stop)).hasMessage("stop");
      assertThatThrownBy(() -> Hotpot.open(copy, OPTIONS))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("cut short");
      assertThat(hotpot.backup(copy)).isPositive();
    }
    try (Hotpot hotpot = Hotpot.open(copy, OPTIONS)) {
      assertThat(hotpot.dataset("a").stats().objects()).isEqualTo(1);
    }
  }

  @Test
  void severalDatasetsAreRenamedAllOrNone() {
    try (Hotpot hotpot = Hotpot.open(directory.resolve("s"), OPTIONS)) {
      hotpot.dataset("a").root("r", () -> "one");
      hotpot.dataset("b");
      hotpot.dataset("taken");
      assertThatThrownBy(() -> hotpot.rename(Map.of("a", "x", "b", "taken")))
          .isInstanceOf(MisuseException.class);
      assertThatThrownBy(() -> hotpot.rename(Map.of("a", "x", "b", "x")))
          .isInstanceOf(MisuseException.class);
      assertThat(hotpot.datasets()).map(Dataset::name).containsExactly("a", "b", "taken");
      hotpot.rename(Map.of("a", "x", "b", "y"));
      hotpot.rename(Map.of());
    }
    try (Hotpot hotpot = Hotpot.open(directory.resolve("s"), OPTIONS)) {
      assertThat(hotpot.datasets()).map(Dataset::name).containsExactly("taken", "x", "y");
      String value = hotpot.dataset("x").read(tx -> tx.get(tx.<String>root("r").orElseThrow()));
      assertThat(value).isEqualTo("one");
    }
  }

  @Test
  void theListOfRootsIsNoObject() {
    try (Hotpot hotpot = Hotpot.open(directory.resolve("s"), OPTIONS)) {
      Dataset dataset = hotpot.dataset("d");
      dataset.root("r", () -> "text");
      Ref<Object> roots =
          Ref.fromId(ObjectId.pack(dataset.stats().partition(), 0, Partition.ROOTS_SLOT));
      assertThatThrownBy(() -> hotpot.read(tx -> tx.get(roots))).isInstanceOf(ObjectNotFound.class);
      assertThatThrownBy(() -> hotpot.run(tx -> tx.put(roots, "other")))
          .isInstanceOf(ObjectNotFound.class);
      assertThatThrownBy(() -> hotpot.run(tx -> tx.delete(roots)))
          .isInstanceOf(ObjectNotFound.class);
      boolean present = dataset.read(tx -> tx.<String>root("r").isPresent());
      assertThat(present).isTrue();
    }
  }

  @Test
  void chunkUseAddsUpToWhatTheDatasetsHold() {
    try (Hotpot hotpot = Hotpot.open(directory.resolve("s"), OPTIONS)) {
      Dataset dataset = hotpot.dataset("d");
      for (int i = 0; i < 10; i++) {
        dataset.run(tx -> tx.allocate(new byte[1 << 20]));
      }
      long live =
          hotpot.chunkUse().stream()
              .filter(use -> use.partition() == dataset.stats().partition())
              .mapToLong(ChunkUse::liveBytes)
              .sum();
      assertThat(live).isEqualTo(dataset.stats().liveBytes()).isGreaterThan(10 << 20);
    }
  }

  @Test
  void theCountersTellReadsThatTheCacheAnswered() {
    try (Hotpot hotpot = Hotpot.open(directory.resolve("s"), OPTIONS)) {
      Dataset dataset = hotpot.dataset("d");
      Ref<String> ref = dataset.transact(tx -> tx.allocate("text"));
      for (int i = 0; i < 10; i++) {
        dataset.read(tx -> tx.get(ref));
      }
      assertThat(hotpot.counters())
          .containsEntry("objectReads", 10L)
          .containsEntry("cacheMisses", 1L)
          .containsEntry("cacheHits", 9L)
          .containsEntry("openedAfterCrash", 0L);
    }
  }
}
