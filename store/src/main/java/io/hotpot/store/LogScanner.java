package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;

/**
 * Verifies the batches of one chunk, one after the other, and finds the next sound one after a
 * damaged stretch.
 *
 * <p>Reads only; any number may run beside one another and beside commits (then up to the end known
 * at the start).
 */
final class LogScanner {

  /** A run of sound batches: from {@code start} to {@code end}, chained to one another. */
  record Run(int start, int end) {}

  /** What a chunk holds. */
  static final class Scan {
    final LogChunk chunk;
    final List<Run> runs = new ArrayList<>();
    long maxDurable;
    boolean sealed;
    int maxEpoch;

    /** Offsets of commit batches that list siblings. */
    final List<Integer> withSiblings = new ArrayList<>();

    Scan(LogChunk chunk) {
      this.chunk = chunk;
    }

    boolean isEmpty() {
      return runs.isEmpty();
    }

    long soundBytes() {
      return runs.stream().mapToLong(run -> run.end() - run.start()).sum();
    }
  }

  private LogScanner() {}

  static Scan scan(LogChunk chunk, long seed, int from, int limit) {
    Scan scan = new Scan(chunk);
    ChunkMemory memory = chunk.memory;
    int offset = from;
    while (offset + BatchFormat.HEADER_BYTES <= limit) {
      if (!BatchFormat.isValid(memory, offset, chunk.sequence, seed)) {
        offset = nextSound(chunk, seed, offset + BatchFormat.ALIGNMENT, limit);
        continue;
      }
      int start = offset;
      int previous = 0;
      int epoch = 0;
      while (offset + BatchFormat.HEADER_BYTES <= limit
          && BatchFormat.isValid(memory, offset, chunk.sequence, seed)
          && (offset == start || chained(memory, offset, previous, epoch))) {
        previous = BatchFormat.checksum(memory, offset);
        epoch = BatchFormat.epoch(memory, offset);
        note(scan, memory, offset);
        offset += BatchFormat.length(memory, offset);
        if (scan.sealed) {
          scan.runs.add(new Run(start, offset));
          return scan;
        }
      }
      scan.runs.add(new Run(start, offset));
    }
    return scan;
  }

  private static boolean chained(ChunkMemory memory, int offset, int previous, int epoch) {
    return BatchFormat.previousChecksum(memory, offset) == previous
        && BatchFormat.epoch(memory, offset) >= epoch;
  }

  private static void note(Scan scan, ChunkMemory memory, int offset) {
    long address = Address.of(scan.chunk.sequence, offset);
    scan.maxDurable =
        Math.max(scan.maxDurable, BatchFormat.durableAddress(memory, offset, address));
    scan.maxEpoch = Math.max(scan.maxEpoch, BatchFormat.epoch(memory, offset));
    scan.sealed = BatchFormat.kind(memory, offset) == BatchFormat.SEAL;
    if (BatchFormat.siblings(memory, offset) > 0) {
      scan.withSiblings.add(offset);
    }
  }

  /**
   * Where the batches of a chunk end that is not scanned, since a checkpoint stands in for it;
   * where headers do not lead to its seal, it is scanned after all.
   */
  static int endOf(LogChunk chunk, long seed) {
    ChunkMemory memory = chunk.memory;
    int offset = ChunkFormat.DATA_OFFSET;
    boolean sealed = false;
    while (!sealed && offset + BatchFormat.HEADER_BYTES <= Heap.CHUNK_BYTES) {
      int length = BatchFormat.length(memory, offset);
      if (length < BatchFormat.HEADER_BYTES || length > Heap.CHUNK_BYTES - offset) {
        break;
      }
      sealed = BatchFormat.kind(memory, offset) == BatchFormat.SEAL;
      offset += length;
    }
    if (!sealed) {
      for (Run run : scan(chunk, seed, ChunkFormat.DATA_OFFSET, Heap.CHUNK_BYTES).runs) {
        offset = Math.max(offset, run.end());
      }
    }
    return offset;
  }

  /** Where the next sound batch starts. Its seeded checksum keeps chance hits out. */
  private static int nextSound(LogChunk chunk, long seed, int from, int limit) {
    for (int offset = from;
        offset + BatchFormat.HEADER_BYTES <= limit;
        offset += BatchFormat.ALIGNMENT) {
      if (chunk.memory.getLong(offset) == 0) {
        offset = chunk.memory.firstNonZero(offset, limit) & -BatchFormat.ALIGNMENT;
      }
      if (offset + BatchFormat.HEADER_BYTES <= limit
          && BatchFormat.isValid(chunk.memory, offset, chunk.sequence, seed)) {
        return offset;
      }
    }
    return limit;
  }

  /** Calls back for every record of a batch. */
  interface RecordVisitor {
    void record(int offset, long firstWord, int length);
  }

  static void records(ChunkMemory memory, int batchOffset, RecordVisitor visitor) {
    records(memory, batchOffset, BatchFormat.length(memory, batchOffset), visitor);
  }

  /** The same of a batch of a known length, whatever stands in it by now. */
  static void records(ChunkMemory memory, int batchOffset, int lengthBytes, RecordVisitor visitor) {
    int end = batchOffset + lengthBytes;
    int begin = BatchFormat.recordsBegin(memory, batchOffset);
    if (begin < 0 || begin > lengthBytes) {
      return;
    }
    int offset = batchOffset + begin;
    while (offset + RecordFormat.HEADER_BYTES <= end) {
      int length = RecordFormat.length(memory, offset);
      if (length < 0 || offset + RecordFormat.HEADER_BYTES + length > end) {
        return;
      }
      visitor.record(offset, memory.getLong(offset), length);
      offset += RecordFormat.HEADER_BYTES + length;
    }
  }
}
