package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damages a pool everywhere but in its chunks. It must be refused before native code sees it: if
 * libpmemobj ever followed a damaged pointer, this test's JVM would be gone.
 */
@Timeout(300)
class LlplDamageTest {

  private static final long SEED = Long.getLong("hotpot.seed", System.nanoTime());
  private static final long MAX_BYTES = 64L << 20;
  private static final int CHUNKS = 3;

  @TempDir Path directory;
  private Path file;

  /** What the file held when it was whole, up to the first chunk. */
  private byte[] whole;

  private long length;
  private int directoryOffset;

  @BeforeEach
  void create() throws IOException {
    LlplAssumption.assumeUsable();
    file = directory.resolve(Heaps.LLPL_FILE);
    LlplHeap.create(file);
    try (Heap heap = open(false)) {
      for (int i = 0; i < CHUNKS; i++) {
        heap.grow();
        heap.label(i, 100 + i);
        heap.chunk(i).put(0, new byte[] {(byte) (i + 1)}, 0, 1);
      }
    }
    length = Files.size(file);
    try (PoolFile pool = PoolFile.open(file, true)) {
      directoryOffset = Math.toIntExact(pool.directory());
    }
    try (FileChannel channel = FileChannel.open(file)) {
      whole = Bytes.read(channel, 0, directoryOffset + LlplHeapFormat.DIRECTORY_BYTES);
    }
  }

  private Heap open(boolean readOnly) {
    return LlplHeap.open(file, MAX_BYTES, readOnly, "test");
  }

