package io.hotpot.store;

import io.hotpot.store.PreparedTable.Prepared;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldParts;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.Repair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A node's store as the cluster uses it: which partitions it holds copies of, and which of them it
 * owns.
 *
 * <p>Thread-safety: all methods from any thread; a copy itself is written by one thread.
 */
final class HeldStore implements HeldParts {

  /** The heap's registers that a cluster uses. */
  static final int NODE_ID_REGISTER = 1;

  private final StoreComponents store;
  private final ConcurrentSkipListMap<Integer, LogCopy> copies = new ConcurrentSkipListMap<>();
  private final OwnedCommits commits;
  private final OwnedSnapshots snapshots;
  private final CatalogWriter writer;
  private final ReentrantLock flushLock = new ReentrantLock();

  /**
   * A copy's bytes on their way to the medium.
   *
   * @param cuts of the copy by then: what was cut since is not what becomes durable
   */
  private record Flushing(LogCopy copy, int cuts, long end) {}

  /** By partition; guarded by flushLock. */
  private final TreeMap<Integer, Flushing> flushing = new TreeMap<>();

  HeldStore(StoreComponents store, CatalogWriter writer) {
    this.store = store;
    this.writer = writer;
    this.commits =
        new OwnedCommits(store.groupCommit, store.seams.time(), store.durability, store.events);
    this.snapshots = new OwnedSnapshots(commits, store.pins, store.events);
  }

  // ---- the node

  @Override
  public Map<String, Long> counters() {
    return store.events.toMap();
  }

  @Override
  public long clusterId() {
    return store.heap.storeId();
  }

  @Override
  public int nodeId() {
    return (int) store.heap.register(NODE_ID_REGISTER);
  }

  @Override
  public void nodeId(int id) {
    store.heap.register(NODE_ID_REGISTER, id);
  }

  @Override
  public long capacityBytes() {
    return keepsObjects() ? (long) store.pool.capacity() * Heap.CHUNK_BYTES : 0;
  }

  @Override
  public int growAhead(int chunks) {
    return store.pool.growAhead(chunks);
  }

  @Override
  public long freeBytes() {
    return keepsObjects() ? (long) store.pool.available() * Heap.CHUNK_BYTES : 0;
  }

  private boolean keepsObjects() {
    return !(store.heap instanceof MemoryHeap);
  }

  // ---- what is held

  @Override
  public List<HeldLog> logs() {
    return new ArrayList<>(copies.values());
  }

  /** What other nodes own. */
  List<Partition> following() {
    List<Partition> following = new ArrayList<>();
    for (LogCopy copy : copies.values()) {
      Partition partition = copy.held();
      if (!partition.isReplicated()) {
        following.add(partition);
      }
    }
    return following;
  }

  @Override
  public @Nullable HeldLog log(int partition) {
    return copies.get(partition);
  }

  @Override
  public HeldLog create(int partition, TransactionMode mode) {
    LogCopy copy = new LogCopy(this, newPartition(partition, mode));
    if (copies.putIfAbsent(partition, copy) != null) {
      throw new MisuseException("partition " + partition + " is held already");
    }
    return copy;
  }

  @Override
  public void dispose(int partition) {
    LogCopy copy;
    flushLock.lock();
    try {
      copy = copies.remove(partition);
    } finally {
      flushLock.unlock();
    }
    if (copy == null) {
      return;
    }
    store.partitions.remove(partition);
    store.cache.removePartition(partition);
    Partition held = copy.held();
    copy.endsAsCopy();
    held.drop();
    store.cleaner.releaseAll(held);
    writer.removePromise(partition);
  }

  @Override
  public byte @Nullable [] payloadOf(byte[] record, long objectId, long stamp) {
    return record.length >= RecordFormat.HEADER_BYTES
            && RecordReader.isSound(record)
            && isVersion(record, objectId, stamp)
        ? Arrays.copyOfRange(record, RecordFormat.HEADER_BYTES, record.length)
        : null;
  }

  private static boolean isVersion(byte[] record, long objectId, long stamp) {
    long first = Bytes.getLong(record, 0);
    return RecordFormat.identity(first) == ObjectId.identity(objectId)
        && !RecordFormat.isDeleted(first)
        && Bytes.getLong(record, 8) == stamp
        && Bytes.getInt(record, 24) == record.length - RecordFormat.HEADER_BYTES;
  }

