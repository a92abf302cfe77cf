package io.hotpot.store;

import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnerSide;
import io.hotpot.store.spi.SettledVersion;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * This node's copy of a partition's log (PROTOCOL 6, 10 and 11): the same bytes at the same
 * addresses as on every other node that holds it.
 *
 * <p>As long as it is a copy, its partition is known to nobody else, and one thread writes it. Once
 * promoted, the partition appends by itself, and only what tells something is called here.
 */
final class LogCopy implements HeldLog {

  /** So many numbers lie between the last chunk of an epoch and the first one of the next. */
  static final int SKIPPED_SEQUENCES = 16;

  private final HeldStore store;
  private volatile Partition partition;
  private volatile long settledTo;
  private int lastEpoch;
  private final CopyUpkeep upkeep;
  private final SettledReads reads;
  final WarmTable warm;
  private volatile boolean damaged;

  /** Whether it is owned with damage that nobody could heal: it has it still when it is deposed. */
  private boolean ownedDamaged;

  /** How often the log was made to end elsewhere; guarded by the lock of {@link HeldStore}. */
  int cuts;

  LogCopy(HeldStore store, Partition partition) {
    this.store = store;
    this.upkeep = new CopyUpkeep(store);
    this.partition = partition;
    this.reads = new SettledReads(address -> store.healLater(partition.id, address));
    this.warm = new WarmTable(store, this::held, reads);
  }

  // ---- telling

  @Override
  public int partition() {
    return partition.id;
  }

  @Override
  public long tail() {
    return partition.log.tail();
  }

  @Override
  public int lastChecksum() {
    return partition.log.lastChecksum();
  }

  @Override
  public int lastEpoch() {
    return lastEpoch;
  }

  @Override
  public long durableTo() {
    return partition.log.durableTo();
  }

  @Override
  public long settledTo() {
    return settledTo;
  }

  @Override
  public void settledTo(long address) {
    settledTo = Math.max(settledTo, address);
    upkeep();
  }

  /** What is settled and durable takes effect; the owner sees to its own log by itself. */
  private void upkeep() {
    if (!partition.isReplicated()
        && upkeep.run(partition, Math.min(settledTo, partition.log.durableTo()), warm.keptFrom())) {
      warm.retry();
    }
  }

  // ---- the table

  @Override
  public boolean isWarmUpDue() {
    if (damaged || partition.isReplicated()) {
      return false;
    }
    boolean isBehind = warm.isBehind(settledInLog());
    if (isBehind) {
      warm.begin();
    }
    return isBehind || upkeep.hasUnused();
  }

  @Override
  public boolean warmUp() {
    upkeep.giveBack(partition.id);
    return warm.step(settledInLog());
  }

  @Override
  public long warmTo() {
    return warm.takenTo();
  }

  @Override
  public @Nullable SettledVersion settled(long objectId) {
    return reads.read(objectId);
  }

  @Override
  public boolean isStillSettled(long objectId, SettledVersion version) {
    return reads.isStill(objectId, version);
  }

  private long settledInLog() {
    return Math.min(settledTo(), partition.log.tail());
  }

  void endsAsCopy() {
    warm.stop();
    upkeep.giveBack(partition.id);
  }

  @Override
  public List<ChunkEnd> chunks() {
    return new CopyContents(partition).chunks();
  }

  @Override
  public List<Integer> sequences() {
    return partition.chunks.all().stream().map(chunk -> chunk.sequence).toList();
  }

  @Override
  public List<BatchEnd> batchesFrom(long address) {
    return new CopyContents(partition).batchesFrom(address);
  }

  @Override
  public boolean read(int sequence, int offset, byte[] into, int length) {
    return new CopyContents(partition).read(sequence, offset, into, length);
  }

  @Override
  public @Nullable Pin pin(int sequence) {
    return new CopyContents(partition).pin(sequence);
  }

  @Override
  public @Nullable Pin keep(int sequence) {
    return new CopyContents(partition).keep(sequence);
  }

  // ---- memory that others reach

  @Override
  public @Nullable Loan lend(int sequence, boolean writable, Lending lending) {
    return new LentChunks(partition).lend(sequence, writable, lending);
  }

