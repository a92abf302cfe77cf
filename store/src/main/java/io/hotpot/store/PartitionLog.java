package io.hotpot.store;

import io.hotpot.store.spi.Threads;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The append-only log of one partition: a chain of batches in chunks (architecture §2).
 *
 * <p>Thread-safety: {@link #append} and the recovery methods under the partition's commit lock;
 * {@link #flushAppended} by one thread at a time (the leader of a group commit); the addresses may
 * be read from any thread.
 */
final class PartitionLog {

  private final int partition;
  private final Heap heap;
  private final ChunkPool pool;
  private final ChunkTable chunks;
  private final Threads threads;
  private final long seed;

  /** Every batch is told; null: to nobody. */
  interface Listener {
    /**
     * @param batch only during the call
     */
    void appended(long address, byte[] batch, int lengthBytes);

    /** What lies below is acknowledged by all others who have a copy. */
    long acknowledgedTo();
  }

  private int epoch;
  private @Nullable Listener listener;

  private @Nullable LogChunk current;
  private volatile @Nullable LogChunk prepared;
  private volatile boolean preparing;
  private int lastSequence;
  private int lastChecksum;
  private final AtomicLong tail = new AtomicLong();
  private long flushedTo;
  private volatile long durableTo;

  /** As {@link #noteEnd} has noted it in this life. */
  private volatile long notedTo;

  private long appendedBytes;

  PartitionLog(
      int partition, int epoch, Heap heap, ChunkPool pool, ChunkTable chunks, Threads threads) {
    this.partition = partition;
    this.epoch = epoch;
    this.heap = heap;
    this.pool = pool;
    this.chunks = chunks;
    this.threads = threads;
    this.seed = BatchFormat.seed(heap.storeId(), partition);
  }

  /**
   * Takes over a log that recovery has read.
   *
   * @param open the chunk that appends go on in; null: they begin another one
   * @param lastSequence the highest sequence number ever used
   * @param lastChecksum the checksum that the next batch chains to
   * @param tail the end of the log, all of it durable
   */
  void resume(@Nullable LogChunk open, int lastSequence, int lastChecksum, long tail) {
    this.current = open;
    this.lastSequence = lastSequence;
    this.lastChecksum = lastChecksum;
    this.tail.setRelease(tail);
    this.flushedTo = tail;
    this.durableTo = tail;
  }

  /** Keeps an empty chunk, found behind the last one, as the next. */
  void keepPrepared(LogChunk next) {
    prepared = next;
  }

  /** The end of the log: every batch lies below it. */
  long tail() {
    return tail.getAcquire();
  }

  /** Every batch below this address is durable, and so are its siblings. */
  long durableTo() {
    return durableTo;
  }

  long seed() {
    return seed;
  }

  long appendedBytes() {
    return appendedBytes;
  }

  /**
   * The address that the next batch of this length will get. Makes sure that there is room for it.
   */
  long reserve(int lengthBytes, ChunkPool.Purpose purpose) {
    LogChunk chunk = current;
    if (chunk == null || chunk.end() + lengthBytes > Heap.CHUNK_BYTES - BatchFormat.HEADER_BYTES) {
      chunk = roll(purpose);
    }
    return Address.of(chunk.sequence, chunk.end());
  }

  /**
   * Appends one batch where {@link #reserve} said. Its header is completed here.
   *
   * @param batch sibling list and records from {@link BatchFormat#HEADER_BYTES} on, zero-padded
   * @return the batch's address
   */
  long append(byte[] batch, int lengthBytes, int kind, int flags, int siblings, long stamp) {
    LogChunk chunk = current;
    if (chunk == null || chunk.end() + lengthBytes > Heap.CHUNK_BYTES - BatchFormat.HEADER_BYTES) {
      throw new IllegalStateException("append without room: reserve() first");
    }
    int offset = chunk.end();
    long address = Address.of(chunk.sequence, offset);
    int checksum =
        BatchFormat.seal(
            batch,
            lengthBytes,
            kind,
            flags,
            siblings,
            lastChecksum,
            epoch,
            stamp,
            address,
            durableEverywhere(),
            seed);
    chunk.memory.put(offset, batch, 0, lengthBytes);
    // Only now: where the store fails, the next batch takes this one's place.
    lastChecksum = checksum;
    if (siblings > 0) {
      chunk.hasSiblings = true;
    }
    chunk.end(offset + lengthBytes);
    tail.setRelease(address + lengthBytes);
    appendedBytes += lengthBytes;
    tell(address, batch, lengthBytes);
    return address;
  }

  /** Closes the current chunk and goes on in the next one, prepared ahead if all went well. */
  private LogChunk roll(ChunkPool.Purpose purpose) {
    for (int round = 0; preparing; round++) {
      threads.pause(round);
    }
    LogChunk next = prepared;
    if (next == null) {
      next = pool.take(partition, lastSequence + 1, purpose);
    } else {
      prepared = null;
    }
    LogChunk full = current;
    if (full != null) {
      sealChunk(full);
    }
    lastSequence = next.sequence;
    chunks.put(next);
    current = next;
    tail.setRelease(Address.of(next.sequence, next.end()));
    return next;
  }

  private void sealChunk(LogChunk chunk) {
    append(chunk, new byte[BatchFormat.HEADER_BYTES], BatchFormat.SEAL);
    chunk.closed = true;
  }

  /** Appends a batch without records even where only the room kept for the seal is left. */
  private void append(LogChunk chunk, byte[] batch, int kind) {
    int offset = chunk.end();
    int checksum =
        BatchFormat.seal(
            batch,
            batch.length,
            kind,
            0,
            0,
            lastChecksum,
            epoch,
            0,
            Address.of(chunk.sequence, offset),
            durableEverywhere(),
            seed);
    chunk.memory.put(offset, batch, 0, batch.length);
    lastChecksum = checksum;
    chunk.end(offset + batch.length);
    tell(Address.of(chunk.sequence, offset), batch, batch.length);
  }

  /** What a batch says of the log before it holds for every copy of it. */
  private long durableEverywhere() {
    return listener == null ? durableTo : Math.min(durableTo, listener.acknowledgedTo());
  }

  private void tell(long address, byte[] batch, int lengthBytes) {
    if (listener != null) {
      listener.appended(address, batch, lengthBytes);
    }
  }

  // ---- as a copy of another node's log

  /** From now on batches are of this epoch, and somebody is told of each. */
  void beginEpoch(int epoch, @Nullable Listener listener) {
    this.epoch = epoch;
    this.listener = listener;
  }

  int lastChecksum() {
    return lastChecksum;
  }

  long flushedTo() {
    return flushedTo;
  }

  /**
   * Puts one batch at the end as it is.
   *
   * @param chunk the last one, or the one that follows it
   */
  void appendCopy(LogChunk chunk, byte[] source, int at, int lengthBytes) {
    chunk.memory.put(chunk.end(), source, at, lengthBytes);
    appendStanding(chunk, lengthBytes, Bytes.getInt(source, at + 4), source[at + 28] & 0xFF);
  }

  /** The same of one that stands in its place already. */
  void appendStanding(LogChunk chunk, int lengthBytes, int checksum, int kind) {
    int offset = chunk.end();
    lastChecksum = checksum;
    lastSequence = Math.max(lastSequence, chunk.sequence);
    if (kind == BatchFormat.SEAL) {
      chunk.closed = true;
      current = null;
    } else {
      current = chunk;
    }
    chunk.end(offset + lengthBytes);
    tail.setRelease(Address.of(chunk.sequence, offset + lengthBytes));
    appendedBytes += lengthBytes;
  }

  /**
   * Takes a chunk of this sequence number for a copy, from the reserve if need be: what the owner
   * has appended, relocations included, counts only once it is here too. The one that was prepared
   * ahead, if it has this number; under the commit lock.
   */
  LogChunk takeForCopy(int sequence) {
    for (int round = 0; preparing; round++) {
      threads.pause(round);
    }
    LogChunk chunk = prepared;
    if (chunk != null && chunk.sequence == sequence) {
      prepared = null;
    } else {
      releasePrepared();
      chunk = pool.take(partition, sequence, ChunkPool.Purpose.CLEANING);
    }
    chunks.put(chunk);
    lastSequence = Math.max(lastSequence, sequence);
    return chunk;
  }

  /**
   * Goes on in a fresh chunk, some numbers further on, so that no address is used again that an
   * earlier owner may have written to.
   */
  void skipTo(int sequence) {
    releasePrepared();
    LogChunk next = pool.take(partition, sequence, ChunkPool.Purpose.CLEANING);
    LogChunk full = current;
    if (full != null) {
      sealChunk(full);
    }
    lastSequence = next.sequence;
    chunks.put(next);
    current = next;
    tail.setRelease(Address.of(next.sequence, next.end()));
  }

  int lastSequence() {
    return lastSequence;
  }

  /** A copy is filled from nothing, and has come to this chunk: the next one may be prepared. */
  void fillingIn(LogChunk chunk) {
    current = chunk;
  }

  /**
   * The log of a copy ends there.
   *
   * @param open the chunk that it goes on in; null: another one
   */
  void endAt(@Nullable LogChunk open, int checksum, long end) {
    current = open;
    lastChecksum = checksum;
    tail.setRelease(end);
    flushedTo = Math.min(flushedTo, end);
    durableTo = Math.min(durableTo, end);
  }

  /** Nothing that was filled in is durable yet. */
  void flushAllAgain() {
    flushedTo = 0;
    durableTo = 0;
    notedTo = 0;
  }

  /** Goes on where another object of the same log stands, as a copy. */
  void takeOver(PartitionLog other) {
    other.releasePrepared();
    current = other.current;
    other.end();
    lastSequence = other.lastSequence;
    lastChecksum = other.lastChecksum;
    tail.setRelease(other.tail.getAcquire());
    flushedTo = other.durableTo;
    durableTo = other.durableTo;
    notedTo = other.notedTo;
    appendedBytes = other.appendedBytes;
  }

  /** Takes the next chunk at once, from the reserve if need be. */
  void prepareNow() {
    if (prepared == null) {
      prepared = pool.take(partition, lastSequence + 1, ChunkPool.Purpose.CLEANING);
    }
  }

  /**
   * Claims the preparation of the next chunk, so that the commit that fills the current one need
   * not wait for the medium; under the commit lock. The claimer then calls {@link #prepareAhead}
   * without the lock; an append that needs the chunk meanwhile waits for it.
   */
  boolean claimPreparation() {
    LogChunk chunk = current;
    if (prepared != null || preparing || chunk == null || chunk.end() < Heap.CHUNK_BYTES / 4) {
      return false;
    }
    preparing = true;
    return true;
  }

  void prepareAhead() {
    try {
      LogChunk chunk = pool.take(partition, lastSequence + 1, ChunkPool.Purpose.GROWTH);
      chunk.memory.touch();
      prepared = chunk;
    } catch (HeapFull e) {
      // The commit that needs the chunk will find out, and clean or fail.
      prepared = null;
    } finally {
      preparing = false;
    }
  }

  /**
   * Gives back the chunk that was prepared ahead. Nothing was written to it, so that its sequence
   * number may be given again; it is given back under the commit lock, so that never two chunks
   * have it.
   */
  void releasePrepared() {
    for (int round = 0; preparing; round++) {
      threads.pause(round);
    }
    LogChunk chunk = prepared;
    if (chunk != null) {
      prepared = null;
      pool.release(chunk.memory.index(), partition, chunk.sequence);
    }
  }

  /** Nothing is appended any more: the chunks are about to be released. */
  void end() {
    current = null;
  }

  /** The chunk appended to at present; the cleaner leaves it alone. */
  @Nullable LogChunk current() {
    return current;
  }

  @Nullable LogChunk prepared() {
    return prepared;
  }

  /** Closes the current chunk and goes on in a fresh one, so that the cleaner may take it. */
  void closeCurrent() {
    if (current != null) {
      roll(ChunkPool.Purpose.CLEANING);
    }
  }

  /**
   * Starts to make durable all that was appended before the call. After the heap's drain, {@link
   * #durable} records it.
   *
   * @return the end of what was flushed
   */
  long flushAppended() {
    long end = tail.getAcquire();
    int last = Address.sequence(end);
    for (int sequence = Address.sequence(flushedTo); sequence <= last; sequence++) {
      LogChunk chunk = chunks.get(sequence);
      if (chunk != null) {
        int from =
            sequence == Address.sequence(flushedTo) && flushedTo != 0
                ? Address.offset(flushedTo)
                : ChunkFormat.DATA_OFFSET;
        // A closed chunk ends after its seal, which the tail of the next chunk does not tell.
        int to = sequence == last ? Math.max(Address.offset(end), from) : chunk.end();
        if (to > from) {
          heap.flush(chunk.memory.index(), from, to - from);
        }
      }
    }
    flushedTo = end;
    return end;
  }

  void durable(long address) {
    if (address > durableTo) {
      durableTo = address;
    }
  }

  // ---- the noted end

  /** Whether it is durable further than its medium says. From any thread. */
  boolean isNoteDue() {
    return notedTo < durableTo;
  }

  /** Below it this node's medium says by itself that the log goes on. */
  long notedTo() {
    return notedTo;
  }

  /**
   * Writes on the medium how far the log is durable, so that an end that has rotted is not taken
   * for one that was never durable; a drain must follow. Not beside a cut.
   */
  void noteEnd() {
    long end = durableTo;
    LogChunk chunk = chunks.get(Address.sequenceOfEnd(end));
    if (chunk != null && Address.offsetOfEnd(end) > ChunkFormat.DATA_OFFSET) {
      int note = ChunkFormat.writeNotedEnd(chunk.memory, end, seed);
      heap.flush(chunk.memory.index(), note, ChunkFormat.POINTER_BYTES);
    }
    notedTo = end;
  }

  /** The log is about to be cut: what is beyond may be missed from now on; a drain must follow. */
  void lowerNote(long end) {
    flushedTo = Math.min(flushedTo, end);
    durableTo = Math.min(durableTo, end);
    notedTo = Math.min(notedTo, end);
    LogChunk chunk = chunks.get(Address.sequenceOfEnd(end));
    if (chunk != null && ChunkFormat.notedEnd(chunk.memory, chunk.sequence, seed) > end) {
      ChunkFormat.lowerNotedEnd(chunk.memory, end, seed);
      heap.flush(chunk.memory.index(), ChunkFormat.NOTE_OFFSET, 2 * ChunkFormat.POINTER_BYTES);
    }
  }
}