  @Override
  public int promised(int partition) {
    Catalog.Promised promised = store.catalog.promises().get(partition);
    return promised == null ? 0 : promised.promise().epoch();
  }

  @Override
  public void promise(int partition, int epoch) {
    LogCopy copy = copies.get(partition);
    if (copy != null && epoch > promised(partition)) {
      // An owner of an earlier epoch writes nothing here once this is promised.
      copy.takeBackWritable();
      writer.promise(new CatalogFormat.Promise(partition, epoch, copy.held().mode));
    }
  }

  /**
   * Takes over what an opening found of a copy. What lies beyond its end is put out of the way, and
   * everything before is durable then. A damaged one stays, until it is known whether the others
   * can do without it.
   */
  void recover(CatalogFormat.Promise promise, FoundLog found, boolean damaged) {
    LogCopy copy = new LogCopy(this, newPartition(promise.partition(), promise.mode()));
    copies.put(promise.partition(), copy);
    for (LogChunk chunk : found.chunks.descendingMap().values()) {
      long first = Address.of(chunk.sequence, ChunkFormat.DATA_OFFSET);
      if (first >= found.end) {
        store.pool.release(chunk.memory.index(), found.partition, chunk.sequence);
      }
    }
    copy.recover(found, damaged);
  }

  Partition newPartition(int id, TransactionMode mode) {
    return store.lifecycle.make(id, mode);
  }

  /** The same over the chunks of a copy. */
  Partition newPartition(int id, TransactionMode mode, ChunkTable chunks) {
    return store.lifecycle.make(id, mode, chunks);
  }

  // ---- owning

  /**
   * Builds the table of a copy that is about to be owned.
   *
   * @return what is damaged in it; then the table counts for nothing
   */
  List<Damage> rebuild(Partition partition) {
    return recover(partition, false).damages();
  }

  /** The same, where nobody has a better copy: what may be lost is named when it is asked for. */
  void rebuildDamaged(Partition partition) {
    recover(partition, true);
  }

  private Recovery recover(Partition partition, boolean whateverIsLeft) {
    Recovery recovery = new Recovery(store.heap, store.seams.threads());
    recovery.readCopy(partition, whateverIsLeft);
    return recovery;
  }

  /** The partitions that this node has a copy of and does not own. */
  private List<Partition> followed() {
    return copies.values().stream()
        .map(LogCopy::held)
        .filter(partition -> !partition.isReplicated())
        .toList();
  }

  /** The catalog, and every partition that is held. */
  List<Partition> everything() {
    List<Partition> all = new ArrayList<>(store.partitions.all());
    all.addAll(followed());
    return all;
  }

  @Override
  public void check(Check check) {
    new Scrubber(store.heap.storeId(), store.cluster.repair(), new Paced(check))
        .check(everything());
  }

  /** Rests after each chunk for as long as that has taken: half a processor is for others. */
  private final class Paced implements Scrubber.Findings {
    private final Check check;
    private long sinceNs = store.seams.time().bootNs();

    Paced(Check check) {
      this.check = check;
    }

    @Override
    public void damaged(
        Partition partition, LogChunk chunk, int from, int lengthBytes, boolean isHealed) {
      check.damaged(partition.id, new HeldLog.Damaged(chunk.sequence, from, lengthBytes), isHealed);
    }

    @Override
    public void checked(Partition partition, long soundBytes) {
      check.checked(partition.id, soundBytes);
    }

    @Override
    public boolean progressed(long done, long total) {
      boolean goesOn = check.progressed(done, total);
      long tookNs = store.seams.time().bootNs() - sinceNs;
      if (goesOn && tookNs > 0) {
        store.seams.threads().park(this, tookNs);
      }
      sinceNs = store.seams.time().bootNs();
      return goesOn;
    }
  }

  /** Sound bytes were put in the place of damage. */
  void mended(LogChunk chunk, HeldLog.Damaged where) {
    flush(chunk, where.offset(), where.lengthBytes());
    drain();
    store.events.healed.increment();
  }

  /** Something rotten was read in a copy; the reader does not wait. */
  void healLater(int partition, long address) {
    Repair others = store.cluster.repair();
    if (others != null) {
      others.healLater(partition, address);
    }
  }

  /** A copy is owned without its log having been read. */
  void warmPromotion() {
    store.events.warmPromotions.increment();
  }