  @Override
  public int preparedSequence() {
    LogChunk next = partition.log.prepared();
    return next == null ? NO_CHUNK : next.sequence;
  }

  /** When this returns, no other node writes to this log's memory. */
  void takeBackWritable() {
    new LentChunks(partition).takeBackWritable();
  }

  // ---- damage

  @Override
  public boolean isDamaged() {
    return damaged;
  }

  @Override
  public List<Damaged> damages() {
    return new LogHealing(partition).all();
  }

  @Override
  public @Nullable Damaged damageAt(long address) {
    return new LogHealing(partition).at(address);
  }

  @Override
  public boolean mend(Damaged where, byte[] bytes) {
    LogChunk chunk = partition.chunks.get(where.sequence());
    if (chunk == null || !new LogHealing(partition).mend(where, bytes)) {
      return false;
    }
    store.mended(chunk, where);
    warm.retry();
    return true;
  }

  // ---- as a copy

  @Override
  public void append(long address, byte[] batches, LongConsumer changed) {
    checkIsCopy();
    int at = 0;
    while (at < batches.length) {
      long place = address + at;
      int length = checked(place, batches, at);
      LogChunk chunk = appendBatch(Address.sequence(place), batches, at, length);
      int epoch = Bytes.getInt(batches, at + 12);
      appended(chunk, place, length, batches[at + 28] & 0xFF, epoch, changed);
      at += length;
    }
    upkeep();
  }

  private void appended(
      LogChunk chunk, long place, int length, int kind, int epoch, LongConsumer changed) {
    reads.appended(partition.id, chunk, Address.offset(place), kind, length, changed);
    lastEpoch = epoch;
    if (kind == BatchFormat.CHECKPOINT) {
      upkeep.checkpoint(place, place + length);
    }
  }

  @Override
  public void appendInPlace(long address, int lengthBytes, LongConsumer changed) {
    checkIsCopy();
    int at = 0;
    while (at < lengthBytes) {
      long place = address + at;
      LogChunk chunk = new LentChunks(partition).chunk(Address.sequence(place));
      StandingBatch batch =
          chunk == null
              ? null
              : StandingBatch.at(
                  chunk.memory,
                  Address.offset(place),
                  lengthBytes - at,
                  partition.log.seed() ^ place);
      if (chunk == null || batch == null) {
        throw notFollowing(place, "nothing sound was written there");
      }
      checkFollows(place, batch.previousChecksum(), batch.epoch());
      appendStanding(chunk, place, batch);
      appended(chunk, place, batch.lengthBytes(), batch.kind(), batch.epoch(), changed);
      at += batch.lengthBytes();
    }
    upkeep();
  }

  private void appendStanding(LogChunk chunk, long place, StandingBatch batch) {
    partition.commitLock.lock();
    try {
      if (chunkFor(chunk.sequence) != chunk) {
        throw notFollowing(place, "the chunk that it was written to is not part of the log");
      }
      partition.log.appendStanding(chunk, batch.lengthBytes(), batch.checksum(), batch.kind());
    } finally {
      partition.commitLock.unlock();
    }
  }

  private LogChunk appendBatch(int sequence, byte[] batches, int at, int length) {
    // Nobody else appends; it is the next chunk that another thread prepares meanwhile.
    partition.commitLock.lock();
    try {
      LogChunk chunk = chunkFor(sequence);
      partition.log.appendCopy(chunk, batches, at, length);
      return chunk;
    } finally {
      partition.commitLock.unlock();
    }
  }

  /** The chunk with this number, which may be the next one; under the commit lock. */
  private LogChunk chunkFor(int sequence) {
    LogChunk chunk = partition.chunks.get(sequence);
    if (chunk != null) {
      return chunk;
    }
    try {
      return partition.log.takeForCopy(sequence);
    } catch (HeapFull e) {
      // What goes as soon as the table has been led on is needed now.
      warm.stop();
      upkeep();
      upkeep.giveBack(partition.id);
      return partition.log.takeForCopy(sequence);
    }
  }

