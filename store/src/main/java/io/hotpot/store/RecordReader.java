package io.hotpot.store;

import io.hotpot.store.spi.Repair;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of one partition: copies them out of their chunks, checks and decodes them, and
 * keeps what was decoded in the cache.
 *
 * <p>Thread-safety: all methods from any thread, without a lock. A chunk may be released at any
 * moment: a record is copied first, and the copy counts only if its chunk was still there
 * afterwards.
 */
final class RecordReader {

  /** How often a record is healed before it is given up: the partition may change hands. */
  private static final int HEALINGS = 3;

  private final int partition;
  private final HandleTable table;
  private final ChunkTable chunks;
  private final ObjectCache cache;
  private final ValueCodec codec;
  private final Doubt doubt;

  /** Who may have sound bytes where these are damaged; null: nobody. */
  private volatile @Nullable Repair repair;

  RecordReader(
      int partition,
      HandleTable table,
      ChunkTable chunks,
      ObjectCache cache,
      ValueCodec codec,
      Doubt doubt) {
    this.partition = partition;
    this.table = table;
    this.chunks = chunks;
    this.cache = cache;
    this.codec = codec;
    this.doubt = doubt;
  }

  /** The partition is this node's to serve, and others have copies of its log. */
  void repairedBy(@Nullable Repair others) {
    repair = others;
  }

  /**
   * Has damage healed; blocks for other nodes.
   *
   * @return whether it is worthwhile to look again
   */
  boolean heal(long address) {
    Repair others = repair;
    return others != null && others.heal(partition, address);
  }

  /** The same without waiting for it. */
  void healLater(long address) {
    Repair others = repair;
    if (others != null) {
      others.healLater(partition, address);
    }
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
    Version version = decode(objectId, address);
    if (version != null && HandleWord.address(table.get(ObjectId.slot(objectId))) == address) {
      cache.fill(objectId, version);
    }
    return version;
  }

  /**
   * Decodes the record at an address; null if its chunk has been released. One that is damaged is
   * healed first, if another node has sound bytes of it.
   */
  @Nullable Version decode(long objectId, long address) {
    byte[] record = healedCopy(address);
    if (record == null) {
      return null;
    }
    if (!isSound(record)) {
      throw corrupt(objectId, address);
    }
    int length = record.length - RecordFormat.HEADER_BYTES;
    long first = Bytes.getLong(record, 0);
    if (RecordFormat.identity(first) != ObjectId.identity(objectId)
        || RecordFormat.isDeleted(first)) {
      throw notFound(objectId);
    }
    doubt.throwIfMayBeOutdated(objectId, address);
    Object value = codec.decode(record, RecordFormat.HEADER_BYTES, length);
    return new Version(
        objectId, address, Bytes.getLong(record, 8), length, value, codec.immutable(value));
  }

  private byte @Nullable [] healedCopy(long address) {
    byte[] record = copy(address);
    for (int i = 0; i < HEALINGS && record != null && !isSound(record) && heal(address); i++) {
      record = copy(address);
    }
    return record;
  }

  static boolean isSound(byte[] record) {
    return RecordFormat.isValid(record, 0, record.length - RecordFormat.HEADER_BYTES);
  }

  /**
   * The record at an address, checked; null if its chunk has been released.
   *
   * @throws CorruptException if it is damaged, or may be out of date
   */
  byte @Nullable [] copyOf(long objectId, long address) {
    byte[] record = copy(address);
    if (record != null) {
      if (!isSound(record)) {
        throw corrupt(objectId, address);
      }
      doubt.throwIfMayBeOutdated(objectId, address);
    }
    return record;
  }

  /** Whether the record at an address is there and damaged. */
  boolean isDamaged(long address) {
    byte[] record = copy(address);
    return record != null && !isSound(record);
  }

  /**
   * Header and payload of the record at an address, unchecked; null if its chunk has been released.
   */
  byte @Nullable [] copy(long address) {
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

  /** Whether what a record's header says is what was written; so if its chunk was released. */
  boolean hasSoundHeader(long address) {
    LogChunk chunk = chunks.get(Address.sequence(address));
    return chunk == null || RecordFormat.headerIsValid(chunk.memory, Address.offset(address));
  }

  /** The first word of a record, or 0 if its chunk was released. */
  long identityWord(long address) {
    LogChunk chunk = chunks.get(Address.sequence(address));
    return chunk == null ? 0 : chunk.memory.getLong(Address.offset(address));
  }

  /** The commit stamp of a record, or 0 if its chunk was released. */
  long stampAt(long address) {
    LogChunk chunk = chunks.get(Address.sequence(address));
    return chunk == null ? 0 : RecordFormat.stamp(chunk.memory, Address.offset(address));
  }

  /** The length of a record with its header, or 0 if its chunk was released. */
  int bytesAt(long address) {
    LogChunk chunk = chunks.get(Address.sequence(address));
    return chunk == null
        ? 0
        : RecordFormat.HEADER_BYTES + RecordFormat.length(chunk.memory, Address.offset(address));
  }

  CorruptException corrupt(long objectId, long address) {
    return new CorruptException(
        "the record of "
            + Ref.text(objectId)
            + " at "
            + Address.toString(address)
            + " of partition "
            + partition
            + " fails its checksum; other objects are not affected; restore it from a backup");
  }

  static ObjectNotFound notFound(long objectId) {
    return new ObjectNotFound(
        "there is no object " + Ref.text(objectId) + ": it was deleted, or never committed");
  }
}
