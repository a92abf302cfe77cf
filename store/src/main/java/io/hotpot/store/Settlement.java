package io.hotpot.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes the medium agree with what recovery found, and lets each log go on (docs/FORMAT.md,
 * "Recovery", steps 4 and 5 and "Going on in the last chunk").
 *
 * <p>Two passes over all partitions. The first makes durable what was found of every log, and puts
 * out of the way what lies beyond its end. Only when that holds for all of them, the second lets
 * them append: a batch claims that what is below it is durable, siblings included. So running it
 * again after a crash in the middle comes to the same ends.
 *
 * <p>One thread, before anybody else uses the partitions.
 */
final class Settlement {

  private final Heap heap;
  private final ChunkPool pool;
  private final boolean clean;

  /**
   * @param clean whether the store was closed in order
   */
  Settlement(Heap heap, ChunkPool pool, boolean clean) {
    this.heap = heap;
    this.pool = pool;
    this.clean = clean;
  }

  /**
   * @param partitions those that {@code recovery} was applied to
   */
  void settle(Recovery recovery, Collection<Partition> partitions) {
    List<LogEnd> ends = new ArrayList<>();
    for (Partition partition : partitions) {
      FoundLog found = recovery.found(partition.id);
      if (!found.chunks.isEmpty()) {
        ends.add(new LogEnd(found, partition));
      }
    }
    if (!ends.stream().allMatch(LogEnd::isAsClosed)) {
      ends.forEach(LogEnd::putBeyondOutOfTheWay);
      recovery.all().forEach(this::flush);
      heap.drain();
    }
    ends.forEach(LogEnd::goOn);
  }

  private void flush(FoundLog found) {
    for (LogScanner.Scan scan : found.scans.values()) {
      int length = scan.chunk.end() - ChunkFormat.DATA_OFFSET;
      if (length > 0) {
        heap.flush(scan.chunk.memory.index(), ChunkFormat.DATA_OFFSET, length);
      }
    }
  }

  /** Where one log ends, and how it goes on from there. */
  private final class LogEnd {

    private final FoundLog found;
    private final Partition partition;
    private final int sequence;
    private final @Nullable LogChunk last;
    private final LogScanner.@Nullable Scan scan;
    private final NavigableMap<Integer, LogChunk> beyond;

    /** Whether the last batch is the SEAL of the last chunk. */
    private final boolean sealed;

    /**
     * Whether the log cannot go on without a fresh chunk. Where chunks beyond the end are given
     * back, one of a higher number must come first; where the log is damaged, its end is not
     * trusted.
     */
    private final boolean needsChunk;

    /** What the next batch chains to. */
    private int checksum;

    LogEnd(FoundLog found, Partition partition) {
      this.found = found;
      this.partition = partition;
      this.sequence = Address.sequenceOfEnd(found.end);
      this.last = found.chunks.get(sequence);
      this.scan = found.scans.get(sequence);
      this.beyond = found.chunks.tailMap(sequence, false);
      this.sealed =
          scan != null
              && scan.sealed
              && scan.runs.getLast().end() == Address.offsetOfEnd(found.end);
      this.checksum = found.endChecksum;
      this.needsChunk =
          partition.doubt.exists()
              || !(beyond.isEmpty() || emptyNext() != null)
              || !(last == null || sealed || endsSoundly(last));
    }

    boolean isAsClosed() {
      return clean && found.endsAsClosed() && last != null && !found.truncated;
    }

    /** The chunk that was prepared to follow the last one, and in which nothing stands. */
    private @Nullable LogChunk emptyNext() {
      LogChunk next = beyond.size() == 1 ? beyond.get(sequence + 1) : null;
      return next != null && isSoundHeader(next) && isEmpty(next) ? next : null;
    }

    private boolean isSoundHeader(LogChunk chunk) {
      return !found.damagedHeaders.contains(chunk.sequence);
    }