  /** Whether a whole, sound batch that follows the log's last one stands there; its length. */
  private int checked(long place, byte[] batches, int at) {
    int room = batches.length - at;
    int length = room < BatchFormat.HEADER_BYTES ? 0 : Bytes.getInt(batches, at);
    if (length < BatchFormat.HEADER_BYTES
        || length > room
        || Address.offset(place) + length > Heap.CHUNK_BYTES
        || (length & (BatchFormat.ALIGNMENT - 1)) != 0) {
      throw notFollowing(place, "it is cut short");
    }
    int checksum = Checksum.of(batches, at + 8, length - 8, partition.log.seed() ^ place);
    if (checksum != Bytes.getInt(batches, at + 4)) {
      throw notFollowing(place, "its checksum is wrong");
    }
    checkFollows(place, Bytes.getInt(batches, at + 8), Bytes.getInt(batches, at + 12));
    return length;
  }

  private void checkFollows(long place, int previousChecksum, int epoch) {
    long tail = partition.log.tail();
    boolean inPlace =
        place == tail
            || (partition.log.current() == null
                && Address.sequence(place) > Address.sequenceOfEnd(tail)
                && Address.offset(place) == ChunkFormat.DATA_OFFSET);
    if (!inPlace) {
      throw notFollowing(place, "the log ends at " + Address.toString(tail));
    }
    if (previousChecksum != partition.log.lastChecksum() || epoch < lastEpoch) {
      throw notFollowing(place, "it does not link to the batch before it");
    }
  }

  private CorruptException notFollowing(long place, String why) {
    return new CorruptException(
        "a batch for "
            + Address.toString(place)
            + " of partition "
            + partition.id
            + " does not follow this node's copy of the log: "
            + why);
  }

  private void checkIsCopy() {
    if (partition.isReplicated()) {
      throw new MisuseException("partition " + partition.id + " is owned by this node");
    }
  }

  @Override
  public void startFlush() {
    if (!partition.isReplicated()) {
      store.flushing(this, partition.log.flushAppended());
    }
  }

  /** After the drain that followed {@link #startFlush}. */
  void durable(long end) {
    partition.log.durable(end);
  }

  @Override
  public void cut(long address, int checksum) {
    checkIsCopy();
    if (address < Math.max(settledTo, warm.takenTo())) {
      throw notFollowing(address, "what is settled is not cut");
    }
    LogChunk last = partition.chunks.get(Address.sequenceOfEnd(address));
    int end = Address.offsetOfEnd(address);
    CopyEnd cutting = new CopyEnd(store, partition);
    int batch = last == null ? -1 : cutting.batchThatEndsAt(last, end);
    if (last == null || batch < 0 || BatchFormat.checksum(last.memory, batch) != checksum) {
      throw notFollowing(address, "no batch with the checksum of the owner's ends there");
    }
    takeBackWritable();
    int epoch = BatchFormat.epoch(last.memory, batch);
    boolean sealed = BatchFormat.kind(last.memory, batch) == BatchFormat.SEAL;
    upkeep.cut(address);
    // First, or what is gone would be missed as something that has rotted.
    cutting(() -> partition.log.lowerNote(address));
    store.drain();
    cutting.releaseBeyond(address);
    cutting.clearHeaders(last, end);
    last.end(end);
    last.closed = sealed;
    LogChunk open = sealed ? null : last;
    cutting(() -> partition.log.endAt(open, checksum, address));
    lastEpoch = epoch;
    store.drain();
  }

  /** Lets the log end elsewhere: neither a flush nor a preparation under way counts for it. */
  private void cutting(Runnable endAt) {
    partition.commitLock.lock();
    try {
      store.cutting(this, endAt);
    } finally {
      partition.commitLock.unlock();
    }
  }

  @Override
  public void releaseWhenSettled(int sequence) {
    checkIsCopy();
    upkeep.release(sequence, partition.log.tail());
    upkeep();
  }

  @Override
  public void clear() {
    checkIsCopy();
    takeBackWritable();
    upkeep.clear();
    endsAsCopy();
    cutting(() -> partition.log.lowerNote(0));
    new CopyEnd(store, partition).releaseBeyond(0);
    cutting(() -> partition.log.endAt(null, 0, 0));
    reads.markFrom(0);
    settledTo = 0;
    lastEpoch = 0;
    damaged = false;
  }

