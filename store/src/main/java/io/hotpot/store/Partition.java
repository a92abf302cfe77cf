package io.hotpot.store;

import io.hotpot.store.spi.OwnerSide;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.Threads;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The unit of ownership: one log, one handle table, one order of commits.
 *
 * <p>It holds the commit lock and the stamps; each of its parts is one idea: {@link Slots}, {@link
 * RecordReader}, {@link Publication}, {@link CheckpointPins}, {@link Doubt}, {@link Usage}.
 *
 * <table>
 * <caption>Who guards what</caption>
 * <tr><td>log, lastStamp, publication, chunks and usage (writes), pins, scratch</td>
 *     <td>commitLock</td></tr>
 * <tr><td>all in slots</td><td>its allocation lock</td></tr>
 * <tr><td>handle words: RESERVED and FREE</td><td>the allocation lock, or the transaction that
 *     reserved the slot</td></tr>
 * <tr><td>handle words: all others</td><td>commitLock; words of an in-flight commit belong to who
 *     publishes it</td></tr>
 * <tr><td>publishedStamp</td><td>written under commitLock, read by anyone</td></tr>
 * <tr><td>records, doubt</td><td>nothing that changes while the store is open</td></tr>
 * </table>
 */
final class Partition implements AutoCloseable {

  /** The slot of the object that holds the partition's named roots. */
  static final int ROOTS_SLOT = 0;

  /** More that no checkpoint lists make one due; of large partitions a sixteenth of their slots. */
  private static final int MOST_OUTCOMES = 1 << 20;

  final int id;
  final TransactionMode mode;
  final ReentrantLock commitLock = new ReentrantLock();
  final HandleTable table = new HandleTable();
  final ChunkTable chunks;
  final PartitionLog log;
  final ChunkPool pool;
  final Doubt doubt;
  final RecordReader records;
  final Slots slots;
  final Usage usage;
  final Publication publication;
  final CheckpointPins pins = new CheckpointPins();

  /** Of a cluster; empty for ever in a store of its own. */
  final PreparedTable prepared = new PreparedTable();

  final AcquiredObjects acquired = new AcquiredObjects();
  final OutcomeTable outcomes = new OutcomeTable();
  final SnapshotBound bound = new SnapshotBound();
  final LockedReads lockedReads = new LockedReads();
  final LostOutcomes lostOutcomes;
  private volatile @Nullable OwnerSide ownerSide;
  private volatile boolean served = true;
  private final AtomicLong latePublications = new AtomicLong();

  /** Told with the batches that are appended now; guarded by commitLock. */
  private long[] changed = {};

  private Spared changedBy = Spared.NOBODY;

  private long lastStamp;
  private final AtomicLong publishedStamp = new AtomicLong();

  final Threads threads;

  /** Batch under construction; guarded by commitLock. */
  byte[] scratch = new byte[4096];

  Partition(
      int id,
      TransactionMode mode,
      int epoch,
      Heap heap,
      ChunkPool pool,
      ChunkTable chunks,
      ObjectCache cache,
      ValueCodec codec,
      Snapshots snapshots,
      Threads threads) {
    this.id = id;
    this.mode = mode;
    this.pool = pool;
    this.chunks = chunks;
    this.threads = threads;
    log = new PartitionLog(id, epoch, heap, pool, chunks, threads);
    doubt = new Doubt(id);
    lostOutcomes = new LostOutcomes(id);
    records = new RecordReader(id, table, chunks, cache, codec, doubt);
    slots = new Slots(id, table, records, snapshots);
    usage = new Usage(chunks);
    publication =
        new Publication(this, new WriteApplier(table, slots, cache, usage), publishedStamp);
  }

  // ---- taking over what recovery found

  /**
   * @param stamp the highest stamp in the log
   * @param slotCount of slots that were ever used
   * @param generation that slots never used before start with
   */
  void resume(long stamp, int slotCount, int generation) {
    resume(stamp);
    slots.resume(slotCount, generation);
  }

  /** The log ends with a checkpoint: it says everything. */
  void resumeFromCheckpoint(Checkpoint checkpoint) {
    resume(checkpoint.stamp());
    slots.resume(checkpoint);
    usage.resume(
        checkpoint.objects(),
        checkpoint.liveBytes().values().stream().mapToLong(Long::longValue).sum());
  }

  private void resume(long stamp) {
    lastStamp = stamp;
    publication.raise(stamp);
  }

  // ---- in a cluster

  /** From now on every batch is also other nodes' business. Under commitLock. */
  void beginEpoch(int epoch, OwnerSide others) {
    ownerSide = others;
    log.beginEpoch(
        epoch,
        new PartitionLog.Listener() {
          @Override
          public void appended(long address, byte[] batch, int length) {
            others.appended(address, batch, length, changed, changedBy);
          }

          @Override
          public long acknowledgedTo() {
            return others.acknowledgedTo();
          }
        });
  }

  /** Whether others must acknowledge what is appended before it takes effect. */
  boolean isReplicated() {
    return ownerSide != null;
  }

  /** The others; only where {@link #isReplicated}. */
  OwnerSide others() {
    OwnerSide others = ownerSide;
    if (others == null) {
      throw new IllegalStateException("partition " + id + " is not shared with others");
    }
    return others;
  }

