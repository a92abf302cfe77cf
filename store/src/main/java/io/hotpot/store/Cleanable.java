package io.hotpot.store;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which chunks of a partition may be cleaned, as of one moment, and which of them is worth it most
 * (the cost-benefit choice is that of Sprite LFS, Rosenblum and Ousterhout 1992, section 3.6).
 *
 * <p>In a cluster the cleaner waits for nobody (PROTOCOL 13.2): it leaves a chunk alone in which
 * something is not settled, is prepared and not decided, or is locked; and one that says something
 * of a transaction, or of an epoch, which the two newest checkpoints do not both say.
 *
 * <p>Immutable. What it allows may have become impossible by the time it is done: {@link
 * ChunkMover} finds out.
 */
final class Cleanable {

  /**
   * A chunk with more live bytes is left alone even where the heap is full. After uniform
   * overwrites at a high utilisation all chunks are nearly as full as the heap.
   */
  private static final double PACKED = 0.97;

  /** Garbage for which a checkpoint is worth its own bytes. */
  private static final int CHECKPOINTS_WORTH = 4;

  private final Partition partition;

  /** Whether the partition may be touched at all. */
  private final boolean open;

  /** Chunks from this number on hold something that is not settled. */
  private final int unsettledFrom;

  /** Chunks from this number on hold what no two checkpoints say. */
  private final int uncoveredFrom;

  private final Set<Integer> held;

  /** The length of the next checkpoint, about. */
  private final long checkpointBytes;

  private Cleanable(
      Partition partition,
      boolean open,
      int unsettledFrom,
      int uncoveredFrom,
      Set<Integer> held,
      long checkpointBytes) {
    this.partition = partition;
    this.open = open;
    this.unsettledFrom = unsettledFrom;
    this.uncoveredFrom = uncoveredFrom;
    this.held = held;
    this.checkpointBytes = checkpointBytes;
  }

  /** Takes the commit lock. */
  static Cleanable of(Partition partition) {
    // Where a version lies tells whether it can be trusted.
    boolean trusted = !partition.doubt.exists();
    if (!partition.isReplicated()) {
      return new Cleanable(partition, trusted, Integer.MAX_VALUE, Integer.MAX_VALUE, Set.of(), 0);
    }
    partition.commitLock.lock();
    try {
      Set<Integer> held = new TreeSet<>();
      partition.prepared.collectChunks(held);
      partition.publication.collectReplacedChunks(held);
      return new Cleanable(
          partition,
          trusted && partition.takesUpkeep(),
          Address.sequence(partition.publication.oldestBegin(partition.log.tail())),
          Address.sequence(partition.pins.ledgerCoveredTo()),
          held,
          (long) Long.BYTES * partition.slots.count()
              + (long) LedgerFormat.ENTRY_BYTES * partition.outcomes.size());
    } finally {
      partition.commitLock.unlock();
    }
  }

  private boolean allows(LogChunk chunk) {
    return mightAllow(chunk)
        && chunk.sequence < uncoveredFrom
        && !partition.pins.holds(chunk.sequence);
  }

  /** Whether nothing is in the way but that checkpoints are missing. */
  private boolean mightAllow(LogChunk chunk) {
    return open
        && chunk.closed
        && !chunk.uncleanable
        && !chunk.damaged
        && chunk.sequence < unsettledFrom
        && !held.contains(chunk.sequence);
  }

  /**
   * The chunk with the best ratio of gain to cost, weighted by age; null if none is emptier than
   * {@code limit}.
   */
  @Nullable LogChunk best(double limit) {
    LogChunk current = partition.log.current();
    int newest = current == null ? 0 : current.sequence;
    LogChunk best = null;
    double bestScore = 0;
    for (LogChunk chunk : partition.chunks.all()) {
      double utilisation = (double) chunk.liveBytes.get() / Heap.CHUNK_BYTES;
      if (utilisation > limit || !allows(chunk)) {
        continue;
      }
      double age = Math.min(64, newest - chunk.sequence + 1);
      double score = (1 - utilisation) * (8 + age) / (1 + utilisation);
      if (score > bestScore) {
        bestScore = score;
        best = chunk;
      }
    }
    return best;
  }

  /** The chunk with the fewest live bytes, unless all are packed. */
  @Nullable LogChunk emptiest() {
    LogChunk best = null;
    long least = (long) (PACKED * Heap.CHUNK_BYTES);
    for (LogChunk chunk : partition.chunks.all()) {
      if (chunk.liveBytes.get() < least && allows(chunk)) {
        least = chunk.liveBytes.get();
        best = chunk;
      }
    }
    return best;
  }

  /**
   * Whether two more checkpoints would let chunks be cleaned, with more garbage in them than those
   * are long.
   *
   * @param anyway however little garbage it is: an append waits for room
   */
  boolean wantsCheckpoint(double limit, boolean anyway) {
    if (!partition.isReplicated()) {
      return false;
    }
    long garbage = 0;
    for (LogChunk chunk : partition.chunks.all()) {
      long live = chunk.liveBytes.get();
      if (live <= limit * Heap.CHUNK_BYTES && mightAllow(chunk) && !allows(chunk)) {
        garbage += Heap.CHUNK_BYTES - live;
      }
    }
    return garbage > (anyway ? 0 : CHECKPOINTS_WORTH * 2 * checkpointBytes);
  }
}
