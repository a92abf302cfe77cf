package io.hotpot.store;

import java.util.List;

/**
 * Lets a copy's log end where another node's does, or where it was found to end: what stands beyond
 * must not come to life again.
 *
 * <p>Confined to the thread that writes the copy.
 */
record CopyEnd(HeldStore store, Partition partition) {

  /** The offset of a batch; -1: none ends there. */
  int batchThatEndsAt(LogChunk chunk, int end) {
    int[] found = {-1};
    ChunkBatches.forEach(
        chunk,
        partition.log.seed(),
        offset -> {
          if (offset + BatchFormat.length(chunk.memory, offset) == end) {
            found[0] = offset;
          }
        });
    return found[0];
  }

  void releaseBeyond(long address) {
    List<LogChunk> all = partition.chunks.all();
    for (int i = all.size() - 1; i >= 0; i--) {
      LogChunk chunk = all.get(i);
      if (Address.of(chunk.sequence, ChunkFormat.DATA_OFFSET) >= address) {
        store.release(partition, chunk);
      }
    }
  }

  /** Clears the headers of all sound batches from an offset on. */
  void clearHeaders(LogChunk chunk, int from) {
    for (int offset : ChunkBatches.offsets(chunk, from, chunk.end(), partition.log.seed())) {
      clearHeader(chunk, offset);
    }
  }

  private void clearHeader(LogChunk chunk, int offset) {
    byte[] nothing = new byte[BatchFormat.HEADER_BYTES];
    chunk.memory.put(offset, nothing, 0, nothing.length);
    store.flush(chunk, offset, nothing.length);
  }

  /**
   * The last batch of a chunk.
   *
   * @param epoch 0: there is none
   */
  record LastBatch(boolean isSeal, int epoch) {}

  /** Clears the headers of what a scan has found beyond the end of its chunk. */
  LastBatch keepOnlyTheLog(LogScanner.Scan scan) {
    LogChunk chunk = scan.chunk;
    LastBatch last = new LastBatch(false, 0);
    for (LogScanner.Run run : scan.runs) {
      int length;
      for (int offset = run.start(); offset < run.end(); offset += length) {
        length = BatchFormat.length(chunk.memory, offset);
        if (offset >= chunk.end()) {
          clearHeader(chunk, offset);
        } else {
          last =
              new LastBatch(
                  BatchFormat.kind(chunk.memory, offset) == BatchFormat.SEAL,
                  BatchFormat.epoch(chunk.memory, offset));
        }
      }
    }
    return last;
  }
}
