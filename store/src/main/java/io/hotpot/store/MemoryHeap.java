package io.hotpot.store;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A small heap in the process's own memory, for a node of a cluster that keeps nothing: it holds
 * the few objects that every store has of its own, and ends with the process.
 */
final class MemoryHeap implements Heap {

  private static final int MAX_CHUNKS = 16;

  private final Arena arena = Arena.ofShared();
  private final ReentrantLock changes = new ReentrantLock();
  private final AtomicLongArray labels = new AtomicLongArray(MAX_CHUNKS);
  private final AtomicLongArray registers = new AtomicLongArray(REGISTERS);
  private volatile ChunkMemory[] chunks = {};
  private volatile boolean closed;

  @Override
  public HeapInfo info() {
    return new HeapInfo(
        "memory", "this process", Durability.PROCESS, "none", "the node keeps no objects");
  }

  @Override
  public long storeId() {
    return 0;
  }

  @Override
  public int chunks() {
    return chunks.length;
  }

  @Override
  public int maxChunks() {
    return MAX_CHUNKS;
  }

  @Override
  public int grow() {
    changes.lock();
    try {
      checkOpen();
      int index = chunks.length;
      if (index == MAX_CHUNKS) {
        throw new HeapFull("a node without a heap has no room for objects of its own");
      }
      ChunkMemory[] more = Arrays.copyOf(chunks, index + 1);
      more[index] = new ChunkMemory(index, arena.allocate(CHUNK_BYTES, Long.BYTES), null);
      chunks = more;
      return index;
    } finally {
      changes.unlock();
    }
  }

  @Override
  public ChunkMemory chunk(int index) {
    return chunks[index];
  }

  @Override
  public long label(int index) {
    checkOpen();
    return labels.getAcquire(index);
  }

  @Override
  public void label(int index, long label) {
    checkOpen();
    labels.setRelease(index, label);
  }

  @Override
  public long register(int number) {
    checkOpen();
    return registers.getAcquire(number);
  }

  @Override
  public void register(int number, long value) {
    checkOpen();
    registers.setRelease(number, value);
  }

  @Override
  public void flush(int index, int offset, int lengthBytes) {
    checkOpen();
  }

  @Override
  public void drain() {
    checkOpen();
  }

  @Override
  public boolean hasRefused() {
    return false;
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreClosed("the store is closed");
    }
  }

  @Override
  public void close() {
    changes.lock();
    try {
      if (!closed) {
        closed = true;
        for (ChunkMemory chunk : chunks) {
          chunk.loans.end();
        }
        arena.close();
      }
    } finally {
      changes.unlock();
    }
  }
}
