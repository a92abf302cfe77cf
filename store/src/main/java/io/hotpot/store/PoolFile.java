package io.hotpot.store;

import io.hotpot.store.LlplHeapFormat.Extent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The file of a pool, or the device that it has to itself, as bytes: all that is read or written of
 * it without native code. What native code will trust is verified here first, since libpmemobj and
 * LLPL follow damaged pointers and take the JVM with them.
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

  /** What native code opens: the file, or the device. */
  private final Path place;

  /** For messages. */
  private final String name;

  private final Path undo;
  private final PoolBytes bytes;
  private final long directory;
  private final long storeId;
  private PmemPoolFormat.Places places;

  /**
   * Opens and judges a pool.
   *
   * @throws NotAStore if it is not the pool of a store
   * @throws CorruptException if it is damaged
   * @throws StoreLocked if it is on a device that another store has open
   */
  static PoolFile open(Path file, boolean readOnly) throws IOException {
    return open(file, readOnly, true);
  }

  /** Opens a pool to read it while another process may write to it. */
  static PoolFile look(Path file) throws IOException {
    return open(file, true, false);
  }

  private static PoolFile open(Path file, boolean readOnly, boolean locks) throws IOException {
    Optional<PoolSet> set = PoolSet.read(file);
    if (set.isEmpty()) {
      return judge(file, file, file.toString(), FileBytes.open(file, readOnly));
    }
    DaxDevice device = DaxDevice.find(set.get().device(), "the device of the store in " + file);
    String name = file + " on " + device.path();
    PoolFile pool =
        judge(
            file,
            device.path(),
            name,
            locks ? DeviceBytes.open(device, readOnly) : DeviceBytes.look(device));
    OptionalLong expected = set.get().storeId();
    if (expected.isPresent() && expected.getAsLong() != pool.storeId) {
      pool.close();
      throw new NotAStore(
          device.path()
              + " holds store "
              + Long.toHexString(pool.storeId)
              + ", "
              + file
              + " is that of store "
              + Long.toHexString(expected.getAsLong())
              + "; devices may have been numbered anew: put the right one's path into "
              + file
              + "; nothing was changed");
    }
    return pool;
  }

  /** Closes the bytes if they are no pool of a store. */
  private static PoolFile judge(Path file, Path place, String name, PoolBytes bytes)
      throws IOException {
    boolean opened = false;
    try {
      PoolFile pool = new PoolFile(file, place, name, bytes);
      opened = true;
      return pool;
    } finally {
      if (!opened) {
        bytes.close();
      }
    }
  }

  private PoolFile(Path file, Path place, String name, PoolBytes bytes) throws IOException {
    this.place = place;
    this.name = name;
    this.undo = file.resolveSibling(Heaps.UNDO_FILE);
    this.bytes = bytes;
    this.places = readPlaces();
    this.directory = findDirectory(name, bytes, places);
    byte[] page = read(directory, LlplHeapFormat.REGISTERS_OFFSET);
    this.storeId = LlplHeapFormat.storeId(page, directory, name);
  }

  private PmemPoolFormat.Places readPlaces() throws IOException {
    byte[] head = read(0, PmemPoolFormat.HEAD_BYTES);
    return PmemPoolFormat.check(head, bytes.size(), name);
  }

  /** Follows LLPL's root: a word that the application sets, then the version of LLPL's format. */
  private static long findDirectory(String name, PoolBytes bytes, PmemPoolFormat.Places places)
      throws IOException {
    byte[] root = bytes.read(places.root(), 16);
    long handle = Bytes.getLong(root, 0);
    long version = Bytes.getLong(root, 8);
    if (version > LlplPool.NEWEST_HEAP_VERSION && version < 100_000) {
      throw new FormatTooNew(
          name
              + " was written by a newer LLPL, of heap version "
              + version
              + ", this library reads up to "
              + LlplPool.NEWEST_HEAP_VERSION);
    }
    if (version < LlplPool.OLDEST_HEAP_VERSION || version > LlplPool.NEWEST_HEAP_VERSION) {
      throw new CorruptException(
          "the root of the pool " + name + " is damaged; restore the store from a backup");
    }
    if (handle == 0) {
      throw new NotAStore(
          name + " is an LLPL heap without a root, not one of Hotpot; nothing was changed");
    }
    if (handle < places.zone(0) + PmemPoolFormat.ZONE_HEAD_BYTES
        || handle > places.end() - LlplHeapFormat.DIRECTORY_BYTES - LlplHeapFormat.ALIGNMENT) {
      throw new CorruptException(
          "the root of the pool "
              + name
              + " points outside of it, to "
              + handle
              + "; restore the store from a backup");
    }
    return LlplHeapFormat.aligned(handle);
  }

  /** Writes what the directory of a new pool holds, and seals it. */
  static void initialise(Path file, long handle, long storeId, int libraryHash) throws IOException {
    try (PoolBytes bytes = FileBytes.open(file, false)) {
      initialise(bytes, file, handle, storeId, libraryHash);
    }
  }

  /** The same of a pool that lies at a place of its own, of a store that is at a file. */
  static void initialise(PoolBytes bytes, Path file, long handle, long storeId, int libraryHash)
      throws IOException {
    long directory = LlplHeapFormat.aligned(handle);
    byte[] block = LlplHeapFormat.superblock(storeId, directory);
    bytes.write(block, directory);
    bytes.write(block, directory + LlplHeapFormat.COPY_OFFSET);
    PoolFile pool = new PoolFile(file, file, file.toString(), bytes);
    pool.seal(libraryHash);
  }

  Path place() {
    return place;
  }

  PoolBytes bytes() {
    return bytes;
  }

  long storeId() {
    return storeId;
  }

  /** Offset of the directory in the file. */
  long directory() {
    return directory;
  }

  /** Bytes of the file or the device that belong to the pool. */
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
                + name
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
      writeSeal(PoolUndo.restore(undo, bytes, storeId, seal, name));
      places = readPlaces();
    }
    int actual = metadata().checksum(bytes);
    int expected = LlplHeapFormat.sealChecksum(seal());
    if (actual != expected) {
      throw new CorruptException(
          "the allocator's metadata in "
              + name
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
    writeSeal(PoolUndo.save(undo, bytes, metadata(), storeId, seal()));
  }

  /** Makes what native code has changed durable, and seals it. */
  void seal(int libraryHash) throws IOException {
    bytes.force(true);
    places = readPlaces();
    writeSeal(LlplHeapFormat.seal(metadata().checksum(bytes), libraryHash));
  }

  private void writeSeal(long seal) throws IOException {
    byte[] word = new byte[Long.BYTES];
    Bytes.putLong(word, 0, seal);
    bytes.force(false);
    bytes.write(word, directory + LlplHeapFormat.SEAL_OFFSET);
    bytes.force(false);
  }

  private PoolMetadata metadata() {
    return new PoolMetadata(places, directory);
  }

  // ---- growing

  /**
   * Lengthens the pool while native code has it closed and the seal is broken: the file becomes
   * longer without taking room on the medium, and libpmemobj finds that its pool was extended.
   */
  void lengthen(long lengthBytes) throws IOException {
    if (bytes.size() < lengthBytes) {
      bytes.write(new byte[1], lengthBytes - 1);
    }
    byte[] word = new byte[Long.BYTES];
    Bytes.putLong(word, 0, lengthBytes - places.heap());
    bytes.write(word, PmemPoolFormat.HEAP_BYTES_OFFSET);
    places = readPlaces();
    for (int i = 0; i < places.zones(); i++) {
      long zone = places.zone(i);
      allocate(zone, Math.min(places.end(), zone + PmemPoolFormat.ZONE_HEAD_BYTES));
    }
    bytes.force(true);
  }

  /**
   * Has the medium allocate the place where the allocator will put the next block, so that a full
   * medium is an exception here instead of a bus error in native code. A device has it allocated.
   *
   * @param end of the extent that lies furthest back
   */
  void prepare(long end, long blockBytes) throws IOException {
    if (!bytes.canGrow()) {
      return;
    }
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
        bytes.write(zeros, page);
      }
    }
    for (long page : noted) {
      allocate(page, page + PAGE_BYTES);
    }
  }

  /** Writes what is there anyhow, since that allocates holes. */
  private void allocate(long from, long to) throws IOException {
    for (long offset = from; offset < to; offset += PAGE_BYTES) {
      bytes.write(read(offset, (int) Math.min(PAGE_BYTES, to - offset)), offset);
    }
  }

  private byte[] read(long offset, int lengthBytes) throws IOException {
    return bytes.read(offset, lengthBytes);
  }

  @Override
  public void close() {
    try {
      bytes.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + name, e);
    }
  }
}
