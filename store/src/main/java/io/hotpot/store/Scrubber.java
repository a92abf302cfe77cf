package io.hotpot.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Verifies the batches of partitions, and so their records, while they are in use. */
final class Scrubber {

  private Scrubber() {}

  /**
   * @param progress counts chunks
   */
  static List<Damage> check(Collection<Partition> partitions, Progress progress) {
    List<Damage> damages = new ArrayList<>();
    long total = partitions.stream().mapToLong(partition -> partition.chunks.size()).sum();
    long done = 0;
    for (Partition partition : partitions) {
      for (LogChunk chunk : partition.chunks.all()) {
        checkChunk(partition, chunk, damages);
        done++;
        progress.report(done, Math.max(done, total));
      }
    }
    return damages;
  }

  private static void checkChunk(Partition partition, LogChunk chunk, List<Damage> damages) {
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
}
