package io.hotpot.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A heap in a memory-mapped file; needs no native library. Durable by {@code msync} on a disk; on a
 * memory file system it gives {@link Durability#PROCESS} only.
 *
 * <p>The file grows chunk by chunk; a new chunk is written once before it is used, since a flush
 * into blocks that the file system has not yet allocated and written costs a journal commit as
 * well.
 */
final class MappedHeap implements Heap {

  private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

  private final Path file;
  private final FileChannel channel;
  private final @Nullable FileFlush disk;
  private final StoreHolder holder;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment head;
  private final long storeId;
  private final int maxChunks;
  private final HeapInfo info;
  private final boolean readOnly;
  private final ReentrantLock changes = new ReentrantLock();
  private volatile ChunkMemory[] chunks;
  private volatile boolean closed;
  private volatile @Nullable IOException failed;

  /** Creates the file under another name first, so that a crash leaves no half-made heap. */
  static void create(Path file) {
    create(file, newStoreId());
  }

  /** The identity of a store that is founded. */
  static long newStoreId() {
    return new SecureRandom().nextLong();
  }

  /** Creates the heap of a store whose identity is known. */
  static void create(Path file, long storeId) {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        byte[] superblock = MappedHeapFormat.superblock(storeId);
        writeFully(channel, ByteBuffer.wrap(superblock), 0);
        writeFully(channel, ByteBuffer.wrap(superblock), MappedHeapFormat.COPY_OFFSET);
        writeFully(
            channel,
            ByteBuffer.allocate(MappedHeapFormat.LABELS_OFFSET - MappedHeapFormat.REGISTERS_OFFSET),
            MappedHeapFormat.REGISTERS_OFFSET);
        writeFully(channel, ByteBuffer.allocate(1), MappedHeapFormat.CHUNKS_OFFSET - 1L);
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent())) {
        directory.force(true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create the heap " + file, e);
    }
  }

  static MappedHeap open(Path file, long maxBytes, boolean readOnly, String reason) {
    StoreHolder holder = StoreHolder.acquire(file, readOnly);
    FileChannel channel = null;
    boolean opened = false;
    try {
      channel =
          readOnly
              ? FileChannel.open(file, StandardOpenOption.READ)
              : FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
      MappedHeap heap = new MappedHeap(file, channel, holder, maxBytes, readOnly, reason);
      opened = true;
      return heap;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open the heap " + file, e);
    } finally {
      if (!opened) {
        closeQuietly(channel);
        holder.close();
      }
    }
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot close the heap's file", e);
      }
    }
  }

  private MappedHeap(
      Path file,
      FileChannel channel,
      StoreHolder holder,
      long maxBytes,
      boolean readOnly,
      String reason)
      throws IOException {
    this.file = file;
    this.channel = channel;
    this.holder = holder;
    this.readOnly = readOnly;
    long size = channel.size();
    if (size == 0) {
      throw new NotAStore(file + " is empty; a heap is at least 4 MiB; nothing was changed");
    }
    byte[] first = read(channel, 0);
    byte[] second = read(channel, MappedHeapFormat.COPY_OFFSET);
    this.storeId = MappedHeapFormat.storeId(first, second, file.toString());
    if (size < MappedHeapFormat.CHUNKS_OFFSET) {
      throw new CorruptException(
          file
              + " was truncated: it has "
              + size
              + " bytes, expected at least "
              + MappedHeapFormat.CHUNKS_OFFSET
              + "; restore the store from a backup");
    }
    boolean mapped = false;
    FileFlush flush = null;
    try {
      flush = readOnly ? null : new FileFlush(file);
      this.disk = flush;
      MapMode mode = readOnly ? MapMode.READ_ONLY : MapMode.READ_WRITE;
      this.head = channel.map(mode, 0, MappedHeapFormat.CHUNKS_OFFSET, arena);
      int count =
          (int)
              Math.min(
                  MappedHeapFormat.MAX_CHUNKS,
                  (size - MappedHeapFormat.CHUNKS_OFFSET) / CHUNK_BYTES);
      checkNotTruncated(count);
      this.maxChunks =
          (int) Math.min(MappedHeapFormat.MAX_CHUNKS, Math.max(count, maxBytes / CHUNK_BYTES));
      ChunkMemory[] all = new ChunkMemory[count];
      for (int i = 0; i < count; i++) {
        all[i] = map(i, mode);
      }
      this.chunks = all;
      mapped = true;
    } finally {
      if (!mapped) {
        arena.close();
        if (flush != null) {
          flush.close();
        }
      }
    }
    String type = Files.getFileStore(file).type();
    boolean memoryOnly = type.equals("tmpfs") || type.equals("ramfs");
    this.info =
        new HeapInfo(
            "mapped",
            file.toString(),
            memoryOnly ? Durability.PROCESS : Durability.POWER,
            memoryOnly ? "none: " + type + " is memory" : "msync on " + type,
            reason);
  }

  private void checkNotTruncated(int count) {
    for (int i = count; i < MappedHeapFormat.MAX_CHUNKS; i++) {
      if (head.get(ValueLayout.JAVA_LONG, labelOffset(i)) != 0) {
        throw new CorruptException(
            file
                + " was truncated: chunk "
                + i
                + " is in use but lies beyond the end of the file; restore the store from a backup");
      }
    }
  }

  private static byte[] read(FileChannel channel, long offset) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(MappedHeapFormat.SUPERBLOCK_BYTES);
    while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {
      // until full or at the end of the file
    }
    return buffer.array();
  }

  private ChunkMemory map(int index, MapMode mode) throws IOException {
    long offset = chunkOffset(index);
    return new ChunkMemory(index, channel.map(mode, offset, CHUNK_BYTES, arena), null);
  }

  private static long chunkOffset(int index) {
    return MappedHeapFormat.CHUNKS_OFFSET + (long) index * CHUNK_BYTES;
  }

  private static long labelOffset(int index) {
    return MappedHeapFormat.LABELS_OFFSET + (long) index * Long.BYTES;
  }

  @Override
  public HeapInfo info() {
    return info;
  }

  @Override
  public long storeId() {
    return storeId;
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
    checkWritable();
    changes.lock();
    try {
      int index = chunks.length;
      if (index >= maxChunks) {
        throw new HeapFull(file + " has reached its maximum of " + maxChunks + " chunks of 4 MiB");
      }
      try {
        long offset = chunkOffset(index);
        ByteBuffer zeros = ByteBuffer.allocateDirect(MappedHeapFormat.PAGE_BYTES);
        // Page by page: of longer writes Linux makes larger units of its page cache, and then
        // writes a whole unit to the disk for every commit that touches it.
        for (int i = 0; i < CHUNK_BYTES; i += MappedHeapFormat.PAGE_BYTES) {
          writeFully(channel, zeros.clear(), offset + i);
        }
        // The label too is given its place here: where a full medium has none, a store to the
        // mapping would be a bus error.
        writeFully(channel, ByteBuffer.allocate(Long.BYTES), labelOffset(index));
        channel.force(true);
        ChunkMemory[] more = java.util.Arrays.copyOf(chunks, index + 1);
        more[index] = map(index, MapMode.READ_WRITE);
        chunks = more;
        return index;
      } catch (IOException e) {
        throw new HeapFull(
            "the medium has no room for another chunk of " + file + ": " + e.getMessage(), e);
      }
    } finally {
      changes.unlock();
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer, long offset)
      throws IOException {
    while (buffer.hasRemaining()) {
      offset += channel.write(buffer, offset);
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

  @Override
  public long register(int number) {
    return word(MappedHeapFormat.REGISTERS_OFFSET + (long) number * Long.BYTES);
  }

  @Override
  public void register(int number, long value) {
    setWord(MappedHeapFormat.REGISTERS_OFFSET + (long) number * Long.BYTES, value);
  }

  private long word(long offset) {
    try {
      return (long) WORD.getAcquire(head, offset);
    } catch (IllegalStateException e) {
      throw new StoreClosed(file + " is closed", e);
    }
  }

  private void setWord(long offset, long value) {
    checkWritable();
    try {
      WORD.setRelease(head, offset, value);
    } catch (IllegalStateException e) {
      throw new StoreClosed(file + " is closed", e);
    }
    flush(head, offset, Long.BYTES);
    drain();
  }

  @Override
  public void flush(int index, int offset, int lengthBytes) {
    flush(chunks[index].segment(), offset, lengthBytes);
  }

  private void flush(MemorySegment mapping, long offset, int lengthBytes) {
    FileFlush disk = this.disk;
    if (disk != null && info.durability() == Durability.POWER) {
      try {
        PageTables.release(mapping, offset, lengthBytes);
        disk.add(mapping, offset, lengthBytes);
      } catch (IllegalStateException e) {
        throw new StoreClosed(file + " is closed", e);
      }
    }
  }

  @Override
  public void drain() {
    checkWritable();
    IOException before = failed;
    if (before != null) {
      throw new CorruptException(
          file + " could not be written earlier: " + before.getMessage(), before);
    }
    FileFlush disk = this.disk;
    if (disk != null && info.durability() == Durability.POWER) {
      try {
        disk.drain();
      } catch (IllegalStateException e) {
        throw new StoreClosed(file + " is closed", e);
      } catch (IOException e) {
        failed = e;
        throw new CorruptException(
            file + " could not be written: " + e.getMessage() + "; earlier commits may be lost", e);
      }
    }
  }

  private void checkWritable() {
    if (closed) {
      throw new StoreClosed(file + " is closed");
    }
    if (readOnly) {
      throw new MisuseException(file + " was opened read-only");
    }
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
      arena.close();
      try {
        if (disk != null) {
          disk.close();
        }
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot close " + file, e);
      } finally {
        holder.close();
      }
    } finally {
      changes.unlock();
    }
  }
}