  private void overwrite(long offset, byte... bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      Bytes.write(channel, bytes, offset);
    }
  }

  private void cut(long to) throws IOException {
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(to);
    }
  }

  /** Whole again, apart from the bytes that opening changes. */
  private void mend() throws IOException {
    cut(length);
    overwrite(0, whole);
  }

  private void assertRefused(Class<? extends HotpotException> type, String what) {
    for (boolean readOnly : new boolean[] {true, false}) {
      assertThatThrownBy(() -> open(readOnly).close())
          .isInstanceOf(type)
          .hasMessageContaining(file.toString())
          .hasMessageContaining(what);
    }
  }

  private void assertWhole(String where) {
    try (Heap heap = open(false)) {
      assertThat(heap.chunks()).as(where).isGreaterThanOrEqualTo(CHUNKS);
      for (int i = 0; i < CHUNKS; i++) {
        assertThat(heap.label(i)).as(where).isEqualTo(100 + i);
        assertThat(heap.chunk(i).getLong(0)).as(where).isEqualTo(i + 1);
      }
    }
  }

  @Test
  void anEmptyFileIsNotAStore() throws IOException {
    cut(0);
    assertRefused(NotAStore.class, "is empty");
  }

  @Test
  void aForeignFileIsNotAStore() throws IOException {
    Files.writeString(file, "SQLite format 3\0 and so on");
    assertRefused(NotAStore.class, "is not a Hotpot heap");
    Files.writeString(file, "PMEMPOOLSET\n100M /mnt/pool\n");
    assertRefused(NotAStore.class, "is a pool set, but not of the form");
    Files.writeString(file, "PMEMBLK\0 and so on");
    assertRefused(NotAStore.class, "not one of libpmemobj in one file");
  }

  @Test
  void aPoolOfAnotherApplicationIsNotAStore() throws IOException {
    byte[] name = "other_app".getBytes(StandardCharsets.ISO_8859_1);
    overwrite(4096, name);
    mendDescriptorChecksum();
    assertRefused(NotAStore.class, "layout \"other_app\"");
  }

  @Test
  void anLlplHeapOfAnotherApplicationIsNotAStore() throws IOException {
    overwrite(directoryOffset, new byte[LlplHeapFormat.REGISTERS_OFFSET]);
    assertRefused(NotAStore.class, "not one of Hotpot");
    overwrite(root(), new byte[8]);
    assertRefused(NotAStore.class, "without a root");
  }

  private long root() {
    return Bytes.getLong(whole, 6144);
  }

  private void mendDescriptorChecksum() throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      byte[] head = Bytes.read(channel, 0, PmemPoolFormat.HEAD_BYTES);
      Bytes.putLong(head, 6136, PmemPoolFormat.fletcher64(head, 4096, 6144, 6136, 6144));
      Bytes.write(channel, head, 0);
    }
  }

  private void mendHeaderChecksum() throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      byte[] head = Bytes.read(channel, 0, PmemPoolFormat.HEAD_BYTES);
      Bytes.putLong(head, 4088, PmemPoolFormat.fletcher64(head, 0, 4096, 2048, 4096));
      Bytes.write(channel, head, 0);
    }
  }

  @Test
  void aNewerOrOlderFormatIsRefusedAsThat() throws IOException {
    overwrite(8, (byte) 7);
    assertRefused(CorruptException.class, "header");
    mendHeaderChecksum();
    assertRefused(FormatTooNew.class, "pool format 7");
    overwrite(8, (byte) 5);
    mendHeaderChecksum();
    assertRefused(FormatTooOld.class, "pool format 5");
    overwrite(8, (byte) 6);
    overwrite(16, (byte) 0x46);
    mendHeaderChecksum();
    assertRefused(FormatTooNew.class, "features 40");
    mend();
    byte[] version = new byte[8];
    Bytes.putLong(version, 0, LlplPool.NEWEST_HEAP_VERSION + 10);
    overwrite(root() + 8, version);
    assertRefused(FormatTooNew.class, "newer LLPL");
    mend();
    byte[] block = LlplHeapFormat.superblock(1, directoryOffset);
    Bytes.putInt(block, 8, LlplHeapFormat.VERSION + 1);
    Bytes.putInt(block, 12, LlplHeapFormat.checksum(block, 0, block.length));
    overwrite(directoryOffset, block);
    assertRefused(FormatTooNew.class, "heap format 2");
  }

  @Test
  void aTruncatedFileIsRefused() throws IOException {
    for (long to :
        new long[] {
          1, 7, 8, 4095, 4096, 8191, 8192, 1 << 20, 8 << 20, directoryOffset, length / 2, length - 1
        }) {
      cut(to);
      assertRefused(to < 7 ? NotAStore.class : CorruptException.class, "");
      mend();
    }
  }

  @Test
  void damagedMetadataIsReadableButNotGivenToNativeCode() throws IOException {
    // The capacity of the first lane's log: libpmemobj would believe it.
    overwrite(8192 + 16, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF);
    assertThatThrownBy(() -> open(false).close())
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("allocator's metadata")
        .hasMessageContaining("open the store read-only");
    try (Heap heap = open(true)) {
      assertThat(heap.chunk(1).getLong(0)).isEqualTo(2);
    }
  }

  @Test
  void anyDamageIsRefusedOrHarmless() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    // Places that native code reads, and places near the ends of what is checked.
    List<Long> places = new ArrayList<>();
    for (long around :
        new long[] {0, 4096, 6144, 8192, 3153920, 3154944, root(), directoryOffset}) {
      for (int i = 0; i < 30; i++) {
        places.add(Math.max(0, around - 64) + random.nextInt(256));
      }
    }
    for (int i = 0; i < 8192; i += 64) {
      places.add((long) i + random.nextInt(64));
    }
    for (int i = 0; i < 200; i++) {
      places.add(random.nextLong(directoryOffset + LlplHeapFormat.REGISTERS_OFFSET));
    }
    int refused = 0;
    for (long place : places) {
      String where = "byte " + place + ", seed " + SEED;
      byte[] noise = new byte[1 + random.nextInt(16)];
      random.nextBytes(noise);
      overwrite(place, noise);
      try {
        assertWhole(where);
      } catch (HotpotException e) {
        assertThat(e).as(where).hasMessageContaining(file.toString());
        refused++;
      }
      mend();
    }
    assertThat(refused).isBetween(places.size() / 2, places.size() - 10);
  }

  @Test
  void aBrokenExtentIsRefused() throws IOException {
    overwrite(directoryOffset + LlplHeapFormat.EXTENTS_OFFSET + 2, (byte) 0x55);
    assertRefused(CorruptException.class, "");
    assertThatThrownBy(() -> open(true).close()).hasMessageContaining("entry 0");
  }

  // ---- a crash in the middle of growing

  /** Grows as LlplHeap does, up to a step, and leaves the file as a crash at that step would. */
  private void growUpTo(int step) throws IOException {
    try (PoolFile pool = PoolFile.open(file, false)) {
      pool.verify();
      List<LlplHeapFormat.Extent> extents = pool.extents();
      pool.prepare(extents.getLast().end(), Heap.CHUNK_BYTES + 4096);
      pool.unseal();
      if (step > 0) {
        try (LlplPool llpl = LlplPool.open(file)) {
          llpl.allocate(extents.size(), 1, pool.storeId());
        }
      }
      if (step > 1) {
        // A torn page of the allocator's log, as a power loss leaves it.
        overwrite(8192 + 20, (byte) 0x77, (byte) 0x77, (byte) 0x77);
      }
    }
  }

  @Test
  void growthThatACrashCutShortIsTakenBack() throws IOException {
    for (int step = 0; step <= 2; step++) {
      growUpTo(step);
      try (Heap heap = open(true)) {
        assertThat(heap.chunk(2).getLong(0)).isEqualTo(3);
      }
      try (Heap heap = open(false)) {
        assertThat(heap.chunks()).isEqualTo(CHUNKS);
      }
      assertWhole("after step " + step);
    }
    try (Heap heap = open(false)) {
      for (int i = CHUNKS; i < 16; i++) {
        assertThat(heap.grow()).isEqualTo(i);
        assertThat(heap.chunk(i).firstNonZero(0, Heap.CHUNK_BYTES)).isEqualTo(Heap.CHUNK_BYTES);
      }
    }
    assertWhole("grown again");
  }

  @Test
  void withoutASoundImageABrokenSealIsRefused() throws IOException {
    Path undo = directory.resolve(Heaps.UNDO_FILE);
    growUpTo(1);
    byte[] image = Files.readAllBytes(undo);
    Files.delete(undo);
    assertUndoIsRefused("missing");
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 30; i++) {
      byte[] damaged = image.clone();
      damaged[random.nextInt(i < 10 ? 64 : image.length)] ^= 1;
      Files.write(undo, damaged);
      assertUndoIsRefused("damaged");
      Files.write(undo, java.util.Arrays.copyOf(image, random.nextInt(1, image.length)));
      assertUndoIsRefused("damaged");
    }
    Files.write(undo, image);
    assertWhole("with its image");
  }

  private void assertUndoIsRefused(String what) {
    assertThatThrownBy(() -> open(false).close())
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("heap.pool.undo")
        .hasMessageContaining(what);
  }

  @Test
  void anImageOfAnEarlierChangeDoesNotCount() throws IOException {
    growUpTo(1);
    assertWhole("taken back");
    byte[] image = Files.readAllBytes(directory.resolve(Heaps.UNDO_FILE));
    try (Heap heap = open(false)) {
      heap.grow();
      heap.label(CHUNKS, 7);
    }
    Files.write(directory.resolve(Heaps.UNDO_FILE), image);
    try (Heap heap = open(false)) {
      assertThat(heap.label(CHUNKS)).isEqualTo(7);
    }
  }

  @Test
  void aDamagedSealDoesNotBringBackAnEarlierImage() throws IOException {
    long at = directoryOffset + LlplHeapFormat.SEAL_OFFSET;
    byte[] seal = java.util.Arrays.copyOfRange(whole, (int) at, (int) at + 8);
    for (int bit = 0; bit < 64; bit++) {
      byte[] flipped = seal.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      overwrite(at, flipped);
      try {
        assertWhole("bit " + bit);
        assertThat(bit).as("the hash of libpmemobj's version does no harm").isBetween(32, 62);
      } catch (CorruptException e) {
        assertThat(bit).as("%s", e).isNotIn(32, 62);
      }
      mend();
    }
  }
}
