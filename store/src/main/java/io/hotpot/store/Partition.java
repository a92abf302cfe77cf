package io.hotpot.store;

import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The unit of ownership: one log, one handle table, one order of commits.
 *
 * <table>
 * <caption>Who guards what</caption>
 * <tr><td>log, lastStamp, inFlight, chunks (writes)</td><td>commitLock</td></tr>
 * <tr><td>nextSlot, freeHead, deletedSlots, burned, quarantined</td><td>allocationLock</td></tr>
 * <tr><td>handle words: RESERVED and FREE</td><td>allocationLock, or the transaction that reserved the slot</td></tr>
 * <tr><td>handle words: all others</td><td>commitLock; words of an in-flight commit belong to who publishes it</td></tr>
 * <tr><td>publishedStamp</td><td>written under commitLock, read by anyone</td></tr>
 * </table>
 */
final class Partition implements AutoCloseable {

  /** So many slots may wait for a checkpoint before one is written for them. */
  static final int MAX_WAITING_SLOTS = 1 << 14;

  /** How many generations of a slot a crash may make the store forget. */
  static final int MAX_BURNED = 8;

  /** The slot of the object that holds the partition's named roots. */
  static final int ROOTS_SLOT = 0;

  final int id;
  final TransactionMode mode;
  final ReentrantLock commitLock = new ReentrantLock();
  final HandleTable table = new HandleTable();
  final ChunkTable chunks = new ChunkTable();
  final PartitionLog log;
  final ChunkPool pool;
  final AtomicLong objects = new AtomicLong();
  final AtomicLong liveBytes = new AtomicLong();

  private final ReentrantLock allocationLock = new ReentrantLock();
  private final ArrayDeque<InFlightCommit> inFlight = new ArrayDeque<>();
  private final ObjectCache cache;
  private final ValueCodec codec;
  private final Snapshots snapshots;

  private long lastStamp;
  private final AtomicLong publishedStamp = new AtomicLong();
  private volatile long suspectBefore;
  private long acceptedBefore;

  /**
   * Of the cleaner: how often in a row cleaning gave nothing, and how long it leaves the partition
   * alone for that.
   */
  int fruitlessCleans;

  long quietUntilAppended;

  private volatile boolean dropped;
  private int nextSlot = 1;
  private int freeHead;
  private int freshGeneration;
  private final ArrayDeque<long[]> deletedSlots = new ArrayDeque<>();

  /**
   * How often each slot was given back without a durable record of it since the last checkpoint. A
   * crash forgets that, and so recovery raises every free generation by {@link #MAX_BURNED}.
   */
  private final Map<Integer, Integer> burned = new HashMap<>();

  /** Those of them that the checkpoint under way knows of: they count until it is durable. */
  private final Map<Integer, Integer> burnedBefore = new HashMap<>();

  private final ArrayDeque<Integer> quarantined = new ArrayDeque<>();
  private int quarantinedBefore;

  private final ArrayDeque<TreeSet<Integer>> checkpointChunks = new ArrayDeque<>();
  private final ArrayDeque<Long> checkpointStamps = new ArrayDeque<>();

  /** Released once no snapshot can need a version in it; guarded by commitLock. */
  final List<RetiredChunk> retired = new ArrayList<>();

  /** Batch under construction; guarded by commitLock. */
  byte[] scratch = new byte[4096];

  record RetiredChunk(LogChunk chunk, long retiredAt) {}

  Partition(
      int id,
      TransactionMode mode,
      int epoch,
      Heap heap,
      ChunkPool pool,
      ObjectCache cache,
      ValueCodec codec,
      Snapshots snapshots) {
    this.id = id;
    this.mode = mode;
    this.pool = pool;
    this.log = new PartitionLog(id, epoch, heap, pool, chunks);
    this.cache = cache;
    this.codec = codec;
    this.snapshots = snapshots;
    table.ensure(1);
    table.set(ROOTS_SLOT, HandleWord.reserved(0));
  }

