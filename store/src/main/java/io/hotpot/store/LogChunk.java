package io.hotpot.store;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A chunk of heap in its present life as part of one partition's log.
 *
 * <p>Thread-safety: {@code liveBytes} and pins from any thread; the other fields are written under
 * the partition's commit lock.
 */
final class LogChunk {

  final int sequence;
  final ChunkMemory memory;

  /** Bytes of records (with headers) that are the newest version of their object. */
  final AtomicLong liveBytes = new AtomicLong();

  private final AtomicInteger end = new AtomicInteger(ChunkFormat.DATA_OFFSET);

  /** Whether no further batch will be appended. */
  volatile boolean closed;

  /** Whether a batch in this chunk lists siblings in other partitions. */
  volatile boolean hasSiblings;

  /** Whether it holds a damaged record that must not be copied. */
  volatile boolean uncleanable;

  /** Whether it holds a damaged record that may be healed; until then it is not cleaned. */
  volatile boolean damaged;

  /** How many read it who need it to stay; -1: it is on its way out. */
  private final AtomicInteger pins = new AtomicInteger();

  /** How many read it who would rather have it stay. */
  private final AtomicInteger keeps = new AtomicInteger();

  LogChunk(int sequence, ChunkMemory memory) {
    this.sequence = sequence;
    this.memory = memory;
  }

  /** Where the next batch goes, or went when the chunk was closed. */
  int end() {
    return end.getAcquire();
  }

  /** Under the commit lock. */
  void end(int offset) {
    end.setRelease(offset);
  }

  /**
   * Whether a range lies within what has been appended, so that a damaged address cannot lead
   * outside.
   */
  boolean holds(int offset, int length) {
    return offset >= ChunkFormat.DATA_OFFSET && length >= 0 && offset + (long) length <= end();
  }

  int usedBytes() {
    return end() - ChunkFormat.DATA_OFFSET;
  }

  /**
   * Keeps the chunk from being released until {@link #unpin}.
   *
   * @return false: it is being released
   */
  boolean pin() {
    int n = pins.get();
    while (n >= 0 && !pins.compareAndSet(n, n + 1)) {
      n = pins.get();
    }
    return n >= 0;
  }

  void unpin() {
    pins.decrementAndGet();
  }

  boolean isPinned() {
    return pins.get() > 0;
  }

  /** Asks for it not to be released before {@link #letGo}, as long as other chunks are there. */
  void keep() {
    keeps.incrementAndGet();
  }

  void letGo() {
    keeps.decrementAndGet();
  }

  boolean isKept() {
    return keeps.get() > 0;
  }

  /** Lets nobody pin it any more; false: somebody has. */
  boolean closeToPins() {
    return pins.compareAndSet(0, -1);
  }
}
