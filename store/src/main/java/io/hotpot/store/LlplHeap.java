package io.hotpot.store;

import io.hotpot.store.LlplHeapFormat.Extent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A heap in a persistent memory pool of LLPL. LLPL allocates extents of a few chunks each, off the
 * commit path; loads and stores then go straight to the memory. Durable by flushing CPU caches
 * where the medium is persistent memory, by {@code msync} on a disk; on a memory file system it
 * gives {@link Durability#PROCESS} only.
 *
 * <p>The pool's file is as long as the heap may become, but takes room on the medium only as chunks
 * are added. In place of the file the pool may have a device of persistent memory to itself. Native
 * code opens a pool only after {@link PoolFile} has verified all that it will trust. A heap that is
 * only looked at uses no native code, but to map a device.
 */
final class LlplHeap implements Heap {

  private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();
  private static final int MAX_EXTENT_CHUNKS = 8;

  /** What must be zero of a device that is to be used, and what PMDK's tools clear of it. */
  private static final int VACANT_BYTES = 2 << 20;

  private final Path path;
  private final PoolFile file;
  private final StoreHolder holder;
  private final @Nullable LlplPool pool;
  private final Medium medium;
  private final @Nullable CacheFlush caches;
  private final @Nullable FileFlush disk;

  /** The pool's file once more, on a disk: what can be forced is what this process mapped. */
  private final @Nullable MemorySegment mapping;

  private final HeapInfo info;
  private final int maxChunks;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final MemorySegment directory;
  private final ReentrantLock changes = new ReentrantLock();

  /** Guarded by {@code changes}. */
  private final List<Extent> extents;

  /** Chunks of the last extent that {@link #grow} has not given out; guarded by changes. */
  private final List<Long> ahead = new ArrayList<>();

  private volatile ChunkMemory[] chunks;
  private volatile boolean closed;
  private volatile @Nullable IOException failed;

  /** The most that a heap may be configured to grow to. */
  static long maxBytes() {
    return (long) LlplHeapFormat.MAX_CHUNKS * CHUNK_BYTES;
  }

  /** Creates the pool under another name first, so that a crash leaves no half-made heap. */
  static void create(Path path) {
    create(path, new SecureRandom().nextLong());
  }

  /** Creates the heap of a store whose identity is known. */
  static void create(Path path, long storeId) {
    Path temporary = path.resolveSibling(path.getFileName() + ".new");
    try {
      Files.deleteIfExists(temporary);
      Files.deleteIfExists(path.resolveSibling(Heaps.UNDO_FILE));
      long handle = LlplPool.create(temporary);
      PoolFile.initialise(temporary, handle, storeId, libraryHash());
      Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
      Heaps.forceDirectory(path);
    } catch (IOException e) {
      temporary.toFile().delete();
      throw new UncheckedIOException("cannot create the heap " + path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Creates the heap of a store on a device. What makes the device the store's, the file in its
   * directory, is put in place last: so a crash leaves no half-made store. A device with anything
   * at its beginning is left as it is.
   *
   * @throws MisuseException if there is something on the device, or it is too small
   * @throws StoreLocked if another store has it
   */
  static void create(Path path, DaxDevice device, long storeId) {
    Path temporary = path.resolveSibling(path.getFileName() + ".new");
    try (DeviceBytes bytes = DeviceBytes.open(device, false)) {
      checkVacant(bytes);
      Files.deleteIfExists(path.resolveSibling(Heaps.UNDO_FILE));
      new PoolSet(device.path(), OptionalLong.of(storeId)).write(temporary);
      PoolFile.initialise(bytes, path, LlplPool.create(device), storeId, libraryHash());
      Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
      Heaps.forceDirectory(path);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot create the heap " + path + " on " + device.path() + ": " + e.getMessage(), e);
    }
  }

  /** libpmemobj would look at the first page only. */
  private static void checkVacant(DeviceBytes bytes) {
    Path device = bytes.device().path();
    long smallest = poolBytes(HotpotOptions.MIN_BYTES / CHUNK_BYTES);
    if (bytes.size() < smallest) {
      throw new MisuseException(
          "option device is "
              + device
              + ", which has "
              + bytes.size()
              + " bytes, expected at least "
              + smallest
              + "; nothing was changed");
    }
    byte[] beginning = bytes.read(0, VACANT_BYTES);
    for (byte b : beginning) {
      if (b != 0) {
        throw new MisuseException(
            "option device is "
                + device
                + ", on which there is something already: "
                + PmemPoolFormat.describe(beginning)
                + "; nothing was changed; if nobody needs it any more, 'pmempool rm -f "
                + device
                + "' gives it up");
      }
    }
  }

  private static int libraryHash() {
    return LlplLibrary.version().hashCode();
  }

  static LlplHeap open(Path path, long maxBytes, boolean readOnly, String reason) {
    return open(path, maxBytes, readOnly, reason, null);
  }

  /** Opens a heap as if it lay on a given medium; found out by probing if null. */
  static LlplHeap open(
      Path path, long maxBytes, boolean readOnly, String reason, @Nullable Medium assumed) {
    StoreHolder holder = StoreHolder.acquire(path, readOnly);
    PoolFile file = null;
    LlplHeap heap = null;
    try {
      file = PoolFile.open(path, readOnly);
      Medium medium = assumed != null ? assumed : file.bytes().medium();
      LlplPool pool = readOnly ? null : openPool(file, maxBytes);
      heap = new LlplHeap(path, file, holder, pool, medium, maxBytes, reason);
      return heap;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open the heap " + path, e);
    } finally {
      if (heap == null) {
        if (file != null) {
          file.close();
        }
        holder.close();
      }
    }
  }

  /** Verifies the pool, lengthens it for a larger maximum, and lets LLPL open it. */
  private static LlplPool openPool(PoolFile file, long maxBytes) throws IOException {
    file.verify();
    boolean isLonger = lengthen(file, poolBytes(maxBytes / CHUNK_BYTES));
    // Another version of libpmemobj may rewrite the metadata as it opens the pool.
    if (!isLonger && !LlplHeapFormat.sealedBy(file.seal(), libraryHash())) {
      file.unseal();
    }
    LlplPool pool = LlplPool.open(file.place());
    boolean opened = false;
    try {
      if (!LlplHeapFormat.isSealed(file.seal())) {
        file.seal(libraryHash());
      }
      opened = true;
      return pool;
    } finally {
      if (!opened) {
        pool.close();
      }
    }
  }

  /** Breaks the seal and lengthens the pool; false if it is long enough or cannot be longer. */
  private static boolean lengthen(PoolFile file, long bytes) throws IOException {
    if (bytes <= file.poolBytes() || !file.bytes().canGrow()) {
      return false;
    }
    try {
      file.unseal();
      file.lengthen(bytes);
      return true;
    } catch (IOException e) {
      // A full medium: the store is as usable as it was.
      file.verify();
      return false;
    }
  }

  /** With extents of one chunk, which take 256 KiB more than the chunk, and heads of zones. */
  private static long poolBytes(long count) {
    long blocks =
        (16L << 20) + Math.min(LlplHeapFormat.MAX_CHUNKS, count) * (CHUNK_BYTES + (256 << 10));
    return blocks + Math.ceilDiv(blocks, PmemPoolFormat.ZONE_BYTES) * (16L << 20);
  }

  /** How many chunks a pool can hold, at most as many as wished. */
  private static int capacity(long poolBytes, long wished) {
    int count = (int) Math.min(LlplHeapFormat.MAX_CHUNKS, wished);
    while (count > 0 && poolBytes(count) > poolBytes) {
      count--;
    }
    return count;
  }

  private LlplHeap(
      Path path,
      PoolFile file,
      StoreHolder holder,
      @Nullable LlplPool pool,
      Medium medium,
      long maxBytes,
      String reason)
      throws IOException {
    this.path = path;
    this.file = file;
    this.holder = holder;
    this.pool = pool;
    this.medium = medium;
    boolean built = false;
    FileFlush flush = null;
    try {
      this.caches = pool != null && medium == Medium.PERSISTENT_MEMORY ? new CacheFlush() : null;
      this.memory =
          pool != null
              ? pool.memory(file.poolBytes(), arena)
              : file.bytes().map(true, file.poolBytes(), arena);
      this.mapping =
          pool != null && medium == Medium.DISK
              ? file.bytes().map(false, file.poolBytes(), arena)
              : null;
      flush = mapping == null ? null : new FileFlush(path);
      this.disk = flush;
      this.directory = memory.asSlice(file.directory(), LlplHeapFormat.DIRECTORY_BYTES);
      this.extents = file.extents();
      List<ChunkMemory> found = new ArrayList<>();
      for (Extent extent : extents) {
        for (int i = 0; i < extent.chunks(); i++) {
          found.add(chunkAt(found.size(), extent.offset() + (long) i * CHUNK_BYTES));
        }
      }
      this.chunks = found.toArray(ChunkMemory[]::new);
      this.maxChunks = Math.max(chunks.length, capacity(file.poolBytes(), maxBytes / CHUNK_BYTES));
      this.info = describe(reason);
      built = true;
    } finally {
      if (!built) {
        arena.close();
        if (flush != null) {
          flush.close();
        }
        if (pool != null) {
          pool.close();
        }
      }
    }
  }

  private HeapInfo describe(String reason) throws IOException {
    boolean isDevice = !file.bytes().canGrow();
    String mechanism =
        switch (medium) {
          case PERSISTENT_MEMORY ->
              "CPU cache flush and fence: persistent memory, "
                  + (isDevice ? "device DAX " + file.place() : "MAP_SYNC");
          case DISK -> "msync on " + Medium.type(path) + ", which is not persistent memory";
          case VOLATILE_MEMORY ->
              "none: " + (isDevice ? file.place() : Medium.type(path)) + " is memory";
        };
    Durability durability =
        medium == Medium.VOLATILE_MEMORY ? Durability.PROCESS : Durability.POWER;
    return new HeapInfo("llpl", path.toString(), durability, mechanism, reason);
  }

  private ChunkMemory chunkAt(int index, long offset) {
    return new ChunkMemory(index, memory.asSlice(offset, CHUNK_BYTES), null);
  }

  @Override
  public HeapInfo info() {
    return info;
  }

  @Override
  public long storeId() {
    return file.storeId();
  }

  @Override
  public int chunks() {
    return chunks.length;
  }

  @Override
  public int maxChunks() {
    return maxChunks;
  }

  @Override
  public int grow() {
    LlplPool writable = checkWritable();
    changes.lock();
    try {
      checkWritable();
      int index = chunks.length;
      if (index >= maxChunks) {
        throw new HeapFull(path + " has reached its maximum of " + maxChunks + " chunks of 4 MiB");
      }
      if (ahead.isEmpty()) {
        addExtent(
            writable, Math.min(maxChunks - index, Math.clamp(index / 4, 1, MAX_EXTENT_CHUNKS)));
      }
      ChunkMemory[] more = Arrays.copyOf(chunks, index + 1);
      more[index] = chunkAt(index, ahead.removeFirst());
      chunks = more;
      return index;
    } finally {
      changes.unlock();
    }
  }

  private void addExtent(LlplPool writable, int wished) {
    if (extents.size() == LlplHeapFormat.MAX_EXTENTS) {
      throw new HeapFull(path + " has reached its maximum of extents");
    }
    try {
      int count = prepare(wished);
      file.unseal();
      try {
        Extent extent = writable.allocate(extents.size(), count, file.storeId());
        extents.add(extent);
        for (int i = 0; i < count; i++) {
          ahead.add(extent.offset() + (long) i * CHUNK_BYTES);
        }
      } finally {
        file.seal(libraryHash());
      }
    } catch (IOException e) {
      throw new HeapFull(
          "the medium has no room for another chunk of " + path + ": " + e.getMessage(), e);
    }
  }

  /** Makes room for an extent on the medium, a smaller one if it is almost full. */
  private int prepare(int wished) throws IOException {
    long end =
        extents.isEmpty()
            ? file.directory() + LlplHeapFormat.DIRECTORY_BYTES
            : extents.getLast().end();
    try {
      file.prepare(end, (long) wished * CHUNK_BYTES + LlplHeapFormat.ALIGNMENT);
      return wished;
    } catch (IOException e) {
      if (wished == 1) {
        throw e;
      }
      file.prepare(end, CHUNK_BYTES + LlplHeapFormat.ALIGNMENT);
      return 1;
    }
  }

  @Override
  public ChunkMemory chunk(int index) {
    return chunks[index];
  }

  @Override
  public long label(int index) {
    return word(labelOffset(index));
  }

  @Override
  public void label(int index, long label) {
    setWord(labelOffset(index), label);
  }

  private static long labelOffset(int index) {
    return LlplHeapFormat.LABELS_OFFSET + (long) index * Long.BYTES;
  }

  @Override
  public long register(int number) {
    return word(LlplHeapFormat.REGISTERS_OFFSET + (long) number * Long.BYTES);
  }

  @Override
  public void register(int number, long value) {
    setWord(LlplHeapFormat.REGISTERS_OFFSET + (long) number * Long.BYTES, value);
  }

  private long word(long offset) {
    try {
      return (long) WORD.getAcquire(directory, offset);
    } catch (IllegalStateException e) {
      throw closed(e);
    }
  }

  private void setWord(long offset, long value) {
    checkWritable();
    try {
      WORD.setRelease(directory, offset, value);
    } catch (IllegalStateException e) {
      throw closed(e);
    }
    flush(directory, offset, Long.BYTES);
    drain();
  }

  @Override
  public void flush(int index, int offset, int lengthBytes) {
    flush(chunks[index].segment(), offset, lengthBytes);
  }

  private void flush(MemorySegment part, long offset, long lengthBytes) {
    try {
      if (caches != null) {
        caches.flush(part, offset, lengthBytes);
      } else if (mapping != null && disk != null) {
        PageTables.release(part, offset, lengthBytes);
        disk.add(mapping, part.address() - memory.address() + offset, lengthBytes);
      }
    } catch (IllegalStateException e) {
      throw closed(e);
    }
  }

  @Override
  public void drain() {
    checkWritable();
    IOException before = failed;
    if (before != null) {
      throw new CorruptException(
          path + " could not be written earlier: " + before.getMessage(), before);
    }
    switch (medium) {
      case PERSISTENT_MEMORY -> {
        if (caches != null) {
          caches.drain();
        }
      }
      case DISK -> {
        try {
          if (disk != null) {
            disk.drain();
          }
        } catch (IllegalStateException e) {
          throw closed(e);
        } catch (IOException e) {
          failed = e;
          throw new CorruptException(
              path + " could not be written: " + e.getMessage() + "; earlier commits may be lost",
              e);
        }
      }
      case VOLATILE_MEMORY -> {}
    }
  }

  private StoreClosed closed(IllegalStateException cause) {
    return new StoreClosed(path + " is closed", cause);
  }

  private LlplPool checkWritable() {
    if (closed) {
      throw new StoreClosed(path + " is closed");
    }
    if (pool == null) {
      throw new MisuseException(path + " was opened read-only");
    }
    return pool;
  }

  @Override
  public boolean hasRefused() {
    return failed != null;
  }

  @Override
  public void close() {
    changes.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      for (ChunkMemory chunk : chunks) {
        chunk.loans.end();
      }
      closeArena();
      if (pool != null) {
        pool.close();
      }
      file.close();
      if (disk != null) {
        disk.close();
      }
      holder.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + path, e);
    } finally {
      changes.unlock();
    }
  }

  /** Waits for cache flushes that are under way in other threads: they hold the arena open. */
  private void closeArena() {
    while (arena.scope().isAlive()) {
      try {
        arena.close();
      } catch (IllegalStateException e) {
        Thread.onSpinWait();
      }
    }
  }
}