  // ---- taking over what recovery found

  /**
   * @param stamp the highest stamp in the log
   * @param generation that slots never used before start with
   */
  void resume(long stamp, int slots, int generation) {
    lastStamp = stamp;
    publishedStamp.setRelease(stamp);
    nextSlot = Math.max(1, slots);
    freshGeneration = generation;
  }

  /** The log ends with a checkpoint: it says everything. */
  void resumeFromCheckpoint(Checkpoint checkpoint) {
    resume(checkpoint.stamp(), checkpoint.slots(), checkpoint.generation());
    freeHead = checkpoint.freeHead();
    objects.set(checkpoint.objects());
    liveBytes.set(checkpoint.liveBytes().values().stream().mapToLong(Long::longValue).sum());
  }

  // ---- checkpoints; under commitLock

  /** Slots burned from now on are counted anew: the checkpoint that begins knows of the others. */
  void checkpointBegins() {
    allocationLock.lock();
    try {
      burned.forEach((slot, times) -> burnedBefore.merge(slot, times, Integer::sum));
      burned.clear();
      quarantinedBefore = quarantined.size();
    } finally {
      allocationLock.unlock();
    }
  }

  /** Every commit up to this stamp is in the table. */
  long coveredStamp() {
    InFlightCommit first = inFlight.peekFirst();
    return first == null ? lastStamp : Math.min(lastStamp, first.stamp - 1);
  }

  /** Where replay must begin: before the first commit that is not in the table yet. */
  long replayBegin() {
    long begin = log.tail();
    for (InFlightCommit commit : inFlight) {
      for (InFlightCommit.Part part : commit.parts) {
        if (part.partition() == this) {
          begin = Math.min(begin, part.beginAddress());
        }
      }
    }
    return begin;
  }

  /** The cleaner leaves the chunks alone in which a checkpoint lies: this, and two before it. */
  void pinCheckpoint(Checkpoint checkpoint, long address) {
    TreeSet<Integer> sequences = new TreeSet<>();
    for (long page : checkpoint.pages()) {
      sequences.add(Address.sequence(page));
    }
    sequences.add(Address.sequence(address));
    checkpointChunks.addFirst(sequences);
    while (checkpointChunks.size() > 3) {
      checkpointChunks.removeLast();
    }
  }

  /** A pinned checkpoint is durable and will be found. */
  void checkpointDurable(Checkpoint checkpoint) {
    checkpointStamps.addFirst(checkpoint.stamp());
    while (checkpointChunks.size() > 2) {
      checkpointChunks.removeLast();
    }
    while (checkpointStamps.size() > 2) {
      checkpointStamps.removeLast();
    }
    allocationLock.lock();
    try {
      burnedBefore.clear();
      for (; quarantinedBefore > 0; quarantinedBefore--) {
        int slot = quarantined.removeFirst();
        long word = table.get(slot);
        if (HandleWord.tag(word) == HandleWord.FREE) {
          addFreeSlot(slot, HandleWord.generation(word));
        }
      }
    } finally {
      allocationLock.unlock();
    }
  }

  /** Whether so many slots were given back since the last checkpoint that one is due. */
  boolean isCheckpointDue() {
    allocationLock.lock();
    try {
      return burned.size() + quarantined.size() > MAX_WAITING_SLOTS && suspectBefore == 0;
    } finally {
      allocationLock.unlock();
    }
  }

  /** Whether a chunk holds a part of a checkpoint that an opening may need. */
  boolean isPinnedByCheckpoint(int sequence) {
    return checkpointChunks.stream().anyMatch(s -> s.contains(sequence));
  }

  /** Delete records up to this stamp are in both newest checkpoints, and so need not be kept. */
  long deletesCoveredTo() {
    return checkpointStamps.size() < 2 ? 0 : checkpointStamps.getLast();
  }

