package io.hotpot.store;

import io.hotpot.store.LlplHeapFormat.Extent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The file of a pool as bytes: all that is read or written of it without native code. What native
 * code will trust is verified here first, since libpmemobj and LLPL follow damaged pointers and
 * take the JVM with them.
 *
 * <p>The allocator's metadata is <em>sealed</em> by a checksum whenever it is at rest. Before it
 * changes, its image is saved in the undo file and the seal is broken. A pool found with a broken
 * seal is taken back to the image: so libpmemobj's own recovery never has work, and every byte it
 * reads when it opens a pool has been verified.
 *
 * <p>Thread-safety: none; the heap serialises changes.
 */
final class PoolFile implements AutoCloseable {

  private static final long PAGE_BYTES = 4096;

  private final Path file;
  private final Path undo;
  private final FileChannel channel;
  private final long directory;
  private final long storeId;
  private PmemPoolFormat.Places places;

  /**
   * Opens and judges a pool.
   *
   * @throws NotAStore if it is not the pool of a store
   * @throws CorruptException if it is damaged
   */
  static PoolFile open(Path file, boolean readOnly) throws IOException {
    FileChannel channel =
        readOnly
            ? FileChannel.open(file, StandardOpenOption.READ)
            : FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean opened = false;
    try {
      PoolFile pool = new PoolFile(file, channel);
      opened = true;
      return pool;
    } finally {
      if (!opened) {
        channel.close();
      }
    }
  }

  private PoolFile(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.undo = file.resolveSibling(Heaps.UNDO_FILE);
    this.channel = channel;
    this.places = readPlaces();
    this.directory = findDirectory(file, channel, places);
    byte[] page = read(directory, LlplHeapFormat.REGISTERS_OFFSET);
    this.storeId = LlplHeapFormat.storeId(page, directory, file.toString());
  }

  private PmemPoolFormat.Places readPlaces() throws IOException {
    byte[] head = read(0, PmemPoolFormat.HEAD_BYTES);
    return PmemPoolFormat.check(head, channel.size(), file.toString());
  }

  /** Follows LLPL's root: a word that the application sets, then the version of LLPL's format. */
  private static long findDirectory(Path file, FileChannel channel, PmemPoolFormat.Places places)
      throws IOException {
    byte[] root = Bytes.read(channel, places.root(), 16);
    long handle = Bytes.getLong(root, 0);
    long version = Bytes.getLong(root, 8);
    if (version > LlplPool.NEWEST_HEAP_VERSION && version < 100_000) {
      throw new FormatTooNew(
          file
              + " was written by a newer LLPL, of heap version "
              + version
              + ", this library reads up to "
              + LlplPool.NEWEST_HEAP_VERSION);
    }
    if (version < LlplPool.OLDEST_HEAP_VERSION || version > LlplPool.NEWEST_HEAP_VERSION) {
      throw new CorruptException(
          "the root of the pool " + file + " is damaged; restore the store from a backup");
    }
    if (handle == 0) {
      throw new NotAStore(
          file + " is an LLPL heap without a root, not one of Hotpot; nothing was changed");
    }
    if (handle < places.zone(0) + PmemPoolFormat.ZONE_HEAD_BYTES
        || handle > places.end() - LlplHeapFormat.DIRECTORY_BYTES - LlplHeapFormat.ALIGNMENT) {
      throw new CorruptException(
          "the root of the pool "
              + file
              + " points outside of it, to "
              + handle
              + "; restore the store from a backup");
    }
    return LlplHeapFormat.aligned(handle);
  }

