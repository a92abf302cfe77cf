package io.hotpot.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Builds one partition's handle table while its log is read from front to back.
 *
 * <p>In log order a commit's record is always newer than what stands in the table; a relocated one
 * only if its stamp is not older. One thread.
 */
final class Rebuild {

  /** By how many crashes' worth generations rise where objects are lost for good. */
  private static final int LOST_GENERATIONS = 128;

  private final Partition partition;
  private final HandleTable table;
  private final List<Damage> damages;
  private final PreparedRebuild prepared;

  /** Addresses of the PART batches that no other batch has completed yet. */
  private final List<Long> parts = new ArrayList<>();

  /**
   * By slot: with which generation the checkpoint has it free that an earlier state was replayed
   * into. It may know of generations that the log does not.
   */
  private final Map<Integer, Integer> knownFree = new HashMap<>();

  /** Whether there were some that none has completed: it is lost, or never came. */
  private boolean hasAbandonedParts;

  private long partsStamp;
  private long lastStamp;
  private int slots = 1;
  private int generation;
  private long loadedEnd;

  /** The checkpoint knows every commit up to this stamp. */
  private long loadedStamp;

  private long begin;

  /** Recoveries since the checkpoint: each forgot some generations of slots. */
  private int crashes;

  private final boolean crashed;

  Rebuild(Partition partition, List<Damage> damages, boolean crashed) {
    this.crashed = crashed;
    this.partition = partition;
    this.table = partition.table;
    this.damages = damages;
    this.prepared = new PreparedRebuild(partition, this);
  }

  void load(FoundLog found, Checkpoint checkpoint) {
    ensure(checkpoint.slots());
    for (long page : checkpoint.pages()) {
      ChunkMemory memory = found.chunk(Address.sequence(page)).memory;
      int offset = Address.offset(page);
      int first = memory.getInt(offset + BatchFormat.HEADER_BYTES);
      int count = memory.getInt(offset + BatchFormat.HEADER_BYTES + 4);
      table.load(first, count, memory, offset + CheckpointFormat.wordOffset(0));
    }
    prepared.load(found, checkpoint);
    for (LogChunk chunk : partition.chunks.all()) {
      chunk.liveBytes.set(checkpoint.liveBytes().getOrDefault(chunk.sequence, 0L));
    }
    lastStamp = checkpoint.stamp();
    loadedStamp = checkpoint.stamp();
    generation = checkpoint.generation();
    begin = checkpoint.begin();
    loadedEnd = checkpoint.end();
  }

  /** Whether there are PART batches that no other batch has completed yet. */
  boolean hasOpenParts() {
    return !parts.isEmpty();
  }

  /** What is written by transactions that are prepared and not decided. */
  Set<Long> preparedObjects() {
    return prepared.objects();
  }

  /** Makes room for this many slots. */
  void ensure(int needed) {
    if (needed > slots) {
      slots = needed;
    }
    if (slots > table.capacity()) {
      table.ensure(slots);
    }
  }

  /** Takes in the next batch of the log. */
  void batch(LogChunk chunk, int offset) {
    ChunkMemory memory = chunk.memory;
    if (Address.of(chunk.sequence, offset) < begin) {
      return;
    }
    int kind = BatchFormat.kind(memory, offset);
    long stamp = BatchFormat.stamp(memory, offset);
    lastStamp = Math.max(lastStamp, stamp);
    switch (kind) {
      case BatchFormat.PART -> {
        if (stamp != partsStamp) {
          abandonParts();
          partsStamp = stamp;
        }
        parts.add(Address.of(chunk.sequence, offset));
      }
      case BatchFormat.COMMIT -> {
        if (stamp == partsStamp) {
          apply(parts);
          parts.clear();
        }
        abandonParts();
        apply(chunk, offset, false);
        prepared.committed(chunk, offset);
      }
      case BatchFormat.PREPARE -> {
        List<Long> batches = new ArrayList<>();
        if (stamp == partsStamp) {
          batches.addAll(parts);
          parts.clear();
        }
        batches.add(Address.of(chunk.sequence, offset));
        abandonParts();
        prepared.prepared(chunk, offset, batches);
      }
      case BatchFormat.DECISION -> prepared.decided(chunk, offset);
      case BatchFormat.RELOCATION -> apply(chunk, offset, true);
      case BatchFormat.MARK -> {
        boolean isInCheckpoint = Address.of(chunk.sequence, offset) < loadedEnd;
        if (!isInCheckpoint && (BatchFormat.flags(memory, offset) & BatchFormat.RECOVERED) != 0) {
          // One before the checkpoint is in its generations, and its chunk may go any time.
          crashes++;
        }
        if ((BatchFormat.flags(memory, offset) & BatchFormat.BOUND) != 0) {
          partition.bound.found(SnapshotBound.read(memory, offset));
        }
        if ((BatchFormat.flags(memory, offset) & BatchFormat.SUSPECT) != 0) {
          partition.doubt.extendTo(memory.getLong(offset + BatchFormat.HEADER_BYTES));
        }
        if ((BatchFormat.flags(memory, offset) & BatchFormat.DAMAGE_ACCEPTED) != 0) {
          crashes += LOST_GENERATIONS;
          partition.doubt.accepted(Address.of(chunk.sequence, offset));
        }
      }
      default -> {
        // PAGE, CHECKPOINT and SEAL change nothing.
      }
    }
    if (chunk.hasSiblings || BatchFormat.siblings(memory, offset) > 0) {
      chunk.hasSiblings = true;
    }
  }

