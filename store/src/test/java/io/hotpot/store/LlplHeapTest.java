package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The heap on LLPL by itself: what it keeps, how it grows, what it says of itself. */
@Timeout(120)
class LlplHeapTest {

  private static final long MAX_BYTES = 64L << 20;

  @TempDir Path directory;
  private Path file;
  private final List<Heap> opened = new ArrayList<>();

  @BeforeEach
  void create() {
    LlplAssumption.assumeUsable();
    file = directory.resolve(Heaps.LLPL_FILE);
    LlplHeap.create(file);
  }

  @AfterEach
  void closeAll() {
    opened.forEach(Heap::close);
  }

  private Heap open(long maxBytes, boolean readOnly) {
    Heap heap = LlplHeap.open(file, maxBytes, readOnly, "test");
    opened.add(heap);
    return heap;
  }

  private static void put(Heap heap, int chunk, int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    heap.chunk(chunk).put(offset, bytes, 0, bytes.length);
    heap.flush(chunk, offset, bytes.length);
  }

  private static String get(Heap heap, int chunk, int offset, int length) {
    byte[] bytes = new byte[length];
    heap.chunk(chunk).get(offset, bytes, 0, length);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void chunksLabelsAndRegistersAreThereAfterReopening() {
    Heap heap = open(MAX_BYTES, false);
    long id = heap.storeId();
    assertThat(heap.chunks()).isZero();
    for (int i = 0; i < 10; i++) {
      assertThat(heap.grow()).isEqualTo(i);
      assertThat(heap.label(i)).isZero();
      assertThat(heap.chunk(i).firstNonZero(0, Heap.CHUNK_BYTES)).isEqualTo(Heap.CHUNK_BYTES);
      put(heap, i, 0, "first " + i);
      put(heap, i, Heap.CHUNK_BYTES - 10, "last " + i);
      heap.label(i, 1000 + i);
    }
    heap.register(7, 42);
    heap.drain();
    heap.close();

    for (boolean readOnly : new boolean[] {true, false}) {
      Heap again = open(MAX_BYTES, readOnly);
      assertThat(again.storeId()).isEqualTo(id);
      assertThat(again.register(7)).isEqualTo(42);
      assertThat(again.chunks()).isGreaterThanOrEqualTo(10);
      for (int i = 0; i < 10; i++) {
        assertThat(get(again, i, 0, 7)).isEqualTo("first " + i);
        assertThat(get(again, i, Heap.CHUNK_BYTES - 10, 6)).isEqualTo("last " + i);
        assertThat(again.label(i)).isEqualTo(1000 + i);
      }
      again.close();
    }
  }

  @Test
  void growsToItsMaximumAndBeyondItWhenOpenedWithALargerOne() {
    Heap heap = open(MAX_BYTES, false);
    for (int i = 0; i < 16; i++) {
      heap.grow();
      heap.label(i, i + 1);
    }
    assertThat(heap.maxChunks()).isEqualTo(16);
    assertThatThrownBy(heap::grow).isInstanceOf(HeapFull.class).hasMessageContaining("16 chunks");
    heap.close();

    Heap larger = open(2 * MAX_BYTES, false);
    assertThat(larger.chunks()).isEqualTo(16);
    for (int i = 16; i < 32; i++) {
      assertThat(larger.grow()).isEqualTo(i);
      put(larger, i, 0, "more");
    }
    for (int i = 0; i < 16; i++) {
      assertThat(larger.label(i)).isEqualTo(i + 1);
    }
    larger.close();
    assertThat(open(MAX_BYTES, false).maxChunks()).as("never less than there are").isEqualTo(32);
  }

  @Test
  void takesRoomOnTheMediumOnlyAsItGrows() throws Exception {
    Heap heap = open(64L << 30, false);
    assertThat(Files.size(file)).isGreaterThan(64L << 30);
    assertThat(usedKib()).isLessThan(24 << 10);
    for (int i = 0; i < 8; i++) {
      heap.grow();
    }
    assertThat(usedKib()).isBetween(8 * 4 << 10, 64 << 10);
  }

  private int usedKib() throws IOException, InterruptedException {
    Process du = new ProcessBuilder("du", "-k", file.toString()).start();
    String output = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(du.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return Integer.parseInt(output.split("\t")[0]);
  }

  @Test
  void growsForAVirtualThread() throws InterruptedException {
    Heap heap = open(MAX_BYTES, false);
    Thread.ofVirtual().start(heap::grow).join();
    assertThat(heap.chunks()).isEqualTo(1);
  }

  @Test
  void aClosedHeapIsAnExceptionNotACrash() {
    Heap heap = open(MAX_BYTES, false);
    heap.grow();
    ChunkMemory memory = heap.chunk(0);
    heap.close();
    heap.close();
    assertThatThrownBy(() -> memory.getLong(0)).isInstanceOf(StoreClosed.class);
    assertThatThrownBy(() -> memory.put(0, new byte[8], 0, 8)).isInstanceOf(StoreClosed.class);
    assertThatThrownBy(() -> heap.label(0)).isInstanceOf(StoreClosed.class);
    assertThatThrownBy(() -> heap.label(0, 1)).isInstanceOf(StoreClosed.class);
    assertThatThrownBy(heap::grow).isInstanceOf(StoreClosed.class);
    assertThatThrownBy(heap::drain).isInstanceOf(StoreClosed.class);
  }

  @Test
  void aHeapThatIsOnlyLookedAtCannotBeChanged() throws IOException {
    Heap writer = open(MAX_BYTES, false);
    writer.grow();
    writer.close();
    byte[] before = Files.readAllBytes(file);
    Heap heap = open(MAX_BYTES, true);
    assertThatThrownBy(heap::grow).isInstanceOf(MisuseException.class);
    assertThatThrownBy(() -> heap.label(0, 1)).isInstanceOf(MisuseException.class);
    heap.close();
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void saysWhatItIsAndClaimsNoMoreThanTheMediumGives() throws IOException {
    HeapInfo info = open(MAX_BYTES, false).info();
    assertThat(info.kind()).isEqualTo("llpl");
    assertThat(info.location()).isEqualTo(file.toString());
    assertThat(info.reason()).isEqualTo("test");
    if (Medium.type(file).equals("tmpfs")) {
      assertThat(info.durability()).isEqualTo(Durability.PROCESS);
    } else {
      assertThat(info.durability()).isEqualTo(Durability.POWER);
      assertThat(info.mechanism()).isNotEmpty();
    }
  }

  @Test
  void inMemoryItSurvivesOnlyTheProcess() throws IOException {
    Path shared = Path.of("/dev/shm");
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Files.isDirectory(shared) && Medium.type(shared).equals("tmpfs"), "no tmpfs at " + shared);
    Path there = Files.createTempDirectory(shared, "hotpot");
    try {
      LlplHeap.create(there.resolve(Heaps.LLPL_FILE));
      try (Heap heap = LlplHeap.open(there.resolve(Heaps.LLPL_FILE), MAX_BYTES, false, "test")) {
        assertThat(heap.info().durability()).isEqualTo(Durability.PROCESS);
        assertThat(heap.info().mechanism()).contains("tmpfs is memory");
      }
    } finally {
      for (String name : List.of(Heaps.LLPL_FILE, Heaps.UNDO_FILE, StoreHolder.FILE)) {
        Files.deleteIfExists(there.resolve(name));
      }
      Files.delete(there);
    }
  }

  @Test
  void flushesCachesWhereTheMediumIsPersistentMemory() {
    Heap heap = LlplHeap.open(file, MAX_BYTES, false, "test", Medium.PERSISTENT_MEMORY);
    opened.add(heap);
    assertThat(heap.info().mechanism()).contains("CPU cache flush");
    heap.grow();
    put(heap, 0, 100, "flushed");
    heap.drain();
    heap.label(0, 5);
    heap.close();
    assertThatThrownBy(() -> heap.flush(0, 0, 64)).isInstanceOf(StoreClosed.class);
    Heap again = open(MAX_BYTES, false);
    assertThat(get(again, 0, 100, 7)).isEqualTo("flushed");
    assertThat(again.label(0)).isEqualTo(5);
  }
}
