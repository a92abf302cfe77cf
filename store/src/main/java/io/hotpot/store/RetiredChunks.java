package io.hotpot.store;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

/**
 * Chunks that hold nothing which lives, until they can be released: what was moved out of them is
 * settled, every snapshot that was opened before has been closed, and nobody copies them (unless
 * chunks are scarce: who copies can begin anew); and those of dropped datasets.
 *
 * <p>Not thread-safe: under the cleaner's lock. Takes commit locks.
 */
final class RetiredChunks {

  /**
   * @param settledAt address below which everything must be settled first
   * @param retiredAt moment in the order of snapshots
   */
  private record Retired(Partition partition, LogChunk chunk, long settledAt, long retiredAt) {

    boolean isSettled() {
      return !partition.isReplicated() || partition.settledTo() >= settledAt;
    }
  }

  /** Of dropped datasets: what could not be released yet, for want of room for marks elsewhere. */
  private record DroppedLog(int partition, List<LogChunk> chunks) {}

  private final ChunkPool pool;
  private final GroupCommit groupCommit;
  private final Snapshots snapshots;
  private final Supplier<List<Partition>> partitions;
  private final List<Retired> retired = new ArrayList<>();
  private final List<DroppedLog> dropped = new ArrayList<>();

  RetiredChunks(
      ChunkPool pool,
      GroupCommit groupCommit,
      Snapshots snapshots,
      Supplier<List<Partition>> partitions) {
    this.pool = pool;
    this.groupCommit = groupCommit;
    this.snapshots = snapshots;
    this.partitions = partitions;
  }

  /**
   * A chunk has been emptied. It stays readable for the snapshots that were opened before; the
   * cleaner does not look at it again.
   *
   * @return false: it must stay for now, since there is no room to say that it may go
   */
  boolean retire(Partition partition, LogChunk chunk) {
    if (chunk.hasSiblings && !resolveSiblings()) {
      return false;
    }
    chunk.uncleanable = true;
    retired.add(new Retired(partition, chunk, partition.log.tail(), snapshots.now()));
    if (partition.isReplicated()) {
      partition.others().retired(chunk.sequence);
    }
    return true;
  }

  /** How many chunks of a partition wait for their release. */
  int count(Partition partition) {
    return (int) retired.stream().filter(r -> r.partition == partition).count();
  }

  /** Whether closing a snapshot would let one go. */
  boolean waitForSnapshots() {
    return retired.stream().anyMatch(r -> r.isSettled() && !snapshots.allClosedBefore(r.retiredAt));
  }

  /** Whether an acknowledgement of other nodes would let one go. */
  boolean waitForOthers() {
    return retired.stream().anyMatch(r -> !r.isSettled() || r.chunk.isPinned());
  }

  /**
   * Commits go on while the medium forgets the chunks: nothing finds them any more by then.
   *
   * @param wanted chunks are scarce as long as no more than so many are available
   */
  void release(int wanted) {
    releaseDropped();
    List<Partition> present = partitions.get();
    for (Iterator<Retired> i = retired.iterator(); i.hasNext(); ) {
      Retired r = i.next();
      if (!present.contains(r.partition)) {
        // Dropped, or another node's by now.
        i.remove();
      } else if (r.isSettled()
          && snapshots.allClosedBefore(r.retiredAt)
          && !(r.chunk.isKept() && pool.available() > wanted)
          && remove(r)) {
        i.remove();
        pool.release(r.chunk.memory.index(), r.partition.id, r.chunk.sequence);
      }
    }
  }

  private static boolean remove(Retired r) {
    Partition partition = r.partition;
    partition.commitLock.lock();
    try {
      boolean mine = !partition.isReplicated() || partition.isServed();
      if (!mine || !r.chunk.closeToPins()) {
        return false;
      }
      partition.chunks.remove(r.chunk);
      if (partition.isReplicated()) {
        partition.others().released(r.chunk.sequence);
      }
      return true;
    } finally {
      partition.commitLock.unlock();
    }
  }

  /**
   * Releases all chunks of a partition whose dataset was dropped; in a heap without any room, those
   * with siblings as soon as there is some.
   */
  void releaseAll(Partition partition) {
    partition.commitLock.lock();
    try {
      partition.log.releasePrepared();
      List<LogChunk> chunks = partition.chunks.all();
      chunks.forEach(partition.chunks::remove);
      partition.log.end();
      dropped.add(new DroppedLog(partition.id, chunks));
    } finally {
      partition.commitLock.unlock();
    }
    retired.removeIf(r -> r.partition == partition);
    groupCommit.drainAll();
    releaseDropped();
  }

  private void releaseDropped() {
    boolean resolved = false;
    for (Iterator<DroppedLog> i = dropped.iterator(); i.hasNext(); ) {
      DroppedLog log = i.next();
      if (!resolved && log.chunks.stream().anyMatch(chunk -> chunk.hasSiblings)) {
        if (!resolveSiblings()) {
          return;
        }
        resolved = true;
      }
      i.remove();
      for (LogChunk chunk : log.chunks.reversed()) {
        pool.release(chunk.memory.index(), log.partition, chunk.sequence);
      }
    }
  }

  /**
   * Before a batch with siblings goes, every other partition's log says durably that its own
   * sibling of it stands: the durable address that each batch carries covers it. Logs of a cluster
   * have no siblings.
   *
   * @return false if there is no room to say it
   */
  private boolean resolveSiblings() {
    for (Partition partition : partitions.get()) {
      partition.commitLock.lock();
      try {
        if (!partition.isReplicated() && partition.log.current() != null) {
          partition.log.reserve(BatchFormat.HEADER_BYTES, ChunkPool.Purpose.CLEANING);
          partition.log.append(
              new byte[BatchFormat.HEADER_BYTES],
              BatchFormat.HEADER_BYTES,
              BatchFormat.MARK,
              0,
              0,
              partition.lastStamp());
        }
      } catch (HeapFull e) {
        return false;
      } finally {
        partition.commitLock.unlock();
      }
    }
    groupCommit.drainAll();
    return true;
  }
}
