package io.hotpot.replication;

import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldLog.BatchEnd;
import io.hotpot.store.spi.HeldLog.ChunkEnd;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses in a partition's log (FORMAT.md): {@code sequence << 22 | offset}. */
final class LogAddress {

  private static final int CHUNK_BITS = 22;

  /** The length of a chunk. */
  static final int CHUNK_BYTES = 1 << CHUNK_BITS;

  /** Where the first batch of a chunk begins. */
  static final int DATA_OFFSET = 128;

  private LogAddress() {}

  static long head(int sequence) {
    return ((long) sequence << CHUNK_BITS) + DATA_OFFSET;
  }

  static long of(int sequence, int offset) {
    return ((long) sequence << CHUNK_BITS) + offset;
  }

  /** The chunk of an address. */
  static int sequence(long address) {
    return (int) (address >> CHUNK_BITS);
  }

  /** The place of an address in its chunk. */
  static int offset(long address) {
    return (int) (address & (CHUNK_BYTES - 1));
  }

  static long end(ChunkEnd chunk) {
    return head(chunk.sequence()) - DATA_OFFSET + chunk.end();
  }

  /** The chunk in which something lies that ends at an address. */
  static int sequenceOfEnd(long end) {
    return (int) ((end - 1) >> CHUNK_BITS);
  }

  static int offsetOfEnd(long end) {
    return (int) (end - ((long) sequenceOfEnd(end) << CHUNK_BITS));
  }

  static boolean isEmpty(HeldLog log) {
    return log.lastChecksum() == 0;
  }

  /** The batch that ends exactly at an address; null: none does in this log. */
  static @Nullable BatchEnd batchEndingAt(HeldLog log, long end) {
    if (end == 0) {
      return null;
    }
    for (BatchEnd batch : log.batchesFrom(head(sequenceOfEnd(end)))) {
      if (batch.end() >= end) {
        return batch.end() == end ? batch : null;
      }
    }
    return null;
  }

  /**
   * The chunks of a log up to an address where a batch ends.
   *
   * @param end the last batch to count, or null for nothing
   */
  static List<ChunkEnd> chunksUpTo(HeldLog log, @Nullable BatchEnd end) {
    List<ChunkEnd> chunks = new ArrayList<>();
    if (end == null) {
      return chunks;
    }
    int last = sequenceOfEnd(end.end());
    for (ChunkEnd chunk : log.chunks()) {
      if (chunk.sequence() < last && chunk.checksum() != 0) {
        chunks.add(chunk);
      }
    }
    chunks.add(new ChunkEnd(last, offsetOfEnd(end.end()), end.checksum()));
    return chunks;
  }
}
