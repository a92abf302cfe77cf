package io.hotpot.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Log compaction: moves the live records out of a chunk and releases it (architecture §5 "Cleaner";
 * the cost-benefit choice is that of Sprite LFS, Rosenblum and Ousterhout 1992, section 3.6).
 *
 * <p>A delete record is moved too, until two checkpoints know of the deletion: older versions may
 * lie in other chunks, and must not rise again. A chunk is released only after what was moved out
 * of it is durable and every snapshot opened before has been closed.
 *
 * <p>Thread-safety: all methods from any thread, one at a time inside.
 */
final class Cleaner {

  /** Moved under one hold of the commit lock. */
  private static final int MOVE_BYTES = 64 << 10;

  /** Chunks in use may be this many times the live bytes, and some more, before cleaning starts. */
  private static final double TARGET = 1.3;

  /**
   * A chunk with more live bytes is left alone even where the heap is full. After uniform
   * overwrites at a high utilisation all chunks are nearly as full as the heap.
   */
  private static final double PACKED = 0.97;

  private static final int SLACK_CHUNKS = 1;
  private static final int MAX_FRUITLESS = 4;

  private final ChunkPool pool;
  private final GroupCommit groupCommit;
  private final Snapshots snapshots;
  private final Checkpointer checkpointer;
  private final Supplier<Collection<Partition>> partitions;
  private final Events events;
  private final ReentrantLock lock = new ReentrantLock();

  /** Of dropped datasets: what could not be released yet, for want of room for marks elsewhere. */
  private final List<DroppedLog> dropped = new ArrayList<>();

  private boolean stopped;

  private record DroppedLog(int partition, List<LogChunk> chunks) {}

  Cleaner(
      ChunkPool pool,
      GroupCommit groupCommit,
      Snapshots snapshots,
      Checkpointer checkpointer,
      Supplier<Collection<Partition>> partitions,
      Events events) {
    this.pool = pool;
    this.groupCommit = groupCommit;
    this.snapshots = snapshots;
    this.checkpointer = checkpointer;
    this.partitions = partitions;
    this.events = events;
  }

  /**
   * Cleans one chunk where there is too much garbage. Returns whether there was something to do.
   */
  boolean cleanIfWorthwhile() {
    lock.lock();
    try {
      releaseRetired();
      for (Partition partition : partitions.get()) {
        long used = (long) (partition.chunks.size() - SLACK_CHUNKS) * Heap.CHUNK_BYTES;
        if (partition.log.appendedBytes() < partition.quietUntilAppended) {
          continue;
        }
        boolean scarce = pool.available() <= 2 * pool.reserveFor(ChunkPool.Purpose.GROWTH);
        if (used > TARGET * partition.usage.liveBytes() || scarce) {
          LogChunk victim = victim(partition, scarce ? 0.9 : 0.85);
          if (victim != null && cleanWithGain(partition, victim)) {
            return true;
          }
        }
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Cleans, and where several chunks in a row gave nothing (their objects do not pack any closer),
   * leaves the partition alone until more has been written.
   */
  private boolean cleanWithGain(Partition partition, LogChunk victim) {
    int before = pool.inUse();
    boolean cleaned = clean(partition, victim);
    partition.fruitlessCleans = pool.inUse() < before ? 0 : partition.fruitlessCleans + 1;
    if (!cleaned || partition.fruitlessCleans > MAX_FRUITLESS) {
      partition.fruitlessCleans = 0;
      partition.quietUntilAppended = partition.log.appendedBytes() + Heap.CHUNK_BYTES;
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
          checkpoint(partition);
          written = true;
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
        releaseRetired();
        if (pool.available() < wanted) {
          releasePrepared();
        }
        if (pool.available() >= wanted) {
          return true;
        }
      } while ((rounds-- > 0 && cleanEmptiest()) || abandonSnapshot());
      releaseRetired();
      return pool.available() >= wanted;
    } finally {
      lock.unlock();
    }
  }

  /** Chunks that were prepared ahead of need serve whoever needs one now. */
  private void releasePrepared() {
    for (Partition partition : partitions.get()) {
      partition.commitLock.lock();
      try {
        partition.log.releasePrepared();
      } finally {
        partition.commitLock.unlock();
      }
    }
  }

  private boolean abandonSnapshot() {
    boolean retired = partitions.get().stream().anyMatch(p -> !p.retired.isEmpty());
    if (retired && snapshots.abandonOldest()) {
      events.abandonedSnapshots.increment();
      partitions.get().forEach(partition -> partition.slots.reclaimDeleted());
      return true;
    }
    return false;
  }

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
      for (Partition partition : partitions.get()) {
        // As many rounds as there are chunks now: what cleaning itself fills is not cleaned again.
        for (int rounds = partition.chunks.size(); rounds > 0; rounds--) {
          LogChunk victim = victim(partition, 0.9);
          if (victim == null || !clean(partition, victim)) {
            break;
          }
          done++;
          progress.report(Math.min(done, total), total);
        }
      }
      releaseRetired();
      progress.report(total, total);
      return Math.max(0, before - pool.inUse());
    } finally {
      lock.unlock();
    }
  }

