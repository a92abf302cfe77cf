package io.hotpot.store;

import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnerSide;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
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

  /** How often the log was made to end elsewhere; guarded by the lock of {@link HeldStore}. */
  int cuts;

  LogCopy(HeldStore store, Partition partition) {
    this.store = store;
    this.upkeep = new CopyUpkeep(store);
    this.partition = partition;
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
    if (!partition.isReplicated()) {
      upkeep.run(partition, Math.min(settledTo, partition.log.durableTo()));
    }
  }

  @Override
  public List<ChunkEnd> chunks() {
    List<ChunkEnd> ends = new ArrayList<>();
    for (LogChunk chunk : partition.chunks.all()) {
      int end = chunk.end();
      int checksum = 0;
      for (int offset = ChunkFormat.DATA_OFFSET;
          offset < end;
          offset += BatchFormat.length(chunk.memory, offset)) {
        checksum = BatchFormat.checksum(chunk.memory, offset);
      }
      ends.add(new ChunkEnd(chunk.sequence, end, checksum));
    }
    return ends;
  }

  @Override
  public List<Integer> sequences() {
    return partition.chunks.all().stream().map(chunk -> chunk.sequence).toList();
  }

  @Override
  public List<BatchEnd> batchesFrom(long address) {
    List<BatchEnd> batches = new ArrayList<>();
    for (LogChunk chunk : partition.chunks.all()) {
      if (chunk.sequence < Address.sequence(address)) {
        continue;
      }
      int end = chunk.end();
      int offset = ChunkFormat.DATA_OFFSET;
      while (offset < end) {
        int length = BatchFormat.length(chunk.memory, offset);
        if (Address.of(chunk.sequence, offset) >= address) {
          batches.add(
              new BatchEnd(
                  Address.of(chunk.sequence, offset + length),
                  BatchFormat.checksum(chunk.memory, offset)));
        }
        offset += length;
      }
    }
    return batches;
  }

  @Override
  public boolean read(int sequence, int offset, byte[] into, int length) {
    LogChunk chunk = partition.chunks.get(sequence);
    if (chunk == null || !chunk.holds(offset, length)) {
      return false;
    }
    chunk.memory.get(offset, into, 0, length);
    java.lang.invoke.VarHandle.acquireFence();
    return partition.chunks.get(sequence) == chunk;
  }

  @Override
  public @Nullable Pin pin(int sequence) {
    LogChunk chunk = partition.chunks.get(sequence);
    if (chunk == null || !chunk.pin()) {
      return null;
    }
    AtomicBoolean pinned = new AtomicBoolean(true);
    return () -> {
      if (pinned.compareAndSet(true, false)) {
        chunk.unpin();
      }
    };
  }

  // ---- as a copy

  @Override
  public void append(long address, byte[] batches) {
    checkIsCopy();
    PartitionLog log = partition.log;
    int at = 0;
    while (at < batches.length) {
      long place = address + at;
      int length = checked(place, batches, at);
      LogChunk chunk = partition.chunks.get(Address.sequence(place));
      if (chunk == null) {
        chunk = log.takeForCopy(Address.sequence(place));
      }
      log.appendCopy(chunk, batches, at, length);
      lastEpoch = Bytes.getInt(batches, at + 12);
      if ((batches[at + 28] & 0xFF) == BatchFormat.CHECKPOINT) {
        upkeep.checkpoint(place, place + length);
      }
      at += length;
    }
    upkeep();
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
    long tail = partition.log.tail();
    boolean inPlace =
        place == tail
            || (partition.log.current() == null
                && Address.sequence(place) > Address.sequence(tail)
                && Address.offset(place) == ChunkFormat.DATA_OFFSET);
    if (!inPlace) {
      throw notFollowing(place, "the log ends at " + Address.toString(tail));
    }
    if (Bytes.getInt(batches, at + 8) != partition.log.lastChecksum()
        || Bytes.getInt(batches, at + 12) < lastEpoch) {
      throw notFollowing(place, "it does not link to the batch before it");
    }
    return length;
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
    if (address < settledTo) {
      throw notFollowing(address, "what is settled is not cut");
    }
    LogChunk last = partition.chunks.get(Address.sequence(address));
    int end = Address.offset(address);
    int previous = 0;
    int epoch = 0;
    int offset = ChunkFormat.DATA_OFFSET;
    boolean sealed = false;
    while (last != null && offset < Math.min(end, last.end())) {
      previous = BatchFormat.checksum(last.memory, offset);
      epoch = BatchFormat.epoch(last.memory, offset);
      sealed = BatchFormat.kind(last.memory, offset) == BatchFormat.SEAL;
      offset += BatchFormat.length(last.memory, offset);
    }
    if (last == null || offset != end || previous != checksum) {
      throw notFollowing(address, "no batch with the checksum of the owner's ends there");
    }
    upkeep.cut(address);
    releaseBeyond(address);
    clearHeaders(last, end);
    last.end(end);
    last.closed = sealed;
    LogChunk open = sealed ? null : last;
    store.cutting(this, () -> partition.log.endAt(open, checksum, address));
    lastEpoch = epoch;
    store.drain();
  }

  private void releaseBeyond(long address) {
    List<LogChunk> all = partition.chunks.all();
    for (int i = all.size() - 1; i >= 0; i--) {
      LogChunk chunk = all.get(i);
      if (Address.of(chunk.sequence, ChunkFormat.DATA_OFFSET) >= address) {
        store.release(partition, chunk);
      }
    }
  }

  /** Of the sound batches beyond the end: none of them may come to life again. */
  private void clearHeaders(LogChunk chunk, int from) {
    byte[] nothing = new byte[BatchFormat.HEADER_BYTES];
    int limit = chunk.end();
    int offset = from;
    while (offset < limit) {
      int length = BatchFormat.length(chunk.memory, offset);
      chunk.memory.put(offset, nothing, 0, nothing.length);
      store.flush(chunk, offset, nothing.length);
      offset += length;
    }
  }

  @Override
  public void release(int sequence) {
    LogChunk chunk = partition.chunks.get(sequence);
    if (chunk != null) {
      checkIsCopy();
      store.release(partition, chunk);
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
    upkeep.clear();
    releaseBeyond(0);
    store.cutting(this, () -> partition.log.endAt(null, 0, 0));
    settledTo = 0;
    lastEpoch = 0;
  }

  @Override
  public void fill(int sequence, int offset, byte[] bytes) {
    checkIsCopy();
    LogChunk chunk = partition.chunks.get(sequence);
    if (chunk == null) {
      chunk = partition.log.takeForCopy(sequence);
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
    store.cutting(
        this,
        () -> {
          partition.log.endAt(last, checksum, end);
          partition.log.flushAllAgain();
        });
    upkeep.noteCheckpoints(partition.chunks, 0);
  }

  // ---- becoming the owner's

  @Override
  public OwnedPartition begin(int epoch, OwnerSide ownerSide) {
    return own(epoch, ownerSide, BatchFormat.EPOCH);
  }

  @Override
  public OwnedPartition promote(int epoch, OwnerSide ownerSide) {
    checkIsCopy();
    settleByPromotion();
    store.rebuild(partition);
    return own(epoch, ownerSide, BatchFormat.EPOCH | BatchFormat.RECOVERED);
  }

  /** The whole log is authoritative from now on, as if it were settled. */
  private void settleByPromotion() {
    long end = partition.log.flushAppended();
    store.drain();
    partition.log.durable(end);
    upkeep.run(partition, Long.MAX_VALUE);
    store.drain();
  }

  private OwnedPartition own(int epoch, OwnerSide ownerSide, int flags) {
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
  void recover(FoundLog found) {
    LogChunk last = null;
    for (LogChunk chunk : found.chunks.values()) {
      if (Address.of(chunk.sequence, ChunkFormat.DATA_OFFSET) < found.end) {
        if (!found.scans.containsKey(chunk.sequence)) {
          chunk.end(LogScanner.endOf(chunk.memory));
        }
        partition.chunks.put(chunk);
        store.flush(chunk, ChunkFormat.DATA_OFFSET, chunk.end() - ChunkFormat.DATA_OFFSET);
        last = chunk;
      }
    }
    LogScanner.Scan scan = last == null ? null : found.scans.get(last.sequence);
    boolean sealed = scan != null && keepOnlyTheLog(scan);
    store.drain();
    if (last != null) {
      last.closed = sealed;
    }
    partition.log.resume(
        sealed ? null : last, last == null ? 0 : last.sequence, found.endChecksum, found.end);
    upkeep.noteCheckpoints(partition.chunks, found.newestPointer);
  }

  /**
   * Clears the headers of sound batches beyond the end of a chunk: none may come to life again.
   *
   * @return whether the last batch before it is a SEAL
   */
  private boolean keepOnlyTheLog(LogScanner.Scan scan) {
    LogChunk chunk = scan.chunk;
    boolean sealed = false;
    for (LogScanner.Run run : scan.runs) {
      int length;
      for (int offset = run.start(); offset < run.end(); offset += length) {
        length = BatchFormat.length(chunk.memory, offset);
        if (offset >= chunk.end()) {
          byte[] nothing = new byte[BatchFormat.HEADER_BYTES];
          chunk.memory.put(offset, nothing, 0, nothing.length);
          store.flush(chunk, offset, nothing.length);
        } else {
          sealed = BatchFormat.kind(chunk.memory, offset) == BatchFormat.SEAL;
          lastEpoch = BatchFormat.epoch(chunk.memory, offset);
        }
      }
    }
    return sealed;
  }

  /** The node owns it no more: the bytes stay, as a copy that others will cut or clear. */
  void depose() {
    Partition old = partition;
    Partition copy = store.newPartition(old.id, old.mode);
    old.commitLock.lock();
    try {
      for (LogChunk chunk : old.chunks.all()) {
        copy.chunks.put(chunk);
      }
      copy.log.takeOver(old.log);
    } finally {
      old.commitLock.unlock();
    }
    partition = copy;
    upkeep.clear();
    upkeep.noteCheckpoints(copy.chunks, newestPointer());
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
