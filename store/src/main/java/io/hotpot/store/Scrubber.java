package io.hotpot.store;

import io.hotpot.store.spi.Repair;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Verifies the batches of partitions, and so their records, while they are in use. */
final class Scrubber {

  private final @Nullable Repair repair;
  private final Progress progress;
  private final List<Damage> damages = new ArrayList<>();

  /**
   * @param repair null: there are no other nodes that could heal anything
   * @param progress counts chunks
   */
  Scrubber(@Nullable Repair repair, Progress progress) {
    this.repair = repair;
    this.progress = progress;
  }

  List<Damage> check(Collection<Partition> partitions) {
    long total = partitions.stream().mapToLong(partition -> partition.chunks.size()).sum();
    long done = 0;
    for (Partition partition : partitions) {
      for (LogChunk chunk : partition.chunks.all()) {
        checkChunk(partition, chunk);
        done++;
        progress.report(done, Math.max(done, total));
      }
    }
    return damages;
  }

  private void checkChunk(Partition partition, LogChunk chunk) {
    int end = chunk.end();
    int offset = ChunkFormat.DATA_OFFSET;
    while (offset + BatchFormat.HEADER_BYTES <= end) {
      if (BatchFormat.isValid(chunk.memory, offset, chunk.sequence, partition.log.seed())) {
        if (BatchFormat.kind(chunk.memory, offset) == BatchFormat.SEAL) {
          return;
        }
        offset += BatchFormat.length(chunk.memory, offset);
        continue;
      }
      int from = offset;
      while (offset + BatchFormat.HEADER_BYTES <= end
          && !BatchFormat.isValid(chunk.memory, offset, chunk.sequence, partition.log.seed())) {
        offset += BatchFormat.ALIGNMENT;
      }
      if (partition.chunks.get(chunk.sequence) != chunk) {
        return; // Released meanwhile.
      }
      if (chunk.end() == Heap.CHUNK_BYTES && from + BatchFormat.HEADER_BYTES > Heap.CHUNK_BYTES) {
        return;
      }
      if (isHealed(partition, chunk, from)) {
        continue;
      }
      damages.add(
          new Damage(
              partition.id,
              chunk.memory.index(),
              from,
              offset - from,
              "",
              "a batch of the log fails its checksum"));
    }
  }

  private boolean isHealed(Partition partition, LogChunk chunk, int from) {
    return repair != null
        && partition.id != Catalog.PARTITION
        && repair.heal(partition.id, Address.of(chunk.sequence, from))
        && BatchFormat.isValid(chunk.memory, from, chunk.sequence, partition.log.seed());
  }
}
