package io.hotpot.store;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one chunk: the one layer through which native memory is reached. Every access is
 * bounds-checked, and an access after the heap was closed is an exception, never a crash. Integers
 * are little-endian and may be unaligned.
 *
 * <p>Thread-safety: plain memory; the log layer orders accesses.
 */
final class ChunkMemory {

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

  private static final int PAGE_BYTES = 4096;
  private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[32 << 10]).asReadOnly();

  /** Does the stores in place of this class: the simulated heap, which models power loss. */
  interface StoreObserver {
    void store(int offset, byte[] source, int sourceOffset, int lengthBytes);
  }

  private final int index;
  private final MemorySegment segment;
  private final @Nullable StoreObserver observer;

  /** To devices of the network. */
  final MemoryLoans loans = new MemoryLoans();

  ChunkMemory(int index, MemorySegment segment, @Nullable StoreObserver observer) {
    if (segment.byteSize() != Heap.CHUNK_BYTES) {
      throw new IllegalArgumentException(
          "chunk memory has the wrong size - expected="
              + Heap.CHUNK_BYTES
              + ", actual="
              + segment.byteSize());
    }
    this.index = index;
    this.segment = segment;
    this.observer = observer;
  }

  /** The chunk's index in its heap. */
  int index() {
    return index;
  }

  long getLong(int offset) {
    try {
      return segment.get(LONG, offset);
    } catch (IllegalStateException e) {
      throw closed(e);
    }
  }

  int getInt(int offset) {
    try {
      return segment.get(INT, offset);
    } catch (IllegalStateException e) {
      throw closed(e);
    }
  }

  /**
   * Writes to every page what is there already, so that the operating system has them at hand when
   * somebody is waiting. An atomic addition: a plain store of what was just loaded is optimised
   * away.
   */
  void touch() {
    if (observer != null) {
      return;
    }
    try {
      if (PageTables.populate(segment, 0, Heap.CHUNK_BYTES)) {
        return;
      }
      for (int offset = 0; offset < Heap.CHUNK_BYTES; offset += PAGE_BYTES) {
        WORD.getAndAdd(segment, (long) offset, 0L);
      }
    } catch (IllegalStateException e) {
      throw closed(e);
    }
  }

  /** The first byte from an offset on that is not zero, or {@code limit}. */
  int firstNonZero(int from, int limit) {
    try {
      int offset = from;
      while (offset < limit) {
        int length = Math.min(limit - offset, (int) ZEROS.byteSize());
        long found = MemorySegment.mismatch(segment, offset, offset + length, ZEROS, 0, length);
        if (found >= 0) {
          return offset + (int) found;
        }
        offset += length;
      }
      return limit;
    } catch (IllegalStateException e) {
      throw closed(e);
    }
  }

  void get(int offset, byte[] target, int targetOffset, int lengthBytes) {
    try {
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, target, targetOffset, lengthBytes);
    } catch (IllegalStateException e) {
      throw closed(e);
    }
  }

  void put(int offset, byte[] source, int sourceOffset, int lengthBytes) {
    if (observer != null) {
      observer.store(offset, source, sourceOffset, lengthBytes);
      return;
    }
    try {
      MemorySegment.copy(source, sourceOffset, segment, ValueLayout.JAVA_BYTE, offset, lengthBytes);
    } catch (IllegalStateException e) {
      throw closed(e);
    }
  }

  /** Updates {@code crc} with a range of this memory. */
  void checksum(CRC32C crc, int offset, int lengthBytes) {
    try {
      ByteBuffer bytes = segment.asSlice(offset, lengthBytes).asByteBuffer();
      crc.update(bytes);
    } catch (IllegalStateException e) {
      throw closed(e);
    }
  }

  /** The memory itself, for the heap that owns it and for registration with a network device. */
  MemorySegment segment() {
    return segment;
  }

  private StoreClosed closed(IllegalStateException cause) {
    return new StoreClosed("the store was closed while chunk " + index + " was in use", cause);
  }
}
