package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes checkpoints of a partition's handle table into its log.
 *
 * <p>The partition commits nothing meanwhile: the table is copied under the commit lock. Of commits
 * in flight the old state is written, and replay begins before the first of them.
 *
 * <p>In a cluster a checkpoint is an append that others copy, and may be used once it is settled:
 * until then it is pending, and no other one is begun.
 *
 * <p>Thread-safety: for one partition by one thread at a time; no commit lock is held.
 */
final class Checkpointer {

  private final Heap heap;
  private final GroupCommit groupCommit;
  private final Events events;

  Checkpointer(Heap heap, GroupCommit groupCommit, Events events) {
    this.heap = heap;
    this.groupCommit = groupCommit;
    this.events = events;
  }

  /**
   * Writes a checkpoint; durable, and known to the next opening, when the method returns. In a
   * cluster it may be pending then ({@link #settle}), or not be written at all, since the one
   * before is pending or the partition takes no appends at the moment.
   *
   * @return whether one was written
   * @throws HeapFull if there is no room for it; the store is as before
   */
  boolean write(Partition partition) {
    if (!settle(partition) || !append(partition)) {
      return false;
    }
    groupCommit.drainAll();
    settle(partition);
    return true;
  }

  private boolean append(Partition partition) {
    partition.commitLock.lock();
    try {
      if (!partition.takesUpkeep()) {
        return false;
      }
      partition.slots.checkpointBegins();
      Checkpoint checkpoint = appendPages(partition);
      byte[] end = CheckpointFormat.writeEnd(checkpoint);
      partition.log.reserve(end.length, ChunkPool.Purpose.RELIEF);
      long address =
          partition.log.append(end, end.length, BatchFormat.CHECKPOINT, 0, 0, checkpoint.stamp());
      partition.pins.appended(checkpoint, address, address + end.length);
      return true;
    } finally {
      partition.commitLock.unlock();
    }
  }

  /**
   * Lets the pending checkpoint be used from now on, if it is settled.
   *
   * @return whether none is pending any more
   */
  boolean settle(Partition partition) {
    CheckpointPins.Pending pending;
    partition.commitLock.lock();
    try {
      pending = partition.pins.pending();
    } finally {
      partition.commitLock.unlock();
    }
    if (pending == null) {
      return true;
    }
    if (partition.settledTo() < pending.end()) {
      return false;
    }
    LogChunk chunk = partition.chunks.get(Address.sequence(pending.address()));
    if (chunk == null) {
      throw new IllegalStateException("the chunk of a new checkpoint is gone");
    }
    int pointer = ChunkFormat.writeCheckpointPointer(chunk.memory, pending.address());
    heap.flush(chunk.memory.index(), pointer, ChunkFormat.POINTER_BYTES);
    heap.drain();
    partition.commitLock.lock();
    try {
      partition.checkpointDurable(pending.checkpoint(), pending.address());
    } finally {
      partition.commitLock.unlock();
    }
    events.checkpoints.increment();
    return true;
  }

  private static Checkpoint appendPages(Partition partition) {
    int slots = partition.slots.count();
    List<Long> pages = new ArrayList<>();
    long begin = partition.replayBegin();
    int freeHead = 0;
    for (int first = 0; first < slots; first += CheckpointFormat.PAGE_SLOTS) {
      int count = Math.min(CheckpointFormat.PAGE_SLOTS, slots - first);
      int length = CheckpointFormat.pageBytes(count);
      byte[] batch = new byte[length];
      CheckpointFormat.writePage(batch, first, count);
      for (int i = 0; i < count; i++) {
        int slot = first + i;
        long word = partition.slots.durableWord(slot, freeHead);
        if (slot != Partition.ROOTS_SLOT && HandleWord.tag(word) == HandleWord.FREE) {
          freeHead = slot;
        }
        Bytes.putLong(batch, CheckpointFormat.wordOffset(i), word);
      }
      pages.add(appendPage(partition, batch, 0));
    }
    List<Long> ledger = new ArrayList<>();
    if (partition.isReplicated()) {
      for (byte[] batch : LedgerFormat.pages(partition.ledger(begin))) {
        ledger.add(appendPage(partition, batch, BatchFormat.LEDGER));
      }
    }
    Map<Integer, Long> liveBytes = new TreeMap<>();
    for (LogChunk chunk : partition.chunks.all()) {
      liveBytes.put(chunk.sequence, chunk.liveBytes.get());
    }
    return new Checkpoint(
        begin,
        0,
        partition.coveredStamp(),
        slots,
        freeHead,
        partition.slots.freshGeneration(),
        partition.usage.objects(),
        liveBytes,
        pages.stream().mapToLong(Long::longValue).toArray(),
        ledger.stream().mapToLong(Long::longValue).toArray());
  }

  private static long appendPage(Partition partition, byte[] batch, int flags) {
    partition.log.reserve(batch.length, ChunkPool.Purpose.RELIEF);
    return partition.log.append(batch, batch.length, BatchFormat.PAGE, flags, 0, 0);
  }
}