  /**
   * A slot's word as a checkpoint stores it: what no snapshot or running transaction will claim
   * after a restart is free.
   *
   * @param nextFree the free slot that comes next in the list
   */
  long durableWord(int slot, int nextFree) {
    long word = table.get(slot);
    return switch (HandleWord.tag(word)) {
      case HandleWord.LIVE, HandleWord.RETIRED -> word;
      case HandleWord.FREE -> freeWord(HandleWord.generation(word), nextFree);
      case HandleWord.DELETED ->
          freeWord(ObjectId.generation(identityWord(HandleWord.address(word))) + 1, nextFree);
      case HandleWord.RESERVED ->
          slot == ROOTS_SLOT
              ? HandleWord.reserved(0)
              : freeWord(HandleWord.generation(word) + 1, nextFree);
      case HandleWord.PENDING, HandleWord.PREPARED ->
          HandleWord.of(HandleWord.LIVE, HandleWord.address(word));
      default -> freeWord(freshGeneration, nextFree);
    };
  }

  /** A slot whose generations are used up is never used again. */
  private static long freeWord(int generation, int nextFree) {
    return generation > ObjectId.MAX_GENERATION
        ? HandleWord.of(HandleWord.RETIRED, 0)
        : HandleWord.free(generation, nextFree);
  }

  void addFreeSlot(int slot, int generation) {
    long word = freeWord(generation, freeHead);
    table.set(slot, word);
    if (HandleWord.tag(word) == HandleWord.FREE) {
      freeHead = slot;
    }
  }

  /**
   * Objects whose newest known version is below this address might have had a newer one in a
   * damaged batch.
   */
  void suspectBefore(long address) {
    suspectBefore = address;
  }

  long suspectBefore() {
    return suspectBefore;
  }

  /** An operator has accepted all damage below this address. */
  void acceptedBefore(long address) {
    acceptedBefore = address;
  }

  long acceptedBefore() {
    return acceptedBefore;
  }

  /** Where a damaged batch may have held an object, its absence is no answer. */
  void throwIfMayBeLost(long objectId) {
    if (suspectBefore != 0) {
      throw new CorruptException(
          Ref.text(objectId) + " may be lost in a damaged batch " + suspectAdvice());
    }
  }

  private String suspectAdvice() {
    return "before "
        + Address.toString(suspectBefore)
        + " of partition "
        + id
        + "; restore the store from a backup, or run 'hotpot check --accept-damage' to go on without it";
  }

  int slots() {
    allocationLock.lock();
    try {
      return nextSlot;
    } finally {
      allocationLock.unlock();
    }
  }

  int freshGeneration() {
    return freshGeneration;
  }

  // ---- allocation

  /** Reserves a slot for an object that a transaction creates. */
  long allocate() {
    allocationLock.lock();
    try {
      if (freeHead != 0) {
        int slot = freeHead;
        long word = table.get(slot);
        freeHead = HandleWord.nextSlot(word);
        int generation = HandleWord.generation(word);
        table.set(slot, HandleWord.reserved(generation));
        return ObjectId.pack(id, generation, slot);
      }
      if (freshGeneration > ObjectId.MAX_GENERATION) {
        throw new HeapFull(
            "partition " + id + " has used up its generations; export its dataset into a new one");
      }
      if (nextSlot == HandleTable.MAX_SLOTS) {
        throw new HeapFull(
            "partition " + id + " holds its maximum of " + HandleTable.MAX_SLOTS + " objects");
      }
      int slot = nextSlot++;
      if (slot >= table.capacity()) {
        table.ensure(slot + 1);
      }
      table.set(slot, HandleWord.reserved(freshGeneration));
      return ObjectId.pack(id, freshGeneration, slot);
    } finally {
      allocationLock.unlock();
    }
  }

