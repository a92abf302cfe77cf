package io.hotpot.store;

import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Log compaction: moves the live records out of a chunk and releases it (architecture §5
 * "Cleaner"). It decides when; {@link Cleanable} says which chunk, {@link ChunkMover} moves, {@link
 * RetiredChunks} releases.
 *
 * <p>A chunk is released only after what was moved out of it is settled and every snapshot opened
 * before has been closed. In a cluster that is for others to acknowledge: nothing here waits for
 * it.
 *
 * <p>Thread-safety: all methods from any thread, one at a time inside.
 */
final class Cleaner {

  /** Chunks in use may be this many times the live bytes, and some more, before cleaning starts. */
  private static final double TARGET = 1.3;

  private static final int SLACK_CHUNKS = 1;
  private static final int MAX_FRUITLESS = 4;

  private static final double WORTHWHILE = 0.85;
  private static final double WORTHWHILE_WHERE_SCARCE = 0.9;

  private final ChunkPool pool;
  private final GroupCommit groupCommit;
  private final Snapshots snapshots;
  private final Checkpointer checkpointer;
  private final Supplier<List<Partition>> partitions;

  /** Those, and copies of other nodes' logs. */
  private final Supplier<List<Partition>> logs;

  private final Events events;
  private final RetiredChunks retired;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Partition, Pace> paces = new WeakHashMap<>();
  private boolean stopped;

  /** How often in a row cleaning gave nothing, and how long it leaves the partition alone. */
  private static final class Pace {
    int fruitless;
    long quietUntilAppended;
  }

  Cleaner(
      ChunkPool pool,
      GroupCommit groupCommit,
      Snapshots snapshots,
      Checkpointer checkpointer,
      Supplier<List<Partition>> partitions,
      Supplier<List<Partition>> logs,
      Events events) {
    this.pool = pool;
    this.groupCommit = groupCommit;
    this.snapshots = snapshots;
    this.checkpointer = checkpointer;
    this.partitions = partitions;
    this.logs = logs;
    this.events = events;
    this.retired = new RetiredChunks(pool, groupCommit, snapshots, partitions);
  }

  // ---- in the background

