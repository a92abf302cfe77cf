package io.hotpot.store.spi;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * This node's copy of a partition's log: bytes at the same addresses on every node that holds it.
 *
 * <p>Thread-safety: the writing methods are called by one thread at a time (the node's loop); those
 * that only tell something from any thread.
 */
public interface HeldLog {

  /**
   * A chunk of the log.
   *
   * @param end offset of the end of its last batch
   * @param checksum of its last batch; 0: it has none
   */
  record ChunkEnd(int sequence, int end, int checksum) {}

  /** Where a batch ends, and its checksum: by the chain it stands for all before it. */
  record BatchEnd(long end, int checksum) {}

  /** Keeps a chunk from being released until it is closed; from any thread, more than once. */
  interface Pin extends AutoCloseable {
    @Override
    void close();
  }

  /** What {@link #preparedSequence} says if there is none. */
  int NO_CHUNK = -1;

  /** Memory that a device of the network reaches. */
  interface Loan extends AutoCloseable {

    /**
     * Takes it back; when this returns the device does not reach it. Any thread; more than once.
     */
    @Override
    void close();
  }

  /** Makes memory known to a device of the network. */
  interface Lending {

    /**
     * Called once, by the thread that lends; may block for the device.
     *
     * @param memory exactly one chunk
     * @return how to take it back, which may block for the device; null: the device does not take
     *     it
     */
    @Nullable Runnable lend(MemorySegment memory);
  }

  /**
   * A stretch of a chunk in which no sound batch stands; before and behind it there are some, or
   * the ends of the chunk.
   */
  record Damaged(int sequence, int offset, int lengthBytes) {}

  int partition();

  /** The end of the log, without a hole before it. */
  long tail();

  /** The checksum of the last batch; 0: there is none. */
  int lastChecksum();

  /** The epoch of the last batch. */
  int lastEpoch();

  /** The address below which everything is on the medium. */
  long durableTo();

  /** Begins to write what is below the tail to the medium; {@link HeldParts#flush} completes it. */
  void startFlush();

  /** The chunks, ascending. */
  List<ChunkEnd> chunks();

  /** The numbers of the chunks, ascending: {@link #chunks} reads the whole log, this does not. */
  List<Integer> sequences();

  /** The ends of the batches that begin at or above an address. */
  List<BatchEnd> batchesFrom(long address);

  /**
   * Copies bytes out.
   *
   * @return false if the chunk is not (any more) part of the log
   */
  boolean read(int sequence, int offset, byte[] into, int length);

  /**
   * Keeps a chunk for somebody who copies it piece by piece, to catch up or to heal. It is not kept
   * where the whole log is cut or cleared: then {@link #read} says so.
   *
   * @return null if the chunk is not (any more) part of the log
   */
  @Nullable Pin pin(int sequence);

  /**
   * The same for somebody who can begin anew: the owner releases the chunk all the same when the
   * heap has hardly any other left.
   *
   * @return null if the chunk is not (any more) part of the log
   */
  @Nullable Pin keep(int sequence);

  /**
   * Puts whole batches at the end, verified by checksum and chain.
   *
   * @param address of the first; the tail, or the head of the next chunk
   * @param changed is told of each object of which there is a new version, which is pending from
   *     then on: {@link #settled} does not tell the one before it any more
   * @throws io.hotpot.store.CorruptException if they do not follow the log; nothing was written
   * @throws io.hotpot.store.HeapFull if no chunk is left
   */
  void append(long address, byte[] batches, LongConsumer changed);

  /**
   * The same for batches that the owner has written into the memory of the log's last chunk, or of
   * the one prepared to be its next, which was lent to it. It may write there still: what it
   * changes later damages that chunk, and does no harm elsewhere.
   *
   * @throws io.hotpot.store.CorruptException if no sound batches that follow the log stand there;
   *     those before them are appended
   */
  void appendInPlace(long address, int lengthBytes, LongConsumer changed);

  /** The number of the chunk that was prepared to be the next one; {@link #NO_CHUNK}: none is. */
  int preparedSequence();

  /**
   * Lends a chunk to a device of the network, for other nodes to reach: one of the log, or the one
   * that was prepared to be its next. It is taken back before the chunk's memory is used for
   * anything else or goes. What is lent to be written to is also taken back before a higher epoch
   * is promised, and before the log is cut, cleared or owned by this node. May block for the
   * device; from any thread.
   *
   * @param writable others may write to it: only to a chunk of a copy, and not to one that is full
   * @return null: it may not be lent, or the device does not take it
   */
  @Nullable Loan lend(int sequence, boolean writable, Lending lending);

  /**
   * Whether something in it was damaged when it was opened, or when it was to be promoted. Then its
   * node is to be a learner, and empties it first; only the last one that has anything of it is
   * promoted, and then says of each object that may be lost that it is.
   */
  boolean isDamaged();

  /** All that is damaged in it now; reads the whole log. */
  List<Damaged> damages();

  /** The damage that covers an address; null: what stands there is sound, or is not there. */
  @Nullable Damaged damageAt(long address);

  /**
   * Puts batches of another node's copy in the place of damage, durably, if they are what stood
   * there. Reads and appends may go on meanwhile; the chunk must be pinned. Blocks for the medium.
   *
   * @return false: they are not, and nothing was written
   */
  boolean mend(Damaged where, byte[] bytes);

  /** What lies below is settled: it will never be cut. */
  void settledTo(long address);

  /** The highest address that {@link #settledTo(long)} was told. */
  long settledTo();

  /**
   * Whether something is settled that the table of this copy does not have: then {@link #warmUp}
   * must be called, since chunks may wait for it that the owner has released. By the writing
   * thread.
   */
  boolean isWarmUpDue();

  /**
   * Brings the table nearer to what is settled, by one step: 256 KiB of log, or a checkpoint. What
   * it has need not be read when this copy is promoted. Gives chunks back that are not needed. From
   * a thread that may block for the medium, beside all others.
   *
   * @return whether it is worthwhile to call this again at once
   * @throws io.hotpot.store.CorruptException if it meets damage; the table is given up until that
   *     is mended, or is not needed any more
   */
  boolean warmUp();

  /** What lies below has been taken in by the table; 0: there is none, or it has just begun. */
  long warmTo();

  /**
   * The newest version of an object, if its table has everything of it that this copy was ever told
   * (PROTOCOL 7.11). From any thread, without a lock.
   *
   * @return null: ask the owner. Something of the object is pending or prepared, the table is not
   *     there or behind, or there is no such object
   */
  @Nullable SettledVersion settled(long objectId);

  /** Whether nothing was appended since that changes the object. From any thread. */
  boolean isStillSettled(long objectId, SettledVersion version);

  /**
   * Cuts what lies at and beyond an address, durably; appends go on there, or in a later chunk.
   *
   * @throws io.hotpot.store.CorruptException if no batch with this checksum ends there
   */
  void cut(long address, int checksum);

  /**
   * Gives a chunk back that the owner has cleaned, once what this log holds now is settled and
   * durable here, and nobody has pinned it. Told of a chunk that is gone it does nothing.
   */
  void releaseWhenSettled(int sequence);

  /**
   * Empties the copy, to be filled from the owner's: then {@link #fill} for each of its chunks, in
   * ascending order, then {@link #filled}, and only then appends.
   */
  void clear();

  /** Puts bytes of a chunk in place, from its data offset on and without a hole; unverified yet. */
  void fill(int sequence, int offset, byte[] bytes);

  /**
   * Everything up to an address has been filled.
   *
   * @throws io.hotpot.store.CorruptException if checksums or chain do not agree: clear it and begin
   *     again
   */
  void filled(List<ChunkEnd> chunks, long end);

  /**
   * Makes this node's copy the authoritative one: builds the table, closes the chunk that it ends
   * in and goes on in a fresh one whose number skips 16, with a MARK of the epoch. Nothing is
   * served before {@link OwnedPartition#serve}. Takes as long as reading the log does that the
   * table does not have.
   *
   * @throws io.hotpot.store.CorruptException if it turns out to be damaged; it {@link #isDamaged}
   *     from then on, and promoted all the same if this is called once more
   */
  OwnedPartition promote(int epoch, OwnerSide ownerSide);

  /** Makes a new partition with an empty log the owner's, with a MARK of the epoch. */
  OwnedPartition begin(int epoch, OwnerSide ownerSide);
}