  /** Gives back a slot; references with its present generation will never resolve again. */
  void release(int slot, int generation) {
    if (slot == ROOTS_SLOT) {
      return;
    }
    allocationLock.lock();
    try {
      int before = burnedBefore.getOrDefault(slot, 0);
      if (before + burned.merge(slot, 1, Integer::sum) < MAX_BURNED) {
        addFreeSlot(slot, generation + 1);
      } else {
        table.set(slot, freeWord(generation + 1, 0));
        quarantined.add(slot);
      }
    } finally {
      allocationLock.unlock();
    }
  }

  /** Frees the slots of deleted objects whose old versions no open snapshot can see. */
  void reclaimDeleted() {
    allocationLock.lock();
    try {
      while (!dropped
          && !deletedSlots.isEmpty()
          && snapshots.noneBefore(deletedSlots.peekFirst()[2])) {
        long[] entry = deletedSlots.removeFirst();
        addFreeSlot((int) entry[0], (int) entry[1] + 1);
      }
    } finally {
      allocationLock.unlock();
    }
  }

  // ---- reading

  long publishedStamp() {
    return publishedStamp.getAcquire();
  }

  /**
   * The version that a handle word names.
   *
   * @return null if the word is out of date by now: read it again
   * @throws ObjectNotFound if the slot belongs to another object
   * @throws CorruptException if the record is damaged
   */
  @Nullable Version read(long objectId, long word) {
    long address = HandleWord.address(word);
    Version cached = cache.get(objectId);
    if (cached != null && cached.address() == address) {
      return cached;
    }
    cache.missed();
    Version version = readRecord(objectId, address);
    if (version != null && HandleWord.address(table.get(ObjectId.slot(objectId))) == address) {
      cache.fill(objectId, version);
    }
    return version;
  }

  /** Decodes the record at an address; null if its chunk has been released. */
  @Nullable Version readRecord(long objectId, long address) {
    byte[] record = copyRecord(address);
    if (record == null) {
      return null;
    }
    long first = Bytes.getLong(record, 0);
    if (RecordFormat.isValid(record, 0, record.length - RecordFormat.HEADER_BYTES)) {
      if (RecordFormat.identity(first) != ObjectId.identity(objectId)
          || RecordFormat.isDeleted(first)) {
        throw notFound(objectId);
      }
      if (address < suspectBefore) {
        throw new CorruptException(
            Ref.text(objectId)
                + " may have had a newer version in a damaged batch "
                + suspectAdvice());
      }
      Object value =
          codec.decode(
              record, RecordFormat.HEADER_BYTES, record.length - RecordFormat.HEADER_BYTES);
      return new Version(
          objectId,
          address,
          Bytes.getLong(record, 8),
          record.length - RecordFormat.HEADER_BYTES,
          value,
          codec.immutable(value));
    }
    throw corrupt(objectId, address);
  }

  CorruptException corrupt(long objectId, long address) {
    return new CorruptException(
        "the record of "
            + Ref.text(objectId)
            + " at "
            + Address.toString(address)
            + " of partition "
            + id
            + " fails its checksum; other objects are not affected; restore it from a backup");
  }

  static ObjectNotFound notFound(long objectId) {
    return new ObjectNotFound(
        "there is no object " + Ref.text(objectId) + ": it was deleted, or never committed");
  }

  /**
   * Header and payload of the record at an address, unchecked; null if its chunk has been released.
   */
  byte @Nullable [] copyRecord(long address) {
    int sequence = Address.sequence(address);
    int offset = Address.offset(address);
    LogChunk chunk = chunks.get(sequence);
    if (chunk == null) {
      return null;
    }
    int length = RecordFormat.length(chunk.memory, offset);
    if (!chunk.holds(offset, RecordFormat.HEADER_BYTES)
        || length < 0
        || !chunk.holds(offset, RecordFormat.HEADER_BYTES + length)) {
      length = 0;
    }
    byte[] record = new byte[RecordFormat.HEADER_BYTES + length];
    chunk.memory.get(offset, record, 0, record.length);
    VarHandle.acquireFence();
    return chunks.get(sequence) == chunk ? record : null;
  }