  OwnedPartition own(LogCopy copy, Partition partition, int epoch) {
    abortOwnPrepares(partition);
    partition.records.repairedBy(store.cluster.repair());
    store.partitions.put(partition);
    return new OwnedLog(partition, epoch, copy, commits, snapshots, () -> depose(copy, partition));
  }

  /**
   * Where the owner of the home changes before it has decided, the transaction is aborted. Where
   * the decision may have been lost in a damaged batch, nobody may decide anew.
   */
  private void abortOwnPrepares(Partition partition) {
    partition.commitLock.lock();
    try {
      for (Prepared prepared : new ArrayList<>(partition.prepared.all())) {
        if (prepared.home() == partition.id && partition.mayHaveLostDecision(prepared)) {
          partition.lostOutcomes.add(prepared);
        } else if (prepared.home() == partition.id) {
          commits.appendLearned(
              partition,
              prepared,
              new PrepareFormat.Decision(prepared.id(), Outcome.ABORT, prepared.stamp(), List.of()),
              () -> {});
        }
      }
    } finally {
      partition.commitLock.unlock();
    }
  }

  private void depose(LogCopy copy, Partition partition) {
    store.partitions.remove(partition.id);
    copy.depose();
  }

  // ---- the medium

  /** All of a copy below an address is durable after the next {@link #flush}, unless it is cut. */
  void flushing(LogCopy copy, long end) {
    flushLock.lock();
    try {
      flushing.put(copy.partition(), new Flushing(copy, copy.cuts, end));
    } finally {
      flushLock.unlock();
    }
  }

  /** Lets a copy's log end elsewhere; a flush that is under way says nothing of it any more. */
  void cutting(LogCopy copy, Runnable endAt) {
    flushLock.lock();
    try {
      copy.cuts++;
      endAt.run();
    } finally {
      flushLock.unlock();
    }
  }

  @Override
  public void flush() {
    List<Flushing> flushed;
    flushLock.lock();
    try {
      flushed = new ArrayList<>(flushing.values());
      flushing.clear();
    } finally {
      flushLock.unlock();
    }
    store.groupCommit.drainAll();
    flushLock.lock();
    try {
      for (Flushing each : flushed) {
        if (each.copy.cuts == each.cuts) {
          each.copy.durable(each.end);
        }
      }
    } finally {
      flushLock.unlock();
    }
  }

  @Override
  public boolean areEndsToNote() {
    for (LogCopy copy : copies.values()) {
      if (copy.held().log.isNoteDue()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void noteEnds() {
    for (LogCopy copy : copies.values()) {
      flushLock.lock();
      try {
        // One that is cut or disposed of has said so under this lock.
        if (copies.get(copy.partition()) == copy && copy.held().log.isNoteDue()) {
          copy.held().log.noteEnd();
        }
      } finally {
        flushLock.unlock();
      }
    }
    drain();
  }

  @Override
  public boolean needsFlush() {
    flushLock.lock();
    try {
      if (!flushing.isEmpty()) {
        return true;
      }
    } finally {
      flushLock.unlock();
    }
    for (Partition partition : store.partitions.all()) {
      if (partition.isReplicated() && partition.publication.needsFlush()) {
        return true;
      }
    }
    return false;
  }

  // ---- room

  @Override
  public boolean makeRoom() {
    return store.cleaner.makeRoom(1) || store.cleaner.waitsForOthers();
  }

  @Override
  public void excluded(int nodeId, int incarnation) {
    for (Partition partition : store.partitions.all()) {
      partition.commitLock.lock();
      try {
        partition.outcomes.excluded(nodeId, incarnation);
      } finally {
        partition.commitLock.unlock();
      }
      snapshots.close(partition, id -> id.nodeId() == nodeId && id.incarnation() <= incarnation);
    }
  }

  void flush(LogChunk chunk, int offset, int length) {
    store.heap.flush(chunk.memory.index(), offset, length);
  }

  void drain() {
    store.heap.drain();
  }

  void release(Partition partition, LogChunk chunk) {
    partition.chunks.remove(chunk);
    store.pool.release(chunk.memory.index(), partition.id, chunk.sequence);
  }

  /** To the pool, of a chunk that no log has any more. */
  void giveBack(int partition, LogChunk chunk) {
    store.pool.release(chunk.memory.index(), partition, chunk.sequence);
  }
}
