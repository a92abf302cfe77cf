package io.hotpot.store;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A chunk of heap in its present life as part of one partition's log.
 *
 * <p>Thread-safety: {@code liveBytes} from any thread; the other fields are written under the
 * partition's commit lock.
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
}
