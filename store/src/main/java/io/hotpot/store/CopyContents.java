package io.hotpot.store;

import io.hotpot.store.spi.HeldLog.BatchEnd;
import io.hotpot.store.spi.HeldLog.ChunkEnd;
import io.hotpot.store.spi.HeldLog.Pin;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What others are told of a copy's log, and its bytes.
 *
 * <p>Thread-safety: all methods from any thread, beside appends and releases.
 */
record CopyContents(Partition partition) {

  /** The chunks, ascending; follows the headers of all batches. */
  List<ChunkEnd> chunks() {
    List<ChunkEnd> ends = new ArrayList<>();
    for (LogChunk chunk : partition.chunks.all()) {
      int end = chunk.end();
      int[] checksum = {0};
      ChunkBatches.forEach(
          chunk,
          ChunkFormat.DATA_OFFSET,
          end,
          partition.log.seed(),
          offset -> checksum[0] = BatchFormat.checksum(chunk.memory, offset));
      ends.add(new ChunkEnd(chunk.sequence, end, checksum[0]));
    }
    return ends;
  }

  /**
   * The ends of the batches that begin at or above an address. Of one that has rotted it is told
   * what its checksum was, where the batch behind it or the end of the log says so: another copy
   * has it with that.
   */
  List<BatchEnd> batchesFrom(long address) {
    List<BatchEnd> batches = new ArrayList<>();
    for (LogChunk chunk : partition.chunks.all()) {
      if (chunk.sequence < Address.sequence(address)) {
        continue;
      }
      int limit = chunk.end();
      int[] expected = {ChunkFormat.DATA_OFFSET};
      ChunkBatches.forEach(
          chunk,
          ChunkFormat.DATA_OFFSET,
          limit,
          partition.log.seed(),
          offset -> {
            int end = offset + BatchFormat.length(chunk.memory, offset);
            if (offset > expected[0] && Address.of(chunk.sequence, expected[0]) >= address) {
              // Nobody can say where the batches in between begin, but one ends here.
              add(batches, chunk, offset, BatchFormat.previousChecksum(chunk.memory, offset));
            }
            if (Address.of(chunk.sequence, offset) >= address) {
              add(batches, chunk, end, checksum(chunk, offset, end, limit));
            }
            expected[0] = end;
          });
      if (expected[0] < limit && Address.of(chunk.sequence, expected[0]) >= address) {
        addIfTail(batches, chunk, limit);
      }
    }
    return batches;
  }

  private static void add(List<BatchEnd> batches, LogChunk chunk, int end, int checksum) {
    batches.add(new BatchEnd(Address.of(chunk.sequence, 0) + end, checksum));
  }

  /** What stands in a batch, if that is what stood there. */
  private int checksum(LogChunk chunk, int offset, int end, int limit) {
    int own = BatchFormat.checksum(chunk.memory, offset);
    boolean isLast = end == limit;
    if ((!isLast && BatchFormat.previousChecksum(chunk.memory, end) == own)
        || BatchFormat.isValid(chunk.memory, offset, chunk.sequence, partition.log.seed())) {
      return own;
    }
    if (!isLast) {
      return BatchFormat.previousChecksum(chunk.memory, end);
    }
    List<BatchEnd> known = new ArrayList<>();
    addIfTail(known, chunk, end);
    return known.isEmpty() ? own : known.getFirst().checksum();
  }

  /** The log remembers the last checksum. */
  private void addIfTail(List<BatchEnd> batches, LogChunk chunk, int end) {
    partition.commitLock.lock();
    try {
      if (partition.log.tail() == Address.of(chunk.sequence, 0) + end) {
        add(batches, chunk, end, partition.log.lastChecksum());
      }
    } finally {
      partition.commitLock.unlock();
    }
  }

  /** Copies bytes out; false: the chunk is not, or not any more, part of the log. */
  boolean read(int sequence, int offset, byte[] into, int length) {
    LogChunk chunk = partition.chunks.get(sequence);
    if (chunk == null || !chunk.holds(offset, length)) {
      return false;
    }
    chunk.memory.get(offset, into, 0, length);
    VarHandle.acquireFence();
    return partition.chunks.get(sequence) == chunk;
  }

  /** Keeps a chunk from being released; null: it is not, or not any more, part of the log. */
  @Nullable Pin pin(int sequence) {
    LogChunk chunk = partition.chunks.get(sequence);
    return chunk == null || !chunk.pin() ? null : pinned(chunk::unpin);
  }

  /** The same, unless chunks are scarce. */
  @Nullable Pin keep(int sequence) {
    LogChunk chunk = partition.chunks.get(sequence);
    if (chunk == null) {
      return null;
    }
    chunk.keep();
    Pin kept = pinned(chunk::letGo);
    if (partition.chunks.get(sequence) == chunk) {
      return kept;
    }
    kept.close();
    return null;
  }

  private static Pin pinned(Runnable unpin) {
    AtomicBoolean pinned = new AtomicBoolean(true);
    return () -> {
      if (pinned.compareAndSet(true, false)) {
        unpin.run();
      }
    };
  }
}
