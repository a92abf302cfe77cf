package io.hotpot.store;

import java.util.List;

/**
 * Finds where a log ends, step 2 of docs/FORMAT.md, "Recovery": its verified batches are followed
 * along the chain, chunk by chunk, and a gap is damage below the address that was durable, the end
 * of the log at or above it.
 *
 * <p>Reads the medium only, fills in what was found. One thread.
 */
final class LogEnd {

  /** No chunk was read that the next one must link to. */
  private static final int NONE = -1;

  private final FoundLog found;
  private final List<Damage> damages;

  /** Behind the last batch that belongs to the log. */
  private long end;

  private int previousChecksum;
  private int previousEpoch;
  private int previousSequence = NONE;

  /** Whether the chunk before ended with a seal: only then the log goes on in the next one. */
  private boolean sealed = true;

  /** What follows is not part of the log. */
  private boolean stopped;

  private LogEnd(FoundLog found, List<Damage> damages) {
    this.found = found;
    this.damages = damages;
  }

  /**
   * @param found with its checkpoints and the scans of its chunks
   * @param damages to be added to
   */
  static void find(FoundLog found, List<Damage> damages) {
    new LogEnd(found, damages).find();
  }

  private void find() {
    Checkpoint checkpoint = found.checkpoint;
    found.durable = Math.max(found.durable, found.newestPointer);
    found.durable = Math.max(found.durable, checkpoint == null ? 0 : checkpoint.end());
    for (LogScanner.Scan scan : found.scans.values()) {
      found.durable = Math.max(found.durable, scan.maxDurable);
    }
    for (LogChunk chunk : found.chunks.values()) {
      found.durable =
          Math.max(found.durable, ChunkFormat.notedEnd(chunk.memory, chunk.sequence, found.seed));
    }
    for (LogScanner.Scan scan : found.scans.values()) {
      if (stopped) {
        found.truncated |= !scan.isEmpty();
      } else if (scan.isEmpty()) {
        emptyChunk(scan.chunk);
      } else {
        chunk(scan);
      }
    }
    found.end = end;
    found.endChecksum = previousChecksum;
    found.setChunkEnds();
  }

  private void emptyChunk(LogChunk chunk) {
    if (Address.of(chunk.sequence, ChunkFormat.DATA_OFFSET) < found.durable) {
      boolean isWhole = chunk.sequence < Address.sequence(found.durable);
      int lost = isWhole ? Heap.CHUNK_BYTES : Address.offset(found.durable);
      report(chunk, ChunkFormat.DATA_OFFSET, lost);
      if (!isWhole) {
        end = Address.of(chunk.sequence, lost);
      }
      sealed = true;
      previousSequence = NONE;
    } else {
      // All of it was lost before it was durable, or nothing was ever written: what follows came
      // later.
      stopped = true;
    }
  }

  private void chunk(LogScanner.Scan scan) {
    LogChunk chunk = scan.chunk;
    int expected = ChunkFormat.DATA_OFFSET;
    for (LogScanner.Run run : scan.runs) {
      if (isGap(chunk, expected, run.start()) && !goesOnBehind(chunk, expected, run.start())) {
        stopped = true;
        found.truncated = true;
        return;
      }
      int last = lastBatch(chunk.memory, run);
      previousChecksum = BatchFormat.checksum(chunk.memory, last);
      previousEpoch = BatchFormat.epoch(chunk.memory, last);
      expected = run.end();
      end = Address.of(chunk.sequence, run.end());
    }
    if (!scan.sealed && end < found.durable) {
      boolean isLast = Address.sequence(found.durable) == chunk.sequence;
      int lost = isLast ? Address.offset(found.durable) : Heap.CHUNK_BYTES;
      report(chunk, expected, lost);
      end = Address.of(chunk.sequence, isLast ? lost : expected);
      sealed = true;
      previousSequence = NONE;
    } else {
      sealed = scan.sealed;
      previousSequence = chunk.sequence;
    }
  }

  /** Whether a run of batches does not follow what was read before it. */
  private boolean isGap(LogChunk chunk, int expected, int start) {
    boolean isFirst = start == ChunkFormat.DATA_OFFSET;
    boolean followsPrevious = previousSequence == chunk.sequence - 1;
    // Also where numbers were skipped in between: a new owner seals the last chunk before it does.
    if (start != expected || (isFirst && !sealed)) {
      return true;
    }
    return (followsPrevious || !isFirst) && !isLinked(chunk.memory, start);
  }

  /** The rule of FORMAT.md, "Going on in the last chunk": by checksum, and no lower epoch. */
  private boolean isLinked(ChunkMemory memory, int offset) {
    return BatchFormat.previousChecksum(memory, offset) == previousChecksum
        && BatchFormat.epoch(memory, offset) >= previousEpoch;
  }

  /** Whether a gap is damage within the log; if not, the log ends in it. */
  private boolean goesOnBehind(LogChunk chunk, int gap, int start) {
    if (Address.of(chunk.sequence, gap) >= found.durable) {
      return false;
    }
    if (Address.of(chunk.sequence, start) > found.durable) {
      // Damage below the durable address, and torn batches above it.
      int lost = Address.offset(found.durable);
      report(chunk, gap, lost);
      end = Address.of(chunk.sequence, lost);
      return false;
    }
    report(chunk, gap, start);
    return true;
  }

  private static int lastBatch(ChunkMemory memory, LogScanner.Run run) {
    int offset = run.start();
    int last = offset;
    while (offset < run.end()) {
      last = offset;
      offset += BatchFormat.length(memory, offset);
    }
    return last;
  }

  private void report(LogChunk chunk, int from, int to) {
    damages.add(
        new Damage(
            found.partition,
            chunk.memory.index(),
            from,
            to - from,
            "",
            "a batch of the log is damaged, although it had been made durable"));
  }
}