  /** Whether this node may read and write it: it owns it, and is not about to give it away. */
  boolean isServed() {
    return served;
  }

  /** Whether a damaged batch behind a prepared transaction may have held its decision. */
  boolean mayHaveLostDecision(PreparedTable.Prepared transaction) {
    return transaction.endAddress() < doubt.suspectBefore();
  }

  /** Whether relocations and checkpoints may be appended; under commitLock. */
  boolean takesUpkeep() {
    OwnerSide others = ownerSide;
    return others == null
        || (served && !doubt.exists() && others.admit(0) == OwnerSide.Admission.ADMITTED);
  }

  /** Below it everything is durable here, and acknowledged by all others who must. */
  long settledTo() {
    OwnerSide others = ownerSide;
    long durable = log.durableTo();
    return others == null ? durable : Math.min(durable, others.acknowledgedTo());
  }

  void served(boolean served) {
    this.served = served;
  }

  /**
   * Whose copies must go before what is appended next is settled. Under commitLock.
   *
   * @param by who has dropped its own copies
   */
  void changing(long[] objectIds, Spared by) {
    changed = objectIds;
    changedBy = by;
  }

  /**
   * How often a version appeared whose stamp is below what had been published: a reader whose
   * moment lies before must find another one (PROTOCOL 8.2.7).
   */
  long latePublications() {
    return latePublications.get();
  }

  /** Makes a prepared transaction visible. Under commitLock. */
  void publishLate(WriteSet writes, long stamp) {
    latePublications.incrementAndGet();
    publication.publish(writes, stamp);
    publication.raise(Math.max(publishedStamp(), stamp));
  }

  /**
   * The stamp of the transaction that has locked an object; of one that nobody knows, the least: it
   * is waited for. Under commitLock.
   */
  long lockedAt(long objectId) {
    return Math.max(publication.lockedAt(objectId), prepared.lockedAt(objectId));
  }

  /** What a checkpoint must list beside the table; under commitLock. */
  Ledger ledger(long replayBegin) {
    return bound.listedIn(outcomes.ledger(replayBegin));
  }

  // ---- stamps

  /** Up to it everything is published; from any thread. */
  long publishedStamp() {
    return publishedStamp.getAcquire();
  }

  /** Of the newest commit, published or not; under commitLock. */
  long lastStamp() {
    return lastStamp;
  }

  void lastStamp(long stamp) {
    lastStamp = stamp;
  }

  /** Raises the stamp floor: every later commit is stamped above {@code stamp}. */
  void floor(long stamp) {
    commitLock.lock();
    try {
      lastStamp = Math.max(lastStamp, stamp);
      publication.floor(stamp);
    } finally {
      commitLock.unlock();
    }
  }

  /** What every snapshot that was taken before the call is at or below. */
  long floorForOthers() {
    commitLock.lock();
    try {
      return lastStamp;
    } finally {
      commitLock.unlock();
    }
  }

  /**
   * Returns when no commit is half published that was so at the call.
   *
   * @return the stamp up to which all is published
   */
  long awaitPublication() {
    commitLock.lock();
    try {
      return publishedStamp.getAcquire();
    } finally {
      commitLock.unlock();
    }
  }

  // ---- checkpoints; under commitLock

  /** Every commit up to this stamp is in the table. */
  long coveredStamp() {
    return Math.min(lastStamp, Math.min(publication.oldestStamp(), prepared.oldestStamp()) - 1);
  }

  /** Where replay must begin: before the first commit that is not in the table yet. */
  long replayBegin() {
    return prepared.oldestBegin(publication.oldestBegin(log.tail()));
  }

  /** A checkpoint that {@link #pins} knows is durable and will be found. */
  void checkpointDurable(Checkpoint checkpoint, long address) {
    pins.durable(checkpoint, address);
    slots.checkpointDurable();
  }

  /** Whether the slots need a checkpoint, and one may be written; from any thread. */
  boolean isCheckpointDue() {
    boolean areOutcomesMany =
        outcomes.sinceCheckpoint() > Math.max(MOST_OUTCOMES, slots.count() / 16);
    return (slots.needCheckpoint() || areOutcomesMany) && !doubt.exists();
  }

  // ---- committing

  /**
   * @throws MisuseException if the dataset was dropped
   * @throws CorruptException if objects may be lost
   */
  void checkTakesWrites() {
    if (table.isDropped()) {
      throw new MisuseException("the dataset of partition " + id + " was dropped");
    }
    doubt.throwIfAny();
  }

  /** Appends a batch without records that tells recovery something. */
  void appendMark(int flags) {
    commitLock.lock();
    try {
      byte[] mark = new byte[BatchFormat.HEADER_BYTES + Long.BYTES];
      Bytes.putLong(mark, BatchFormat.HEADER_BYTES, doubt.suspectBefore());
      log.reserve(mark.length, ChunkPool.Purpose.CLEANING);
      log.append(mark, mark.length, BatchFormat.MARK, flags, 0, lastStamp);
    } finally {
      commitLock.unlock();
    }
  }

  /** No commit may enter any more: the dataset was dropped. */
  void drop() {
    commitLock.lock();
    try {
      table.dropped();
    } finally {
      commitLock.unlock();
    }
  }

  @Override
  public void close() {
    table.close();
  }
}
