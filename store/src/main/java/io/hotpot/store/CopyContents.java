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

  /** The ends of the batches that begin at or above an address. */
  List<BatchEnd> batchesFrom(long address) {
    List<BatchEnd> batches = new ArrayList<>();
    for (LogChunk chunk : partition.chunks.all()) {
      if (chunk.sequence < Address.sequence(address)) {
        continue;
      }
      ChunkBatches.forEach(
          chunk,
          partition.log.seed(),
          offset -> {
            long begin = Address.of(chunk.sequence, offset);
            if (begin >= address) {
              batches.add(
                  new BatchEnd(
                      begin + BatchFormat.length(chunk.memory, offset),
                      BatchFormat.checksum(chunk.memory, offset)));
            }
          });
    }
    return batches;
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