  /**
   * Notes what a write will replace: the version that a handle word names.
   *
   * @return false if the slot belongs to another object by now
   */
  boolean noteReplaced(Write write, long word) {
    long address = HandleWord.address(word);
    ObjectCache.Entry cached = cache.peek(write.objectId);
    write.cached = cached;
    write.oldAddress = address;
    Version known = cached == null ? null : cached.version();
    if (known != null && known.address() == address) {
      write.oldBytes = RecordFormat.HEADER_BYTES + known.payloadBytes();
      return true;
    }
    LogChunk chunk = chunks.get(Address.sequence(address));
    if (chunk == null) {
      return false;
    }
    int offset = Address.offset(address);
    write.oldBytes = RecordFormat.HEADER_BYTES + RecordFormat.length(chunk.memory, offset);
    return RecordFormat.identity(chunk.memory.getLong(offset)) == ObjectId.identity(write.objectId);
  }

  /** The first word of a record, or 0 if its chunk was released. */
  long identityWord(long address) {
    LogChunk chunk = chunks.get(Address.sequence(address));
    return chunk == null ? 0 : chunk.memory.getLong(Address.offset(address));
  }

  long stampAt(long address) {
    LogChunk chunk = chunks.get(Address.sequence(address));
    return chunk == null ? 0 : RecordFormat.stamp(chunk.memory, Address.offset(address));
  }

  int recordBytesAt(long address) {
    LogChunk chunk = chunks.get(Address.sequence(address));
    return chunk == null
        ? 0
        : RecordFormat.HEADER_BYTES + RecordFormat.length(chunk.memory, Address.offset(address));
  }

  // ---- committing; all under commitLock

  long lastStamp() {
    return lastStamp;
  }

  void lastStamp(long stamp) {
    lastStamp = stamp;
  }

  /** No commit may enter any more: the dataset was dropped. */
  void drop() {
    commitLock.lock();
    try {
      dropped = true;
      table.dropped();
    } finally {
      commitLock.unlock();
    }
  }

  /** Where objects may be lost, a new one could get the identity of one that is referred to. */
  void checkTakesWrites() {
    if (dropped) {
      throw new MisuseException("the dataset of partition " + id + " was dropped");
    }
    if (suspectBefore != 0) {
      throw new CorruptException(
          "the dataset of partition "
              + id
              + " takes no writes: objects may be lost in a damaged batch "
              + suspectAdvice());
    }
  }

