package io.hotpot.store;

import io.hotpot.store.spi.Threads;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Gives the heap's free chunks to partitions' logs and takes them back, by the label protocol of
 * docs/FORMAT.md: a crash in the middle leaves the chunk free.
 *
 * <p>Some chunks are held in reserve for work that makes room (cleaning, deletes, checkpoints).
 *
 * <p>Thread-safety: all methods from any thread. They wait for the medium, so the commit path
 * avoids them by having chunks prepared ahead.
 */
final class ChunkPool {

  /** What an append is for, and so how deep it may dip into the heap's last chunks. */
  enum Purpose {
    /** New data: must leave the reserve alone. */
    GROWTH,
    /** Deletes, checkpoints: may use the reserve except for the cleaner's part. */
    RELIEF,
    /** Moving live records out of a chunk that is released right after. */
    CLEANING
  }

  private final Heap heap;
  private final Threads threads;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Integer> free = new ArrayDeque<>();

  /** The medium had no room the last time the heap was to grow, though its maximum allows more. */
  private boolean growthRefused;

  /** Chunks of the heap that are free or taken; one that is just being made is neither. */
  private int chunks;

  /** The heap grows ahead of need; whoever needs a chunk now waits for that. */
  private boolean isGrowing;

  private final Condition grown = lock.newCondition();

  ChunkPool(Heap heap, Threads threads) {
    this.heap = heap;
    this.chunks = heap.chunks();
    this.threads = threads;
  }

  /** Adds a chunk found free when the store was opened. */
  void addFree(int index) {
    lock.lock();
    try {
      free.add(index);
    } finally {
      lock.unlock();
    }
  }

  /** Chunks that can still be taken: free ones, and those that the heap may grow by. */
  int available() {
    lock.lock();
    try {
      return free.size() + growable();
    } finally {
      lock.unlock();
    }
  }

  private int growable() {
    return growthRefused ? 0 : heap.maxChunks() - chunks;
  }

  int inUse() {
    lock.lock();
    try {
      return chunks - free.size();
    } finally {
      lock.unlock();
    }
  }

  int capacity() {
    return heap.maxChunks();
  }

  /** Chunks that a purpose must leave to the others. A heap of few chunks keeps one for each. */
  int reserveFor(Purpose purpose) {
    int share = heap.maxChunks() >= 8 ? 2 : 1;
    return switch (purpose) {
      case GROWTH -> 2 * share;
      case RELIEF -> share;
      case CLEANING -> 0;
    };
  }

  /**
   * Takes a chunk for a place in a log.
   *
   * @throws HeapFull if only the reserve is left
   */
  LogChunk take(int partition, int sequence, Purpose purpose) {
    lock.lock();
    try {
      while (isGrowing && free.isEmpty()) {
        grown.awaitUninterruptibly();
      }
      if (growthRefused && free.size() <= reserveFor(purpose)) {
        free.addLast(grow());
      }
      if (free.size() + growable() <= reserveFor(purpose)) {
        throw new HeapFull(
            "the heap "
                + heap.info().location()
                + " is full: "
                + heap.maxChunks()
                + " chunks of 4 MiB, all in use or held in reserve for deletes and cleaning; delete objects, or open"
                + " the store with a larger maximum size");
      }
      @Nullable Integer reused = free.poll();
      int index = reused != null ? reused : grow();
      try {
        ChunkMemory memory = heap.chunk(index);
        heap.label(index, ChunkFormat.label(partition, sequence, true));
        ChunkFormat.writeHeader(memory, heap.storeId(), partition, sequence);
        heap.flush(index, 0, ChunkFormat.DATA_OFFSET);
        heap.drain();
        heap.label(index, ChunkFormat.label(partition, sequence, false));
        return new LogChunk(sequence, memory);
      } catch (HotpotException e) {
        free.addFirst(index);
        throw e;
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets the heap grow until so many chunks are free, or it may not grow any more; beside those who
   * take chunks, so that they need not wait for the medium.
   *
   * @return how many are free now
   */
  int growAhead(int wanted) {
    while (beginsGrowing(wanted)) {
      @Nullable Integer index = null;
      boolean isRefused = false;
      try {
        index = heap.grow();
      } catch (HeapFull e) {
        isRefused = true;
      } finally {
        hasGrown(index, isRefused);
      }
    }
    lock.lock();
    try {
      return free.size();
    } finally {
      lock.unlock();
    }
  }

  private boolean beginsGrowing(int wanted) {
    lock.lock();
    try {
      while (isGrowing) {
        grown.awaitUninterruptibly();
      }
      isGrowing = free.size() < wanted && growable() > 0;
      return isGrowing;
    } finally {
      lock.unlock();
    }
  }

  private void hasGrown(@Nullable Integer index, boolean isRefused) {
    lock.lock();
    try {
      isGrowing = false;
      growthRefused |= isRefused;
      if (index != null) {
        chunks++;
        free.add(index);
      }
      grown.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private int grow() {
    try {
      int index = OwnThread.call(threads, "hotpot-grow " + heap.info().location(), heap::grow);
      growthRefused = false;
      chunks++;
      return index;
    } catch (HeapFull e) {
      growthRefused = true;
      throw e;
    }
  }

  /** Returns a chunk that no log needs any more; durable when the method returns. */
  void release(int index, int partition, int sequence) {
    heap.chunk(index).loans.takeBack();
    lock.lock();
    try {
      heap.label(index, ChunkFormat.label(partition, sequence, true));
      ChunkFormat.clearHeader(heap.chunk(index));
      heap.flush(index, 0, ChunkFormat.DATA_OFFSET);
      heap.drain();
      heap.label(index, 0);
      free.add(index);
    } finally {
      lock.unlock();
    }
  }
}
