package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;

/**
 * Moves the live records of one chunk, a bounded number of bytes at a time. A delete record is
 * moved too, until two checkpoints know of the deletion: older versions may lie in other chunks,
 * and must not rise again.
 *
 * <p>For one chunk, by one thread, which holds no commit lock.
 */
final class ChunkMover {

  /** Moved under one hold of the commit lock. */
  private static final int MOVE_BYTES = 64 << 10;

  /** What became of the chunk. */
  enum Result {
    /** Nothing that lives is left in it. */
    EMPTIED,
    /** Something in it is locked by a transaction that others decide, or may not be moved now. */
    BUSY,
    /** It holds something that must not be copied. */
    DAMAGED
  }

  private final Partition partition;
  private final LogChunk victim;
  private final GroupCommit groupCommit;
  private final Events events;
  private final List<byte[]> records = new ArrayList<>();
  private final List<Integer> offsets = new ArrayList<>();
  private int bytes;
  private long deletesMoved;
  private boolean damaged;
  private long damagedAt;
  private boolean busy;

  ChunkMover(Partition partition, LogChunk victim, GroupCommit groupCommit, Events events) {
    this.partition = partition;
    this.victim = victim;
    this.groupCommit = groupCommit;
    this.events = events;
  }

  /**
   * @throws HeapFull if there is no room; what was moved stays moved
   */
  Result moveAll() {
    int offset = ChunkFormat.DATA_OFFSET;
    while (offset + BatchFormat.HEADER_BYTES <= victim.end() && !damaged && !busy) {
      if (!BatchFormat.isValid(victim.memory, offset, victim.sequence, partition.log.seed())) {
        // What its lengths and identities say is not believed: something that lives may be in it.
        damagedAt = Address.of(victim.sequence, offset);
        return Result.DAMAGED;
      }
      int kind = BatchFormat.kind(victim.memory, offset);
      if (kind == BatchFormat.SEAL) {
        break;
      }
      if (BatchFormat.hasRecords(kind)) {
        LogScanner.records(victim.memory, offset, this::collect);
      }
      offset += BatchFormat.length(victim.memory, offset);
    }
    flush();
    return damaged ? Result.DAMAGED : busy ? Result.BUSY : Result.EMPTIED;
  }

  /** Where it found damage. */
  long damagedAt() {
    return damagedAt;
  }

  /** Bytes of delete records that are carried along. */
  long deletesMoved() {
    return deletesMoved;
  }

  private void collect(int offset, long first, int length) {
    if (damaged || busy || !mustMove(offset, first)) {
      return;
    }
    byte[] record = new byte[RecordFormat.HEADER_BYTES + length];
    victim.memory.get(offset, record, 0, record.length);
    if (!RecordFormat.isValid(record, 0, length)) {
      // Never copied under a fresh checksum: the chunk stays, and reads report the damage.
      damaged = true;
      damagedAt = Address.of(victim.sequence, offset);
      return;
    }
    if (bytes + record.length > MOVE_BYTES && !records.isEmpty()) {
      flush();
    }
    records.add(record);
    offsets.add(offset);
    bytes += record.length;
  }

  private boolean mustMove(int offset, long first) {
    long address = Address.of(victim.sequence, offset);
    long word = partition.table.get(ObjectId.slot(first));
    if (HandleWord.address(word) == address
        && (HandleWord.isReadable(word) || HandleWord.tag(word) == HandleWord.DELETED)) {
      return true;
    }
    return RecordFormat.isDeleted(first)
        && RecordFormat.stamp(victim.memory, offset) > partition.pins.deletesCoveredTo()
        && !isAlive(first, word);
  }

  /**
   * Whether the object that a record says was deleted is there all the same: the record belongs to
   * a transaction that was cut short before its COMMIT batch, and must not become valid.
   */
  private boolean isAlive(long first, long word) {
    return HandleWord.isReadable(word)
        && RecordFormat.identity(partition.records.identityWord(HandleWord.address(word)))
            == RecordFormat.identity(first);
  }

  private void flush() {
    if (!records.isEmpty()) {
      while (!busy && !appendUnlessLocked()) {
        groupCommit.drainAll();
      }
    }
    records.clear();
    offsets.clear();
    bytes = 0;
  }

  /**
   * Commits of this store alone are published as soon as the medium has them. In a cluster others
   * decide how long a lock lasts: nobody waits for them here.
   *
   * @return whether there is nothing to wait for
   */
  private boolean appendUnlessLocked() {
    partition.commitLock.lock();
    try {
      boolean locked = anyLocked();
      if (partition.isReplicated() && (locked || !partition.takesUpkeep())) {
        busy = true;
      } else if (!locked) {
        append();
      }
      return !locked || busy;
    } finally {
      partition.commitLock.unlock();
    }
  }

  private boolean anyLocked() {
    for (byte[] record : records) {
      if (HandleWord.isLocked(partition.table.get(ObjectId.slot(Bytes.getLong(record, 0))))) {
        return true;
      }
    }
    return false;
  }

  private void append() {
    int length = BatchFormat.aligned(BatchFormat.HEADER_BYTES + bytes);
    byte[] batch = new byte[length];
    long address = partition.log.reserve(length, ChunkPool.Purpose.CLEANING);
    int at = BatchFormat.HEADER_BYTES;
    for (byte[] record : records) {
      System.arraycopy(record, 0, batch, at, record.length);
      at += record.length;
    }
    partition.log.append(batch, length, BatchFormat.RELOCATION, 0, 0, partition.lastStamp());
    events.appendedBytes.add(length);
    events.relocatedRecords.add(records.size());
    events.relocatedBytes.add(length);
    at = BatchFormat.HEADER_BYTES;
    for (int i = 0; i < records.size(); i++) {
      byte[] record = records.get(i);
      moved(record, Address.of(victim.sequence, offsets.get(i)), address + at);
      at += record.length;
    }
  }

  private void moved(byte[] record, long from, long to) {
    long first = Bytes.getLong(record, 0);
    int slot = ObjectId.slot(first);
    long word = partition.table.get(slot);
    if (RecordFormat.isDeleted(first)) {
      deletesMoved += record.length;
    }
    if (HandleWord.address(word) != from) {
      return;
    }
    if (HandleWord.tag(word) == HandleWord.LIVE) {
      partition.usage.addToChunk(from, -record.length);
      partition.usage.addToChunk(to, record.length);
      partition.table.set(slot, HandleWord.of(HandleWord.LIVE, to));
    } else if (HandleWord.tag(word) == HandleWord.DELETED) {
      partition.table.set(slot, HandleWord.of(HandleWord.DELETED, to));
    }
  }
}
