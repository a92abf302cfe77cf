package io.hotpot.store;

import java.util.List;

/** Verifies a partition's batches and records while it is in use. */
final class Scrubber {

  private Scrubber() {}

  static void check(Partition partition, List<Damage> damages) {
    for (LogChunk chunk : partition.chunks.all()) {
      checkChunk(partition, chunk, damages);
    }
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
