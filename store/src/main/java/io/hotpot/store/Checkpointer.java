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
   * Writes a checkpoint; durable, and known to the next opening, when the method returns.
   *
   * @throws HeapFull if there is no room for it; the store is as before
   */
  void write(Partition partition) {
    Checkpoint checkpoint;
    long address;
    partition.commitLock.lock();
    try {
      partition.slots.checkpointBegins();
      checkpoint = appendPages(partition);
      byte[] end = CheckpointFormat.writeEnd(checkpoint);
      partition.log.reserve(end.length, ChunkPool.Purpose.RELIEF);
      address =
          partition.log.append(end, end.length, BatchFormat.CHECKPOINT, 0, 0, checkpoint.stamp());
      partition.pins.pin(checkpoint, address);
    } finally {
      partition.commitLock.unlock();
    }
    groupCommit.drainAll();
    LogChunk chunk = partition.chunks.get(Address.sequence(address));
    if (chunk == null) {
      throw new IllegalStateException("the chunk of a new checkpoint is gone");
    }
    int pointer = ChunkFormat.writeCheckpointPointer(chunk.memory, address);
    heap.flush(chunk.memory.index(), pointer, ChunkFormat.POINTER_BYTES);
    heap.drain();
    partition.commitLock.lock();
    try {
      partition.checkpointDurable(checkpoint);
    } finally {
      partition.commitLock.unlock();
    }
    events.checkpoints.increment();
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
      partition.log.reserve(length, ChunkPool.Purpose.RELIEF);
      pages.add(partition.log.append(batch, length, BatchFormat.PAGE, 0, 0, 0));
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
        pages.stream().mapToLong(Long::longValue).toArray());
  }
}