  @Override
  public void fill(int sequence, int offset, byte[] bytes) {
    checkIsCopy();
    LogChunk chunk;
    partition.commitLock.lock();
    try {
      chunk = chunkFor(sequence);
      partition.log.fillingIn(chunk);
    } finally {
      partition.commitLock.unlock();
    }
    if (offset != chunk.end() || offset + bytes.length > Heap.CHUNK_BYTES) {
      throw notFollowing(Address.of(sequence, offset), "the chunk is filled up to " + chunk.end());
    }
    chunk.memory.put(offset, bytes, 0, bytes.length);
    chunk.end(offset + bytes.length);
  }

  @Override
  public void filled(List<ChunkEnd> chunks, long end) {
    int previous = 0;
    int previousSequence = -1;
    LogChunk open = null;
    for (ChunkEnd expected : chunks) {
      LogChunk chunk = partition.chunks.get(expected.sequence());
      if (chunk == null || chunk.end() != expected.end()) {
        throw notFollowing(Address.of(expected.sequence(), 0), "the chunk was not filled");
      }
      LogScanner.Scan scan =
          LogScanner.scan(chunk, partition.log.seed(), ChunkFormat.DATA_OFFSET, expected.end());
      boolean isEmpty = expected.end() == ChunkFormat.DATA_OFFSET;
      if (!isEmpty) {
        if (scan.runs.size() != 1
            || scan.runs.getFirst().start() != ChunkFormat.DATA_OFFSET
            || scan.runs.getFirst().end() != expected.end()) {
          throw notFollowing(Address.of(expected.sequence(), 0), "a batch in it is damaged");
        }
        if (previousSequence == chunk.sequence - 1
            && BatchFormat.previousChecksum(chunk.memory, ChunkFormat.DATA_OFFSET) != previous) {
          throw notFollowing(
              Address.of(expected.sequence(), 0), "it does not follow the one before");
        }
        previous = expected.checksum();
        lastEpoch = Math.max(lastEpoch, scan.maxEpoch);
      }
      chunk.closed = scan.sealed;
      open = scan.sealed ? null : chunk;
      previousSequence = chunk.sequence;
    }
    LogChunk last = open;
    int checksum = previous;
    cutting(
        () -> {
          partition.log.endAt(last, checksum, end);
          partition.log.flushAllAgain();
        });
    reads.markFrom(end);
    upkeep.noteCheckpoints(partition, 0);
  }

  // ---- becoming the owner's

  @Override
  public OwnedPartition begin(int epoch, OwnerSide ownerSide) {
    return own(epoch, ownerSide, BatchFormat.EPOCH);
  }

  @Override
  public OwnedPartition promote(int epoch, OwnerSide ownerSide) {
    checkIsCopy();
    boolean isWarm = settleByPromotion();
    if (!isWarm) {
      // A step that is still to come must not begin beside what follows.
      warm.stop();
    }
    if (!(isWarm && takeWarm()) && !rebuild()) {
      // The table that was begun is of no use.
      renew();
      if (!damaged) {
        damaged = true;
        throw new CorruptException(
            "this node's copy of partition " + partition.id + " is damaged: " + firstDamage());
      }
      store.rebuildDamaged(partition);
    }
    ownedDamaged = damaged;
    damaged = false;
    return own(epoch, ownerSide, BatchFormat.EPOCH | BatchFormat.RECOVERED);
  }

  private boolean rebuild() {
    try {
      return !damaged && store.rebuild(partition).isEmpty();
    } catch (CorruptException e) {
      return false; // it has rotted while it was read
    }
  }

  /** Goes on with the table that was kept; false: there is none. */
  private boolean takeWarm() {
    Partition table = warm.finish();
    if (table == null) {
      return false;
    }
    succeed(table);
    store.warmPromotion();
    return true;
  }

  private String firstDamage() {
    List<Damaged> all = damages();
    return all.isEmpty() ? "it does not end where it should" : all.getFirst().toString();
  }

