package io.hotpot.store;

import io.hotpot.store.spi.Repair;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Verifies the batches of partitions, and so their records, while they are in use. */
final class Scrubber {

  /** Is told what is found, by the thread that looks. */
  interface Findings {

    /** A stretch in which no sound batch stands, or stood before it was healed. */
    void damaged(Partition partition, LogChunk chunk, int from, int lengthBytes, boolean isHealed);

    /** All that there was of a partition has been looked at. */
    void checked(Partition partition, long soundBytes);

    /**
     * A chunk more.
     *
     * @return whether to go on
     */
    boolean progressed(long done, long total);
  }

  private final long storeId;
  private final @Nullable Repair repair;
  private final Findings findings;

  /**
   * @param repair null: there are no other nodes that could heal anything
   */
  Scrubber(long storeId, @Nullable Repair repair, Findings findings) {
    this.storeId = storeId;
    this.repair = repair;
    this.findings = findings;
  }

  void check(Collection<Partition> partitions) {
    long total = partitions.stream().mapToLong(partition -> partition.chunks.size()).sum();
    long done = 0;
    for (Partition partition : partitions) {
      long soundBytes = 0;
      for (LogChunk chunk : partition.chunks.all()) {
        soundBytes += checkChunk(partition, chunk);
        done++;
        if (!findings.progressed(done, Math.max(done, total))) {
          return;
        }
      }
      findings.checked(partition, soundBytes);
    }
  }

  /** Returns bytes of sound batches. */
  private long checkChunk(Partition partition, LogChunk chunk) {
    int end = chunk.end();
    long seed = partition.log.seed();
    int offset = ChunkFormat.DATA_OFFSET;
    long soundBytes = 0;
    while (offset + BatchFormat.HEADER_BYTES <= end) {
      if (BatchFormat.isValid(chunk.memory, offset, chunk.sequence, seed)) {
        int length = BatchFormat.length(chunk.memory, offset);
        soundBytes += length;
        if (BatchFormat.kind(chunk.memory, offset) == BatchFormat.SEAL) {
          break;
        }
        offset += length;
        continue;
      }
      int from = offset;
      while (offset + BatchFormat.HEADER_BYTES <= end
          && !BatchFormat.isValid(chunk.memory, offset, chunk.sequence, seed)) {
        offset += BatchFormat.ALIGNMENT;
      }
      // It may have left this log, or been cut, while it was looked at: also by another table of
      // the same log, if the partition has changed hands.
      boolean isReleased =
          partition.chunks.get(chunk.sequence) != chunk
              || ChunkFormat.isElsewhere(chunk.memory, storeId, partition.id, chunk.sequence)
              || from >= chunk.end();
      boolean isRest =
          chunk.end() == Heap.CHUNK_BYTES && from + BatchFormat.HEADER_BYTES > Heap.CHUNK_BYTES;
      if (isReleased || isRest) {
        break;
      }
      boolean isHealed = isHealed(partition, chunk, from);
      findings.damaged(partition, chunk, from, offset - from, isHealed);
      if (isHealed) {
        offset = from;
      }
    }
    return soundBytes;
  }

  private boolean isHealed(Partition partition, LogChunk chunk, int from) {
    return repair != null
        && partition.id != Catalog.PARTITION
        && repair.heal(partition.id, Address.of(chunk.sequence, from))
        && BatchFormat.isValid(chunk.memory, from, chunk.sequence, partition.log.seed());
  }
}
