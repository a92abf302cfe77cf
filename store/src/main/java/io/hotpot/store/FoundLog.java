package io.hotpot.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was found of one partition's log when the store was opened: filled in by the steps of {@link
 * Recovery}, read by {@link Rebuild} and {@link Settlement}.
 *
 * <p>Every batch of the log lies below {@code end}, which only ever moves back; {@code durable}
 * does not lie above it unless damage was reported. One thread.
 */
final class FoundLog {
  final int partition;
  final long seed;
  final TreeMap<Integer, LogChunk> chunks = new TreeMap<>();
  final TreeMap<Integer, LogScanner.Scan> scans = new TreeMap<>();
  @Nullable Checkpoint checkpoint;

  /** The checkpoint before that one, if it is sound. */
  @Nullable Checkpoint olderCheckpoint;

  /** Of the batches that complete the two. */
  long checkpointAddress;

  long olderCheckpointAddress;

  /** Where the newest checkpoint was written, whether it can be read or not. */
  long newestPointer;

  /**
   * Checkpoints are damaged that alone may have known of deletions: what the log shows as the
   * newest version of an object may be one that was deleted.
   */
  boolean deletesForgotten;

  /** Chunks whose header, and so the pointers to checkpoints in it, is damaged. */
  final List<Integer> damagedHeaders = new ArrayList<>();

  /** It goes on beyond its sound end, as far as its node knows. */
  boolean endIsLost;

  /** Every batch below is part of the log. */
  long end;

  /** The highest address known to have been durable. */
  long durable;

  int endChecksum;

  /** Whether there were batches beyond the end that will have to be put out of the way. */
  boolean truncated;

  /** The last batch is a checkpoint and nothing follows: the store was closed cleanly here. */
  boolean clean;

  FoundLog(int partition, long storeId) {
    this.partition = partition;
    this.seed = BatchFormat.seed(storeId, partition);
  }

  /** The chunks that are read: all, or those that the checkpoint does not stand in for. */
  Collection<LogChunk> chunksToRead() {
    int first = checkpoint == null ? 0 : Address.sequence(checkpoint.begin());
    return chunks.tailMap(first, true).values();
  }

  boolean endsAsClosed() {
    return checkpoint != null && checkpoint.end() == end && checkpointAddress == newestPointer;
  }

  /** A header is durable before anything else of its chunk: there was more, and it is lost. */
  boolean hasHeadlessChunk() {
    return damagedHeaders.stream().map(scans::get).anyMatch(scan -> scan != null && scan.isEmpty());
  }

  LogChunk chunk(int sequence) {
    LogChunk chunk = chunks.get(sequence);
    if (chunk == null) {
      throw new IllegalStateException("no chunk " + sequence);
    }
    return chunk;
  }

  /** Tells each chunk where its part of the log ends. */
  void setChunkEnds() {
    for (LogScanner.Scan scan : scans.values()) {
      int chunkEnd = ChunkFormat.DATA_OFFSET;
      for (LogScanner.Run run : scan.runs) {
        if (Address.of(scan.chunk.sequence, run.start()) < end) {
          chunkEnd = run.end();
        }
      }
      if (scan.chunk.sequence == Address.sequence(end)) {
        chunkEnd = Math.min(chunkEnd, Address.offset(end));
      }
      scan.chunk.end(chunkEnd);
      scan.chunk.closed = true;
    }
    for (LogChunk chunk : chunks.values()) {
      if (!scans.containsKey(chunk.sequence) && chunk.end() == ChunkFormat.DATA_OFFSET) {
        // Wholly below the checkpoint: not scanned. Its seal is somewhere; bounds are all that is
        // needed.
        chunk.end(Heap.CHUNK_BYTES);
        chunk.closed = true;
      }
    }
  }
}