  /** Cleans the emptiest chunk, whatever that costs: an append waits for room. */
  private boolean cleanEmptiest() {
    Partition bestPartition = null;
    LogChunk best = null;
    long least = (long) (PACKED * Heap.CHUNK_BYTES);
    for (Partition partition : partitions.get()) {
      if (partition.doubt.exists()) {
        continue;
      }
      for (LogChunk chunk : partition.chunks.all()) {
        if (chunk.liveBytes.get() < least && isMovable(partition, chunk)) {
          least = chunk.liveBytes.get();
          best = chunk;
          bestPartition = partition;
        }
      }
    }
    return best != null && bestPartition != null && clean(bestPartition, best);
  }

  private static boolean isMovable(Partition partition, LogChunk chunk) {
    return chunk.closed && !chunk.uncleanable && !partition.pins.holds(chunk.sequence);
  }

  /**
   * The chunk with the best ratio of gain to cost, weighted by age; null if none is emptier than
   * {@code limit}.
   */
  private static @Nullable LogChunk victim(Partition partition, double limit) {
    if (partition.doubt.exists()) {
      // Where a version lies tells whether it can be trusted.
      return null;
    }
    LogChunk current = partition.log.current();
    int newest = current == null ? 0 : current.sequence;
    LogChunk best = null;
    double bestScore = 0;
    for (LogChunk chunk : partition.chunks.all()) {
      if (!isMovable(partition, chunk)) {
        continue;
      }
      double utilisation = (double) chunk.liveBytes.get() / Heap.CHUNK_BYTES;
      if (utilisation > limit) {
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

  /** Moves what lives out of a chunk and retires it. Returns false if it cannot be emptied. */
  private boolean clean(Partition partition, LogChunk victim) {
    publishAllIn(partition, victim);
    Mover mover = new Mover(partition, victim);
    try {
      if (!mover.moveAll()) {
        victim.uncleanable = true;
        return false;
      }
    } catch (HeapFull e) {
      return false;
    }
    groupCommit.drainAll();
    if (victim.hasSiblings && !resolveSiblings()) {
      return false;
    }
    partition.commitLock.lock();
    try {
      // It stays readable for the snapshots that were opened before; the cleaner does not look at
      // it again.
      victim.uncleanable = true;
      partition.retired.add(new Partition.RetiredChunk(victim, snapshots.now()));
    } finally {
      partition.commitLock.unlock();
    }
    releaseRetired();
    events.cleanedChunks.increment();
    if (mover.deletesMoved > Heap.CHUNK_BYTES / 4) {
      checkpoint(partition);
    }
    return true;
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

  private void checkpoint(Partition partition) {
    try {
      checkpointer.write(partition);
    } catch (HeapFull e) {
      // Delete records are kept a while longer.
    }
  }

  /**
   * Before a batch with siblings goes, every other partition's log says durably that its own
   * sibling of it stands: the durable address that each batch carries covers it.
   *
   * @return false if there is no room to say it
   */
  private boolean resolveSiblings() {
    for (Partition partition : partitions.get()) {
      partition.commitLock.lock();
      try {
        if (partition.log.current() != null) {
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

  /** Commits go on while the medium forgets the chunks: nothing finds them any more by then. */
  private void releaseRetired() {
    releaseDropped();
    for (Partition partition : partitions.get()) {
      List<LogChunk> released = new ArrayList<>();
      partition.commitLock.lock();
      try {
        for (Iterator<Partition.RetiredChunk> i = partition.retired.iterator(); i.hasNext(); ) {
          Partition.RetiredChunk retired = i.next();
          if (snapshots.allClosedBefore(retired.retiredAt())) {
            i.remove();
            partition.chunks.remove(retired.chunk());
            released.add(retired.chunk());
          }
        }
      } finally {
        partition.commitLock.unlock();
      }
      for (LogChunk chunk : released) {
        pool.release(chunk.memory.index(), partition.id, chunk.sequence);
      }
    }
  }

  /**
   * Releases all chunks of a partition whose dataset was dropped; in a heap without any room, those
   * with siblings as soon as there is some.
   */
  void releaseAll(Partition partition) {
    lock.lock();
    try {
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
      groupCommit.drainAll();
      releaseDropped();
    } finally {
      lock.unlock();
    }
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

  /** Moves the live records of one chunk, a bounded number of bytes at a time. */
  private final class Mover {

    private final Partition partition;
    private final LogChunk victim;
    private final List<byte[]> records = new ArrayList<>();
    private final List<Integer> offsets = new ArrayList<>();
    private int bytes;
    private long deletesMoved;
    private boolean damaged;

    Mover(Partition partition, LogChunk victim) {
      this.partition = partition;
      this.victim = victim;
    }

    boolean moveAll() {
      int offset = ChunkFormat.DATA_OFFSET;
      while (offset + BatchFormat.HEADER_BYTES <= victim.end() && !damaged) {
        int kind = BatchFormat.kind(victim.memory, offset);
        int length = BatchFormat.length(victim.memory, offset);
        if (kind < BatchFormat.COMMIT
            || kind > BatchFormat.CHECKPOINT
            || length < BatchFormat.HEADER_BYTES
            || offset + length > Heap.CHUNK_BYTES) {
          return false;
        }
        if (kind == BatchFormat.SEAL) {
          break;
        }
        if (kind <= BatchFormat.RELOCATION) {
          LogScanner.records(victim.memory, offset, this::collect);
        }
        offset += length;
      }
      flush();
      return !damaged;
    }

    private void collect(int offset, long first, int length) {
      if (damaged || !mustMove(offset, first)) {
        return;
      }
      byte[] record = new byte[RecordFormat.HEADER_BYTES + length];
      victim.memory.get(offset, record, 0, record.length);
      if (!RecordFormat.isValid(record, 0, length)) {
        // Never copied under a fresh checksum: the chunk stays, and reads report the damage.
        damaged = true;
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
     * Whether the object that a record says was deleted is there all the same: the record belongs
     * to a transaction that was cut short before its COMMIT batch, and must not become valid.
     */
    private boolean isAlive(long first, long word) {
      return HandleWord.isReadable(word)
          && RecordFormat.identity(partition.records.identityWord(HandleWord.address(word)))
              == RecordFormat.identity(first);
    }

    private void flush() {
      if (records.isEmpty()) {
        return;
      }
      int length = BatchFormat.aligned(BatchFormat.HEADER_BYTES + bytes);
      byte[] batch = new byte[length];
      boolean again = true;
      while (again) {
        again = false;
        partition.commitLock.lock();
        try {
          if (anyLocked()) {
            again = true;
          } else {
            append(batch, length);
          }
        } finally {
          partition.commitLock.unlock();
        }
        if (again) {
          groupCommit.drainAll();
        }
      }
      records.clear();
      offsets.clear();
      bytes = 0;
    }

    private boolean anyLocked() {
      for (byte[] record : records) {
        if (HandleWord.isLocked(partition.table.get(ObjectId.slot(Bytes.getLong(record, 0))))) {
          return true;
        }
      }
      return false;
    }

    private void append(byte[] batch, int length) {
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
}