  private void abandonParts() {
    hasAbandonedParts |= !parts.isEmpty();
    parts.clear();
  }

  /**
   * Takes in the records of batches that are committed, by their addresses.
   *
   * @throws CorruptException if one has rotted since it was come by; nothing was taken in
   */
  void apply(List<Long> batches) {
    batches.forEach(this::checkIsSound);
    for (long batch : batches) {
      LogChunk chunk = partition.chunks.get(Address.sequence(batch));
      if (chunk != null) {
        apply(chunk, Address.offset(batch), false);
      }
    }
  }

  /**
   * Of a batch that counts only later: with its commit or decision, or at the end of the log. What
   * a replica keeps may be hours from there.
   *
   * @throws CorruptException if it has rotted meanwhile
   */
  void checkIsSound(long batch) {
    LogChunk chunk = partition.chunks.get(Address.sequence(batch));
    if (chunk != null
        && !BatchFormat.isValid(
            chunk.memory, Address.offset(batch), chunk.sequence, partition.log.seed())) {
      throw new CorruptException(
          "a batch of partition "
              + partition.id
              + " at "
              + Address.toString(batch)
              + " has rotted since it was read");
    }
  }

  private void apply(LogChunk chunk, int batchOffset, boolean relocation) {
    LogScanner.records(
        chunk.memory,
        batchOffset,
        (offset, first, length) -> record(chunk, offset, first, length, relocation));
  }

  private void record(LogChunk chunk, int offset, long first, int length, boolean byStamp) {
    int slot = ObjectId.slot(first);
    ensure(slot + 1);
    long address = Address.of(chunk.sequence, offset);
    long word = table.get(slot);
    int tag = HandleWord.tag(word);
    boolean hasVersion = tag == HandleWord.LIVE || tag == HandleWord.DELETED;
    if (byStamp) {
      long stamp = RecordFormat.stamp(chunk.memory, offset);
      if (hasVersion && partition.records.stampAt(HandleWord.address(word)) > stamp) {
        return;
      }
      if ((tag == HandleWord.FREE || tag == HandleWord.RETIRED) && stamp <= loadedStamp) {
        // The checkpoint knows a later state: the object was deleted after this version. A younger
        // one was created in the slot since, and moved before the crash.
        return;
      }
    }
    if (tag == HandleWord.FREE) {
      knownFree.put(slot, HandleWord.generation(word));
    }
    if (tag == HandleWord.LIVE) {
      LogChunk old = partition.chunks.get(Address.sequence(HandleWord.address(word)));
      if (old != null) {
        old.liveBytes.addAndGet(-partition.records.bytesAt(HandleWord.address(word)));
      }
    }
    if (RecordFormat.isDeleted(first)) {
      table.set(slot, HandleWord.of(HandleWord.DELETED, address));
    } else {
      table.set(slot, HandleWord.of(HandleWord.LIVE, address));
      chunk.liveBytes.addAndGet(RecordFormat.HEADER_BYTES + length);
    }
  }

  /**
   * Nobody knows what the log has lost: until an operator accepts it, nothing of the partition is
   * served.
   */
  void lost(FoundLog found) {
    if (partition.doubt.acceptedBefore() == 0) {
      partition.doubt.extendTo(Math.max(found.end, 1));
    }
  }

  /** Takes what can be trusted from a damaged stretch, and notes what it may have taken with it. */
  void damaged(FoundLog found, Damage damage) {
    for (LogChunk chunk : found.chunks.values()) {
      if (chunk.memory.index() == damage.chunk()) {
        long address = Address.of(chunk.sequence, damage.offset());
        if (address >= begin
            && address >= partition.doubt.acceptedBefore()
            && !salvage(chunk, damage)) {
          partition.doubt.extendTo(
              Address.of(chunk.sequence, damage.offset()) + damage.lengthBytes());
        }
      }
    }
  }