  /**
   * Cleans one chunk where there is too much garbage. Returns whether there was something to do.
   */
  boolean cleanIfWorthwhile() {
    lock.lock();
    try {
      finishSettled();
      for (Partition partition : partitions.get()) {
        if (partition.log.appendedBytes() >= pace(partition).quietUntilAppended
            && cleanIfWorthwhile(partition)) {
          return true;
        }
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  private boolean cleanIfWorthwhile(Partition partition) {
    boolean scarce = pool.available() <= scarcity();
    long used = (long) (chunksInUse(partition) - SLACK_CHUNKS) * Heap.CHUNK_BYTES;
    if (!scarce && used <= TARGET * partition.usage.liveBytes()) {
      return false;
    }
    double limit = scarce ? WORTHWHILE_WHERE_SCARCE : WORTHWHILE;
    Cleanable cleanable = Cleanable.of(partition);
    LogChunk victim = cleanable.best(limit);
    if (victim != null) {
      return cleanWithGain(partition, victim);
    }
    return cleanable.wantsCheckpoint(limit, false) && checkpoint(partition);
  }

  /** So many chunks, or fewer, are too few. */
  private int scarcity() {
    return 2 * pool.reserveFor(ChunkPool.Purpose.GROWTH);
  }

  private int chunksInUse(Partition partition) {
    return partition.chunks.size() - retired.count(partition);
  }

  private Pace pace(Partition partition) {
    return paces.computeIfAbsent(partition, p -> new Pace());
  }

  /**
   * Cleans, and where several chunks in a row gave nothing (their objects do not pack any closer),
   * leaves the partition alone until more has been written.
   */
  private boolean cleanWithGain(Partition partition, LogChunk victim) {
    int before = chunksInUse(partition);
    boolean cleaned = clean(partition, victim);
    Pace pace = pace(partition);
    pace.fruitless = chunksInUse(partition) < before ? 0 : pace.fruitless + 1;
    if (!cleaned || pace.fruitless > MAX_FRUITLESS) {
      pace.fruitless = 0;
      pace.quietUntilAppended = partition.log.appendedBytes() + Heap.CHUNK_BYTES;
      return false;
    }
    return true;
  }

  /**
   * Writes a checkpoint where many slots wait for one, unless only the reserve is left.
   *
   * @return whether there was one to write
   */
  boolean checkpointIfDue() {
    lock.lock();
    try {
      boolean written = false;
      for (Partition partition : partitions.get()) {
        boolean room = pool.available() > pool.reserveFor(ChunkPool.Purpose.GROWTH);
        if (!stopped && room && partition.isCheckpointDue()) {
          written |= checkpoint(partition);
        }
      }
      return written;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for what is being cleaned; nothing is cleaned afterwards. */
  void stop() {
    lock.lock();
    try {
      stopped = true;
    } finally {
      lock.unlock();
    }
  }

  // ---- where an append waits for room

  /**
   * Frees chunks because an append found the heap full; gives up the oldest snapshot where nothing
   * else helps. Others may have freed or taken some since then: what counts is what is free now.
   *
   * @param chunks that the append needs beyond the reserve
   * @return whether they are free, so that the append is worth repeating
   */
  boolean makeRoom(int chunks) {
    lock.lock();
    try {
      int wanted = pool.reserveFor(ChunkPool.Purpose.GROWTH) + chunks;
      // Each chunk there is now is moved at most once: what moves together without gain would move
      // for ever.
      int rounds = pool.inUse();
      do {
        if (stopped) {
          return false;
        }
        finishSettled(Math.max(wanted - 1, scarcity()));
        if (pool.available() < wanted) {
          releasePrepared();
        }
        if (pool.available() >= wanted) {
          return true;
        }
      } while ((rounds-- > 0 && (cleanEmptiest() || checkpointWhereItHelps()))
          || abandonSnapshot());
      finishSettled(Math.max(wanted - 1, scarcity()));
      return pool.available() >= wanted;
    } finally {
      lock.unlock();
    }
  }

  /** Whether there will be more room once other nodes have acknowledged what was appended. */
  boolean waitsForOthers() {
    lock.lock();
    try {
      return retired.waitForOthers()
          || partitions.get().stream().anyMatch(partition -> !checkpointer.settle(partition));
    } finally {
      lock.unlock();
    }
  }

  /** Chunks that were prepared ahead of need serve whoever needs one now. */
  private void releasePrepared() {
    for (Partition partition : logs.get()) {
      partition.commitLock.lock();
      try {
        partition.log.releasePrepared();
      } finally {
        partition.commitLock.unlock();
      }
    }
  }

  private boolean abandonSnapshot() {
    if (retired.waitForSnapshots() && snapshots.abandonOldest()) {
      events.abandonedSnapshots.increment();
      partitions.get().forEach(partition -> partition.slots.reclaimDeleted());
      return true;
    }
    return false;
  }

  /** Cleans the emptiest chunk, whatever that costs. */
  private boolean cleanEmptiest() {
    Partition bestPartition = null;
    LogChunk best = null;
    for (Partition partition : partitions.get()) {
      LogChunk chunk = Cleanable.of(partition).emptiest();
      if (chunk != null && (best == null || chunk.liveBytes.get() < best.liveBytes.get())) {
        best = chunk;
        bestPartition = partition;
      }
    }
    return best != null && bestPartition != null && clean(bestPartition, best);
  }

  private boolean checkpointWhereItHelps() {
    boolean written = false;
    for (Partition partition : partitions.get()) {
      if (Cleanable.of(partition).wantsCheckpoint(WORTHWHILE_WHERE_SCARCE, true)) {
        written |= checkpoint(partition);
      }
    }
    return written;
  }

  // ---- on demand

  /** Does something while no chunk is released. */
  <T> T whileNothingIsReleased(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  /** Cleans all that has garbage worth moving for. Returns the number of chunks freed. */
  int compact(Progress progress) {
    lock.lock();
    try {
      if (stopped) {
        throw new StoreClosed("the store was closed");
      }
      int before = pool.inUse();
      long total = partitions.get().stream().mapToLong(partition -> partition.chunks.size()).sum();
      long done = 0;
      finishSettled();
      for (Partition partition : partitions.get()) {
        // As many rounds as there are chunks now: what cleaning itself fills is not cleaned again.
        for (int rounds = partition.chunks.size(); rounds > 0; rounds--) {
          if (!compactOne(partition)) {
            break;
          }
          done++;
          progress.report(Math.min(done, total), total);
        }
      }
      finishSettled();
      progress.report(total, total);
      return Math.max(0, before - pool.inUse());
    } finally {
      lock.unlock();
    }
  }

  private boolean compactOne(Partition partition) {
    Cleanable cleanable = Cleanable.of(partition);
    LogChunk victim = cleanable.best(WORTHWHILE_WHERE_SCARCE);
    return victim != null
        ? clean(partition, victim)
        : cleanable.wantsCheckpoint(WORTHWHILE_WHERE_SCARCE, false) && checkpoint(partition);
  }

  /** Releases all chunks of a partition whose dataset was dropped. */
  void releaseAll(Partition partition) {
    lock.lock();
    try {
      retired.releaseAll(partition);
    } finally {
      lock.unlock();
    }
  }

  // ---- one chunk

  /** Moves what lives out of a chunk and retires it. Returns false if it cannot be emptied. */
  private boolean clean(Partition partition, LogChunk victim) {
    if (!partition.isReplicated()) {
      publishAllIn(partition, victim);
    }
    ChunkMover mover = new ChunkMover(partition, victim, groupCommit, events);
    ChunkMover.@Nullable Result result = move(mover);
    if (result == ChunkMover.Result.DAMAGED) {
      if (partition.isReplicated()) {
        // Another node may have sound bytes of it.
        victim.damaged = true;
        partition.records.healLater(mover.damagedAt());
      } else {
        victim.uncleanable = true;
      }
    }
    if (result != ChunkMover.Result.EMPTIED) {
      return false;
    }
    groupCommit.drainAll();
    if (!retired.retire(partition, victim)) {
      return false;
    }
    retired.release(scarcity());
    events.cleanedChunks.increment();
    if (mover.deletesMoved() > Heap.CHUNK_BYTES / 4) {
      checkpoint(partition);
    }
    return true;
  }

  /** Null: there is no room. */
  private static ChunkMover.@Nullable Result move(ChunkMover mover) {
    try {
      return mover.moveAll();
    } catch (HeapFull e) {
      return null;
    }
  }

  /**
   * A closed chunk may end with commits that are not published yet: no handle word names their
   * records, and so they would be left behind as garbage.
   */
  private void publishAllIn(Partition partition, LogChunk victim) {
    boolean inFlight;
    partition.commitLock.lock();
    try {
      inFlight = partition.replayBegin() < Address.of(victim.sequence + 1, 0);
    } finally {
      partition.commitLock.unlock();
    }
    if (inFlight) {
      groupCommit.drainAll();
    }
  }

  private boolean checkpoint(Partition partition) {
    try {
      return checkpointer.write(partition);
    } catch (HeapFull e) {
      // Delete records, and what tells of transactions, are kept a while longer.
      return false;
    }
  }

  /** What others had to acknowledge first, and have by now. */
  private void finishSettled() {
    finishSettled(scarcity());
  }

  /**
   * @param wanted as {@link RetiredChunks#release} has it
   */
  private void finishSettled(int wanted) {
    partitions.get().forEach(checkpointer::settle);
    retired.release(wanted);
  }
}
