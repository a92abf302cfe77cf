package io.hotpot.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the owner's log has said about a copy's chunks and may take effect only when everything up
 * to there is settled, and durable here: checkpoints that can be used, and chunks that are not
 * needed. Until then another owner may do without the one, and with the other.
 *
 * <p>Confined to the thread that writes the copy, but for {@link #giveBack}: that from any thread,
 * one at a time.
 */
final class CopyUpkeep {

  private record Checkpointed(long address, long end) {}

  private record Released(int sequence, long end) {}

  private final HeldStore store;
  private final ArrayDeque<Checkpointed> checkpoints = new ArrayDeque<>();
  private final ArrayDeque<Released> releases = new ArrayDeque<>();

  /** Chunks that are no part of the log any more, on their way to the pool. From any thread. */
  private final ConcurrentLinkedQueue<LogChunk> unused = new ConcurrentLinkedQueue<>();

  private final ReentrantLock giving = new ReentrantLock();

  CopyUpkeep(HeldStore store) {
    this.store = store;
  }

  /** A checkpoint is completed by the batch at an address. */
  void checkpoint(long address, long end) {
    checkpoints.addLast(new Checkpointed(address, end));
  }

  /**
   * Notes all checkpoints of a log that its chunks do not point to.
   *
   * @param newestPointer the address that the newest pointer names
   */
  void noteCheckpoints(Partition partition, long newestPointer) {
    for (LogChunk chunk : partition.chunks.all()) {
      if (chunk.sequence < Address.sequence(newestPointer)) {
        continue;
      }
      ChunkBatches.forEach(
          chunk,
          partition.log.seed(),
          offset -> {
            long address = Address.of(chunk.sequence, offset);
            if (BatchFormat.kind(chunk.memory, offset) == BatchFormat.CHECKPOINT
                && address > newestPointer) {
              checkpoint(address, address + BatchFormat.length(chunk.memory, offset));
            }
          });
    }
  }

  /**
   * A chunk is not needed any more.
   *
   * @param end of the log that said so
   */
  void release(int sequence, long end) {
    releases.addLast(new Released(sequence, end));
  }

  /** The log was cut: what is left of what has been said is settled. */
  void cut(long end) {
    checkpoints.removeIf(checkpoint -> checkpoint.end > end);
    for (int i = releases.size(); i > 0; i--) {
      Released released = releases.removeFirst();
      releases.addLast(new Released(released.sequence, Math.min(released.end, end)));
    }
  }

  void clear() {
    checkpoints.clear();
    releases.clear();
  }

  /**
   * Does what may be done, everything below an address being settled and durable.
   *
   * @param keptFrom chunks that were released beyond this address are still read
   * @return whether a checkpoint can be used that could not before
   */
  boolean run(Partition partition, long settledTo, long keptFrom) {
    boolean pointed = false;
    while (!checkpoints.isEmpty() && checkpoints.getFirst().end <= settledTo) {
      Checkpointed checkpoint = checkpoints.removeFirst();
      LogChunk chunk = partition.chunks.get(Address.sequence(checkpoint.address));
      if (chunk != null) {
        int pointer = ChunkFormat.writeCheckpointPointer(chunk.memory, checkpoint.address);
        store.flush(chunk, pointer, ChunkFormat.POINTER_BYTES);
        pointed = true;
      }
    }
    for (Iterator<Released> i = releases.iterator(); i.hasNext(); ) {
      Released released = i.next();
      LogChunk chunk = partition.chunks.get(released.sequence);
      if (chunk == null) {
        i.remove();
      } else if (released.end <= Math.min(settledTo, keptFrom) && chunk.closeToPins()) {
        i.remove();
        partition.chunks.remove(chunk);
        unused.add(chunk);
      }
    }
    return pointed;
  }

  /** Whether {@link #giveBack} has something to do. From any thread. */
  boolean hasUnused() {
    return !unused.isEmpty();
  }

  /**
   * Gives chunks back to the pool that the log does without; blocks for the medium. Afterwards
   * nothing is on its way to the pool.
   */
  void giveBack(int partition) {
    giving.lock();
    try {
      giveBackAll(partition);
    } finally {
      giving.unlock();
    }
  }

  private void giveBackAll(int partition) {
    if (unused.isEmpty()) {
      return;
    }
    List<LogChunk> now = new ArrayList<>();
    for (LogChunk chunk = unused.poll(); chunk != null; chunk = unused.poll()) {
      now.add(chunk);
    }
    // The checkpoints must be found before anything goes that they stand in for: their pointers
    // were written before these chunks came here.
    store.drain();
    now.forEach(chunk -> store.giveBack(partition, chunk));
  }
}