  /**
   * Whether every record in the stretch has a sound header, so that each object affected is known.
   */
  private boolean salvage(LogChunk chunk, Damage damage) {
    ChunkMemory memory = chunk.memory;
    int offset = damage.offset();
    int end = damage.offset() + damage.lengthBytes();
    if (end - offset < BatchFormat.HEADER_BYTES
        || BatchFormat.length(memory, offset) != end - offset) {
      return false;
    }
    int kind = BatchFormat.kind(memory, offset);
    if (kind == BatchFormat.SEAL || kind == BatchFormat.PAGE || kind == BatchFormat.CHECKPOINT) {
      return true;
    }
    if (kind == BatchFormat.COMMIT && (hasAbandonedParts || !parts.isEmpty())) {
      // It may be the end of a transaction of which more is to be applied.
      return false;
    }
    // Whether a PART was committed is said elsewhere.
    if (kind != BatchFormat.COMMIT && kind != BatchFormat.RELOCATION) {
      return false;
    }
    int at =
        offset
            + BatchFormat.HEADER_BYTES
            + BatchFormat.siblings(memory, offset) * BatchFormat.SIBLING_BYTES;
    List<Integer> records = new ArrayList<>();
    while (end - at >= RecordFormat.HEADER_BYTES) {
      int length = RecordFormat.length(memory, at);
      if (!RecordFormat.headerIsValid(memory, at)
          || length < 0
          || at + RecordFormat.HEADER_BYTES + length > end) {
        return false;
      }
      records.add(at);
      at += RecordFormat.HEADER_BYTES + length;
    }
    if (end - at >= BatchFormat.ALIGNMENT) {
      return false;
    }
    chunk.end(Math.max(chunk.end(), end));
    for (int record : records) {
      long first = memory.getLong(record);
      record(chunk, record, first, RecordFormat.length(memory, record), true);
      byte[] copy = new byte[RecordFormat.HEADER_BYTES + RecordFormat.length(memory, record)];
      memory.get(record, copy, 0, copy.length);
      if (!RecordFormat.isValid(copy, 0, copy.length - RecordFormat.HEADER_BYTES)) {
        damages.add(
            new Damage(
                partition.id,
                memory.index(),
                record,
                0,
                Ref.text(ObjectId.pack(partition.id, 0, 0) | RecordFormat.identity(first)),
                "the newest version of this object is damaged"));
      }
    }
    return true;
  }

  /** Completes the table: counts, the list of free slots. */
  void finish(FoundLog found) {
    finishTable(found);
    // Snapshots were taken up to there: what is committed from now on is above them.
    partition.floor(partition.bound.stamp());
  }

  private void finishTable(FoundLog found) {
    boolean replayed = found.end > loadedEnd;
    Checkpoint checkpoint = found.checkpoint;
    if (checkpoint != null && !replayed && !crashed) {
      partition.resumeFromCheckpoint(checkpoint);
      return;
    }
    long objects = 0;
    long bytes = 0;
    int burned = BurnedSlots.MAX_BURNED * (crashes + (crashed ? 1 : 0));
    prepared.lockAll(generation + burned);
    partition.resume(lastStamp, slots, generation + burned);
    for (int slot = slots - 1; slot >= 0; slot--) {
      long word = table.get(slot);
      switch (HandleWord.tag(word)) {
        case HandleWord.LIVE, HandleWord.PREPARED ->
            objects += slot == Partition.ROOTS_SLOT ? 0 : 1;
        case HandleWord.DELETED -> {
          if (!partition.records.hasSoundHeader(HandleWord.address(word))) {
            // Which generations were given out nobody can tell.
            table.set(slot, HandleWord.of(HandleWord.RETIRED, 0));
            continue;
          }
          long identity = partition.records.identityWord(HandleWord.address(word));
          int next = Math.max(ObjectId.generation(identity) + 1, knownFree.getOrDefault(slot, 0));
          partition.slots.addFree(slot, next + burned);
        }
        case HandleWord.FREE -> partition.slots.addFree(slot, HandleWord.generation(word) + burned);
        case HandleWord.RETIRED -> {}
        default -> {
          if (HandleWord.isLocked(word)) {
            // Of an object that a prepared transaction creates.
            continue;
          }
          if (slot == Partition.ROOTS_SLOT) {
            table.set(slot, HandleWord.reserved(0));
          } else {
            partition.slots.addFree(slot, generation + burned);
          }
        }
      }
    }
    for (LogChunk chunk : partition.chunks.all()) {
      bytes += chunk.liveBytes.get();
    }
    partition.usage.resume(objects, bytes);
  }
}