  /** Writes what the directory of a new pool holds, and seals it. */
  static void initialise(Path file, long handle, long storeId, int libraryHash) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long directory = LlplHeapFormat.aligned(handle);
      byte[] block = LlplHeapFormat.superblock(storeId, directory);
      Bytes.write(channel, block, directory);
      Bytes.write(channel, block, directory + LlplHeapFormat.COPY_OFFSET);
      PoolFile pool = new PoolFile(file, channel);
      pool.seal(libraryHash);
    }
  }

  Path file() {
    return file;
  }

  FileChannel channel() {
    return channel;
  }

  long storeId() {
    return storeId;
  }

  /** Offset of the directory in the file. */
  long directory() {
    return directory;
  }

  /** Bytes of the file that belong to the pool. */
  long poolBytes() {
    return places.end();
  }

  long seal() throws IOException {
    return Bytes.getLong(read(directory + LlplHeapFormat.SEAL_OFFSET, Long.BYTES), 0);
  }

  /**
   * Reads the table of extents. While the seal is broken, a last entry that is only half there is
   * ignored: nothing can have been put into it yet.
   *
   * @throws CorruptException if an entry is damaged
   */
  List<Extent> extents() throws IOException {
    byte[] table =
        read(
            directory + LlplHeapFormat.EXTENTS_OFFSET,
            LlplHeapFormat.MAX_EXTENTS * LlplHeapFormat.EXTENT_BYTES);
    boolean sealed = LlplHeapFormat.isSealed(seal());
    List<Extent> extents = new ArrayList<>();
    long end = directory + LlplHeapFormat.DIRECTORY_BYTES;
    for (int i = 0; i < LlplHeapFormat.MAX_EXTENTS; i++) {
      long offset = Bytes.getLong(table, i * LlplHeapFormat.EXTENT_BYTES);
      long word = Bytes.getLong(table, i * LlplHeapFormat.EXTENT_BYTES + Long.BYTES);
      if (offset == 0 && word == 0) {
        break;
      }
      Extent extent = new Extent(offset, (int) word);
      boolean sound =
          word == LlplHeapFormat.extentWord(storeId, i, extent)
              && offset >= end
              && extent.chunks() > 0
              && extent.end() <= places.end();
      if (!sound) {
        if (!sealed) {
          break;
        }
        throw new CorruptException(
            "entry "
                + i
                + " of the table of chunks in "
                + file
                + " is damaged; restore the store from a backup");
      }
      extents.add(extent);
      end = extent.end();
    }
    return extents;
  }

  // ---- the seal

  /**
   * Takes back what a crash cut short, then verifies the allocator's metadata. After this native
   * code may open the pool.
   *
   * @throws CorruptException if the metadata is damaged
   */
  void verify() throws IOException {
    long seal = seal();
    if (!LlplHeapFormat.isSealed(seal)) {
      writeSeal(PoolUndo.restore(undo, channel, storeId, seal, file));
      places = readPlaces();
    }
    int actual = metadata().checksum(channel);
    int expected = LlplHeapFormat.sealChecksum(seal());
    if (actual != expected) {
      throw new CorruptException(
          "the allocator's metadata in "
              + file
              + " is damaged - expected checksum="
              + Integer.toHexString(expected)
              + ", actual="
              + Integer.toHexString(actual)
              + "; it was not given to native code; the objects can still be read: open the store read-only, or"
              + " restore it from a backup");
    }
  }

  /** Saves the metadata and breaks the seal, durably; then native code may change it. */
  void unseal() throws IOException {
    writeSeal(PoolUndo.save(undo, channel, metadata(), storeId, seal()));
  }

  /** Makes what native code has changed durable, and seals it. */
  void seal(int libraryHash) throws IOException {
    channel.force(true);
    places = readPlaces();
    writeSeal(LlplHeapFormat.seal(metadata().checksum(channel), libraryHash));
  }

  private void writeSeal(long seal) throws IOException {
    byte[] word = new byte[Long.BYTES];
    Bytes.putLong(word, 0, seal);
    channel.force(false);
    Bytes.write(channel, word, directory + LlplHeapFormat.SEAL_OFFSET);
    channel.force(false);
  }

  private PoolMetadata metadata() {
    return new PoolMetadata(places, directory);
  }

  // ---- growing

  /**
   * Lengthens the pool while native code has it closed and the seal is broken: the file becomes
   * longer without taking room on the medium, and libpmemobj finds that its pool was extended.
   */
  void lengthen(long bytes) throws IOException {
    if (channel.size() < bytes) {
      Bytes.write(channel, new byte[1], bytes - 1);
    }
    byte[] word = new byte[Long.BYTES];
    Bytes.putLong(word, 0, bytes - places.heap());
    Bytes.write(channel, word, PmemPoolFormat.HEAP_BYTES_OFFSET);
    places = readPlaces();
    for (int i = 0; i < places.zones(); i++) {
      long zone = places.zone(i);
      allocate(zone, Math.min(places.end(), zone + PmemPoolFormat.ZONE_HEAD_BYTES));
    }
    channel.force(true);
  }

  /**
   * Has the medium allocate the place where the allocator will put the next block, so that a full
   * medium is an exception here instead of a bus error in native code.
   *
   * @param end of the extent that lies furthest back
   */
  void prepare(long end, long blockBytes) throws IOException {
    // Behind the block the allocator writes a note into what stays free.
    long needed = blockBytes + (1 << 20);
    allocateFree(end, end + needed);
    for (int i = 1; i < places.zones(); i++) {
      long zone = places.zone(i);
      if (zone > end && zone <= end + needed) {
        allocateFree(
            zone + PmemPoolFormat.ZONE_HEAD_BYTES, zone + PmemPoolFormat.ZONE_HEAD_BYTES + needed);
      }
    }
  }

  /**
   * Writes zeros into free memory, page by page: of longer writes, and of reads, Linux makes larger
   * units of its page cache, and then writes a whole unit for every commit that touches it. What
   * the allocator may have noted at the start of a unit of its own stays as it is.
   */
  private void allocateFree(long from, long to) throws IOException {
    byte[] zeros = new byte[(int) PAGE_BYTES];
    List<Long> noted = new ArrayList<>();
    long end = Math.min(places.end(), to);
    for (long page = from + PAGE_BYTES - 1 & -PAGE_BYTES;
        page < end - PAGE_BYTES;
        page += PAGE_BYTES) {
      if (places.holdsUnitStart(page, PAGE_BYTES)) {
        noted.add(page);
      } else {
        Bytes.write(channel, zeros, page);
      }
    }
    for (long page : noted) {
      allocate(page, page + PAGE_BYTES);
    }
  }

  /** Writes what is there anyhow, since that allocates holes. */
  private void allocate(long from, long to) throws IOException {
    for (long offset = from; offset < to; offset += PAGE_BYTES) {
      Bytes.write(channel, read(offset, (int) Math.min(PAGE_BYTES, to - offset)), offset);
    }
  }

  private byte[] read(long offset, int lengthBytes) throws IOException {
    return Bytes.read(channel, offset, lengthBytes);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + file, e);
    }
  }
}