    private boolean isEmpty(LogChunk chunk) {
      LogScanner.Scan scanned = found.scans.get(chunk.sequence);
      return scanned != null && scanned.isEmpty();
    }

    /** Whether the log ends with a sound batch, or at the head of a chunk. */
    private boolean endsSoundly(LogChunk chunk) {
      int end = Address.offsetOfEnd(found.end);
      return scan != null
          && chunk.end() == end
          && end + BatchFormat.HEADER_BYTES <= Heap.CHUNK_BYTES
          && isSoundHeader(chunk)
          && (end == ChunkFormat.DATA_OFFSET
              || scan.runs.stream().anyMatch(run -> run.start() < end && end <= run.end()));
    }

    void putBeyondOutOfTheWay() {
      if (isAsClosed() || last == null || sealed) {
        return;
      }
      if (!needsChunk) {
        clearHeadersBeyond(last);
      } else if (last.end() + BatchFormat.HEADER_BYTES <= Heap.CHUNK_BYTES) {
        seal(last);
      }
    }

    /** Of the sound batches beyond the end, in the chunk that the log goes on in. */
    private void clearHeadersBeyond(LogChunk chunk) {
      if (scan == null) {
        return;
      }
      byte[] nothing = new byte[BatchFormat.HEADER_BYTES];
      for (LogScanner.Run run : scan.runs) {
        int length;
        for (int offset = run.start(); offset < run.end(); offset += length) {
          length = BatchFormat.length(chunk.memory, offset);
          if (offset >= chunk.end()) {
            chunk.memory.put(offset, nothing, 0, nothing.length);
            heap.flush(chunk.memory.index(), offset, nothing.length);
          }
        }
      }
    }

    private void seal(LogChunk chunk) {
      byte[] seal = new byte[BatchFormat.HEADER_BYTES];
      checksum =
          BatchFormat.seal(
              seal,
              seal.length,
              BatchFormat.SEAL,
              0,
              0,
              checksum,
              scan == null ? 0 : scan.maxEpoch,
              0,
              Address.of(sequence, chunk.end()),
              0,
              found.seed);
      chunk.memory.put(chunk.end(), seal, 0, seal.length);
      chunk.end(chunk.end() + seal.length);
    }

    void goOn() {
      if (isAsClosed() && last != null) {
        releaseBeyond();
        goOnIn(sealed ? null : last, found.chunks.lastKey());
      } else if (!needsChunk) {
        goOnIn(sealed ? null : last, sequence);
        LogChunk next = emptyNext();
        if (next != null) {
          next.closed = false;
          partition.log.keepPrepared(next);
        }
      } else {
        goOnInFreshChunk();
      }
    }

    private void goOnIn(@Nullable LogChunk open, int lastSequence) {
      if (open != null) {
        open.closed = false;
        if (partition.chunks.get(open.sequence) != open) {
          partition.chunks.put(open);
        }
      }
      partition.log.resume(open, lastSequence, checksum, found.end);
    }

    private void goOnInFreshChunk() {
      long tail = last == null ? 0 : Address.of(sequence, last.end());
      partition.log.resume(null, found.chunks.lastKey(), checksum, tail);
      // A higher sequence number is on the medium before any is given back, so that none is ever
      // used twice.
      partition.log.prepareNow();
      if (partition.doubt.exists()) {
        // What tells of the damage may be released next; the mark tells of it for ever.
        partition.appendMark(BatchFormat.SUSPECT);
        partition.log.flushAppended();
        heap.drain();
      }
      releaseBeyond();
    }

    /**
     * From the end, so that a crash in between leaves no gap that could be taken for a cleaned
     * chunk.
     */
    private void releaseBeyond() {
      for (LogChunk chunk : found.chunks.descendingMap().values()) {
        if (partition.chunks.get(chunk.sequence) != chunk) {
          pool.release(chunk.memory.index(), found.partition, chunk.sequence);
        }
      }
    }
  }
}