  /**
   * The whole log is authoritative from now on, as if it were settled.
   *
   * @return whether the table that was kept has all of it
   */
  private boolean settleByPromotion() {
    if (partition.log.durableTo() < partition.log.tail()) {
      long end = partition.log.flushAppended();
      store.drain();
      partition.log.durable(end);
    }
    boolean isWarm = !damaged && warm.takeAll(partition.log.tail());
    if (upkeep.run(partition, Long.MAX_VALUE, Long.MAX_VALUE)) {
      store.drain();
    }
    upkeep.giveBack(partition.id);
    return isWarm;
  }

  private OwnedPartition own(int epoch, OwnerSide ownerSide, int flags) {
    takeBackWritable();
    try {
      return tryToOwn(epoch, ownerSide, flags);
    } catch (RuntimeException e) {
      // It is a copy as before, and may be promoted again; such as when there is room in the heap.
      depose();
      throw e;
    }
  }

  private OwnedPartition tryToOwn(int epoch, OwnerSide ownerSide, int flags) {
    Partition owned = partition;
    owned.served(false);
    owned.commitLock.lock();
    try {
      owned.beginEpoch(epoch, ownerSide);
      owned.log.skipTo(owned.log.lastSequence() + 1 + SKIPPED_SEQUENCES);
    } finally {
      owned.commitLock.unlock();
    }
    owned.appendMark(flags);
    lastEpoch = epoch;
    return store.own(this, owned, epoch);
  }

  /** Goes on with what an opening found; the chunks beyond the end are gone already. */
  void recover(FoundLog found, boolean isDamaged) {
    damaged = isDamaged;
    LogChunk last = null;
    for (LogChunk chunk : found.chunks.values()) {
      if (Address.of(chunk.sequence, ChunkFormat.DATA_OFFSET) < found.end) {
        if (!found.scans.containsKey(chunk.sequence)) {
          chunk.end(LogScanner.endOf(chunk, partition.log.seed()));
        }
        partition.chunks.put(chunk);
        store.flush(chunk, ChunkFormat.DATA_OFFSET, chunk.end() - ChunkFormat.DATA_OFFSET);
        last = chunk;
      }
    }
    LogScanner.Scan scan = last == null ? null : found.scans.get(last.sequence);
    boolean sealed = false;
    if (scan != null) {
      CopyEnd.LastBatch lastBatch = new CopyEnd(store, partition).keepOnlyTheLog(scan);
      sealed = lastBatch.isSeal();
      lastEpoch = lastBatch.epoch();
    }
    store.drain();
    if (lastEpoch == 0) {
      // All of the last chunk is damaged. Where all of the log is, it is still not one that holds
      // nothing; any other one comes before it.
      int least = isDamaged && last != null ? 1 : 0;
      lastEpoch = found.scans.values().stream().mapToInt(s -> s.maxEpoch).reduce(least, Math::max);
    }
    if (last != null) {
      last.closed = sealed;
    }
    partition.log.resume(
        sealed ? null : last, last == null ? 0 : last.sequence, found.endChecksum, found.end);
    reads.markFrom(found.end);
    upkeep.noteCheckpoints(partition, found.newestPointer);
  }

  /** The node owns it no more: the bytes stay, as a copy that others will cut or clear. */
  void depose() {
    warm.stop();
    damaged |= ownedDamaged;
    ownedDamaged = false;
    renew();
    reads.markFrom(tail());
    upkeep.clear();
    upkeep.noteCheckpoints(partition, newestPointer());
  }

  /** Goes on with a partition of which only the log is known. */
  private void renew() {
    succeed(store.newPartition(partition.id, partition.mode));
  }

  /** Goes on with the log in another partition. */
  private void succeed(Partition next) {
    Partition old = partition;
    old.commitLock.lock();
    try {
      if (next.chunks != old.chunks) {
        old.chunks.all().forEach(next.chunks::put);
      }
      next.log.takeOver(old.log);
    } finally {
      old.commitLock.unlock();
    }
    partition = next;
  }

  private long newestPointer() {
    long newest = 0;
    for (LogChunk chunk : partition.chunks.all()) {
      for (long pointer : ChunkFormat.checkpointPointers(chunk.memory)) {
        newest = Math.max(newest, pointer);
      }
    }
    return newest;
  }

  Partition held() {
    return partition;
  }

  @Nullable LogChunk chunk(int sequence) {
    return partition.chunks.get(sequence);
  }
}
