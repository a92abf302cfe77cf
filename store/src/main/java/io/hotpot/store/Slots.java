package io.hotpot.store;

import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The slots of a partition's handle table: which one the next object gets, and with which
 * generation, so that no reference ever names an object other than the one it was made for.
 *
 * <p>Free slots form a list through their own handle words. The slot of a deleted object joins it
 * once no open snapshot can see an old version; one that was given back too often since the last
 * checkpoint waits for the next ({@link BurnedSlots}).
 *
 * <p>Thread-safety: all methods from any thread; the allocation lock, which is taken inside, guards
 * everything here, and the words {@code RESERVED} and {@code FREE} in the table. What recovery
 * calls ({@link #resume}, {@link #addFree}) runs before there is another thread.
 */
final class Slots {

  /** So many slots may wait for a checkpoint before one is written for them. */
  static final int MAX_WAITING = 1 << 14;

  private record Deleted(int slot, int generation, long stamp) {}

  private final int partition;
  private final HandleTable table;
  private final RecordReader records;
  private final Snapshots snapshots;
  private final ReentrantLock allocationLock = new ReentrantLock();
  private final ArrayDeque<Deleted> deleted = new ArrayDeque<>();
  private final BurnedSlots burned = new BurnedSlots();
  private int next = 1;
  private int freeHead;
  private int freshGeneration;

  Slots(int partition, HandleTable table, RecordReader records, Snapshots snapshots) {
    this.partition = partition;
    this.table = table;
    this.records = records;
    this.snapshots = snapshots;
    table.ensure(1);
    table.set(Partition.ROOTS_SLOT, HandleWord.reserved(0));
  }

  // ---- taking over what recovery found

  /**
   * @param count of slots that were ever used
   * @param generation that slots never used before start with
   */
  void resume(int count, int generation) {
    next = Math.max(1, count);
    freshGeneration = generation;
  }

  /** The words in the table are those of this checkpoint, list of free slots included. */
  void resume(Checkpoint checkpoint) {
    resume(checkpoint.slots(), checkpoint.generation());
    freeHead = checkpoint.freeHead();
  }

  void addFree(int slot, int generation) {
    long word = freeWord(generation, freeHead);
    table.set(slot, word);
    if (HandleWord.tag(word) == HandleWord.FREE) {
      freeHead = slot;
    }
  }

  /** A slot whose generations are used up is never used again. */
  private static long freeWord(int generation, int nextFree) {
    return generation > ObjectId.MAX_GENERATION
        ? HandleWord.of(HandleWord.RETIRED, 0)
        : HandleWord.free(generation, nextFree);
  }

  // ---- allocation

  /** The number of slots that were ever used. */
  int count() {
    allocationLock.lock();
    try {
      return next;
    } finally {
      allocationLock.unlock();
    }
  }

  /** That slots never used before start with. */
  int freshGeneration() {
    return freshGeneration;
  }

  /** Reserves a slot for an object that a transaction creates. Returns the object's id. */
  long allocate() {
    allocationLock.lock();
    try {
      if (freeHead != 0) {
        int slot = freeHead;
        long word = table.get(slot);
        freeHead = HandleWord.nextSlot(word);
        int generation = HandleWord.generation(word);
        table.set(slot, HandleWord.reserved(generation));
        return ObjectId.pack(partition, generation, slot);
      }
      if (freshGeneration > ObjectId.MAX_GENERATION) {
        throw new HeapFull(
            "partition "
                + partition
                + " has used up its generations; export its dataset into a new one");
      }
      if (next == HandleTable.MAX_SLOTS) {
        throw new HeapFull(
            "partition "
                + partition
                + " holds its maximum of "
                + HandleTable.MAX_SLOTS
                + " objects");
      }
      int slot = next++;
      if (slot >= table.capacity()) {
        table.ensure(slot + 1);
      }
      table.set(slot, HandleWord.reserved(freshGeneration));
      return ObjectId.pack(partition, freshGeneration, slot);
    } finally {
      allocationLock.unlock();
    }
  }

  /** Gives back a slot; references with its present generation will never resolve again. */
  void release(int slot, int generation) {
    if (slot == Partition.ROOTS_SLOT) {
      return;
    }
    allocationLock.lock();
    try {
      if (burned.burn(slot)) {
        addFree(slot, generation + 1);
      } else {
        table.set(slot, freeWord(generation + 1, 0));
        burned.quarantine(slot);
      }
    } finally {
      allocationLock.unlock();
    }
  }

  /** An object was deleted: its slot is free, or will be once no open snapshot can see it. */
  void delete(Write write, long stamp) {
    int slot = write.slot();
    int generation = ObjectId.generation(write.objectId) + write.lostGenerations;
    allocationLock.lock();
    try {
      if (snapshots.none()) {
        addFree(slot, generation + 1);
      } else {
        table.set(slot, HandleWord.of(HandleWord.DELETED, write.newAddress));
        deleted.add(new Deleted(slot, generation, stamp));
      }
    } finally {
      allocationLock.unlock();
    }
  }

  /** Frees the slots of deleted objects whose old versions no open snapshot can see. */
  void reclaimDeleted() {
    allocationLock.lock();
    try {
      while (!table.isDropped()
          && !deleted.isEmpty()
          && snapshots.noneBefore(deleted.peekFirst().stamp)) {
        Deleted object = deleted.removeFirst();
        addFree(object.slot, object.generation + 1);
      }
    } finally {
      allocationLock.unlock();
    }
  }

  // ---- checkpoints

  /** What is given back from now on is not in the checkpoint that begins. */
  void checkpointBegins() {
    allocationLock.lock();
    try {
      burned.checkpointBegins();
    } finally {
      allocationLock.unlock();
    }
  }

  /** A crash will not forget what was given back before that checkpoint began. */
  void checkpointDurable() {
    allocationLock.lock();
    try {
      burned.checkpointDurable(
          slot -> {
            long word = table.get(slot);
            if (HandleWord.tag(word) == HandleWord.FREE) {
              addFree(slot, HandleWord.generation(word));
            }
          });
    } finally {
      allocationLock.unlock();
    }
  }

  /** Whether so many slots were given back since the last checkpoint that one is due. */
  boolean needCheckpoint() {
    allocationLock.lock();
    try {
      return burned.waiting() > MAX_WAITING;
    } finally {
      allocationLock.unlock();
    }
  }

  /**
   * A slot's word as a checkpoint stores it: what no snapshot or running transaction will claim
   * after a restart is free. Under the commit lock.
   *
   * @param nextFree the free slot that comes next in the list
   */
  long durableWord(int slot, int nextFree) {
    long word = table.get(slot);
    return switch (HandleWord.tag(word)) {
      case HandleWord.LIVE, HandleWord.RETIRED -> word;
      case HandleWord.FREE -> freeWord(HandleWord.generation(word), nextFree);
      case HandleWord.DELETED ->
          freeWord(
              ObjectId.generation(records.identityWord(HandleWord.address(word))) + 1, nextFree);
      case HandleWord.RESERVED ->
          slot == Partition.ROOTS_SLOT
              ? HandleWord.reserved(0)
              : freeWord(HandleWord.generation(word) + 1, nextFree);
      case HandleWord.PENDING, HandleWord.PREPARED ->
          HandleWord.of(HandleWord.LIVE, HandleWord.address(word));
      default -> freeWord(freshGeneration, nextFree);
    };
  }
}