  /** Appends a batch without records that tells recovery something. */
  void appendMark(int flags) {
    commitLock.lock();
    try {
      byte[] mark = new byte[BatchFormat.HEADER_BYTES + Long.BYTES];
      Bytes.putLong(mark, BatchFormat.HEADER_BYTES, suspectBefore);
      log.reserve(mark.length, ChunkPool.Purpose.CLEANING);
      log.append(mark, mark.length, BatchFormat.MARK, flags, 0, lastStamp);
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

  boolean hasInFlight() {
    return !inFlight.isEmpty();
  }

  void enqueue(InFlightCommit commit) {
    inFlight.addLast(commit);
  }

  /** Swings the handle words of one commit's part. */
  void publish(WriteSet writes, long stamp) {
    long grown = 0;
    int created = 0;
    for (int i = 0; i < writes.size(); i++) {
      Write write = writes.get(i);
      if (write.oldAddress != 0) {
        addLiveBytes(write.oldAddress, -write.oldBytes);
        grown -= write.oldBytes;
      }
      if (write.kind == Write.Kind.DELETE) {
        created--;
        cache.remove(write.objectId);
        publishDelete(write, stamp);
      } else {
        int bytes = write.recordBytes();
        addLiveBytes(write.newAddress, bytes);
        grown += bytes;
        int slot = write.slot();
        if (write.kind == Write.Kind.INSERT && slot != ROOTS_SLOT) {
          created++;
        }
        table.set(slot, HandleWord.of(HandleWord.LIVE, write.newAddress));
        refreshCache(write, stamp);
      }
    }
    add(liveBytes, grown);
    if (created != 0) {
      add(objects, created);
    }
  }

  private void refreshCache(Write write, long stamp) {
    ObjectCache.Entry cached = write.cached;
    Object value = write.value;
    if (cached != null && value != null) {
      cache.replace(
          write.objectId,
          cached,
          new Version(write.objectId, write.newAddress, stamp, write.payload.length, value, true));
    }
  }

  /** Under commitLock. */
  void addLiveBytes(long address, int bytes) {
    LogChunk chunk = chunks.get(Address.sequence(address));
    if (chunk != null) {
      add(chunk.liveBytes, bytes);
    }
  }

  /** To a number that others read at any time, but that changes only under the commit lock. */
  private static void add(AtomicLong number, long difference) {
    number.setRelease(number.getPlain() + difference);
  }

  private void publishDelete(Write write, long stamp) {
    int slot = write.slot();
    int generation = ObjectId.generation(write.objectId);
    allocationLock.lock();
    try {
      if (snapshots.none()) {
        addFreeSlot(slot, generation + 1);
      } else {
        table.set(slot, HandleWord.of(HandleWord.DELETED, write.newAddress));
        deletedSlots.add(new long[] {slot, generation, stamp});
      }
    } finally {
      allocationLock.unlock();
    }
  }

  void publishedStamp(long stamp) {
    publishedStamp.setRelease(stamp);
  }

  // ---- publication, by the leader of a group commit

  /** Adds the commits in flight that begin here and are not durable yet; under commitLock. */
  void collectInFlight(List<InFlightCommit> group) {
    for (InFlightCommit commit : inFlight) {
      if (commit.parts.getFirst().partition() == this && !commit.isDurable()) {
        group.add(commit);
      }
    }
  }

  /** Publishes this partition's part of its oldest commit in flight; under commitLock. */
  void publishOldest(InFlightCommit commit, WriteSet writes) {
    if (inFlight.peekFirst() != commit) {
      throw new IllegalStateException("commit " + commit.stamp + " is published out of order");
    }
    publish(writes, commit.stamp);
    publishedStamp.setRelease(commit.stamp);
    inFlight.removeFirst();
  }

  /**
   * Fails every commit in flight, after the medium refused to make them durable. What they would
   * have replaced stays readable.
   *
   * @return how many
   */
  int failInFlight(HotpotException e) {
    commitLock.lock();
    try {
      int failed = inFlight.size();
      for (InFlightCommit commit : inFlight) {
        for (InFlightCommit.Part part : commit.parts) {
          if (part.partition() == this) {
            part.writes().unlock();
          }
        }
        commit.fail(e);
      }
      inFlight.clear();
      return failed;
    } finally {
      commitLock.unlock();
    }
  }

  /** Raises the stamp floor: every later commit is stamped above {@code stamp}. */
  void floor(long stamp) {
    commitLock.lock();
    try {
      lastStamp = Math.max(lastStamp, stamp);
      if (inFlight.isEmpty()) {
        publishedStamp.setRelease(Math.max(publishedStamp.getPlain(), stamp));
      }
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

  /** The youngest commit in flight at or below a stamp, or null. */
  @Nullable InFlightCommit lastInFlight(long stamp) {
    commitLock.lock();
    try {
      InFlightCommit last = null;
      for (InFlightCommit commit : inFlight) {
        if (commit.stamp <= stamp) {
          last = commit;
        }
      }
      return last;
    } finally {
      commitLock.unlock();
    }
  }

  @Override
  public void close() {
    table.close();
  }
}
