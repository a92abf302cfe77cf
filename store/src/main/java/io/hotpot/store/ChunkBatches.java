package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Walks over the batches of a chunk from one header to the next, as long as the headers can be
 * followed; where one cannot, over those that are sound. A length that has rotted leads nowhere,
 * and never round in a circle.
 *
 * <p>Reads only; beside appends up to the end known at the start.
 */
final class ChunkBatches {

  private ChunkBatches() {}

  /**
   * Calls back with the offset of each batch in a range.
   *
   * @param from where a batch begins
   * @param limit where one ends
   * @param seed of the partition's checksums
   */
  static void forEach(LogChunk chunk, int from, int limit, long seed, IntConsumer batch) {
    if (isWalkable(chunk.memory, from, limit)) {
      for (int at = from; at < limit; at += BatchFormat.length(chunk.memory, at)) {
        batch.accept(at);
      }
      return;
    }
    for (LogScanner.Run run : LogScanner.scan(chunk, seed, from, limit).runs) {
      for (int at = run.start(); at < run.end(); at += BatchFormat.length(chunk.memory, at)) {
        batch.accept(at);
      }
    }
  }

  /** All batches of a chunk. */
  static void forEach(LogChunk chunk, long seed, IntConsumer batch) {
    forEach(chunk, ChunkFormat.DATA_OFFSET, chunk.end(), seed, batch);
  }

  /** The same at once, for whoever changes headers as it goes. */
  static List<Integer> offsets(LogChunk chunk, int from, int limit, long seed) {
    List<Integer> offsets = new ArrayList<>();
    forEach(chunk, from, limit, seed, offsets::add);
    return offsets;
  }

  private static boolean isWalkable(ChunkMemory memory, int from, int limit) {
    int at = from;
    while (at < limit) {
      int length = at > limit - BatchFormat.HEADER_BYTES ? 0 : BatchFormat.length(memory, at);
      if (length < BatchFormat.HEADER_BYTES
          || length > limit - at
          || (length & (BatchFormat.ALIGNMENT - 1)) != 0) {
        return false;
      }
      at += length;
    }
    return true;
  }
}
