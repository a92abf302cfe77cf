package io.hotpot.store.spi;

import io.hotpot.store.TransactionMode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node's store, as the cluster uses it: the partitions that it holds copies of.
 *
 * <p>Thread-safety: all methods from any thread unless they say otherwise.
 */
public interface HeldParts {

  /** What this node has promised about a partition, durably (PROTOCOL 10.1). */
  record Promise(int partition, int epoch) {}

  /** What the store has counted since it was opened, by name. */
  Map<String, Long> counters();

  /** The id of the heap, which is the cluster's: it seeds every checksum. */
  long clusterId();

  /** The number that the dispatcher gave to this heap; 0: none yet. */
  int nodeId();

  /** Remembers the number durably; may block. */
  void nodeId(int id);

  long capacityBytes();

  long freeBytes();

  /**
   * Makes room for so many chunks ready, as far as the heap may grow, so that who takes one need
   * not wait for that. Blocks for the medium.
   *
   * @return how many chunks are ready
   */
  int growAhead(int chunks);

  /** The logs that are held, by ascending partition; that of the catalog is not among them. */
  List<HeldLog> logs();

  @Nullable HeldLog log(int partition);

  /** Begins to hold a partition, with an empty log. */
  HeldLog create(int partition, TransactionMode mode);

  /** Holds a partition no more and releases its chunks; may block for the medium. */
  void dispose(int partition);

  /**
   * The payload of a record that was copied out of a chunk, of this node or another one.
   *
   * @param record the caller's own
   * @return null: it is not sound, or not that version of the object
   */
  byte @Nullable [] payloadOf(byte[] record, long objectId, long stamp);

  /** What was promised; 0: nothing. */
  int promised(int partition);

  /** Promises, durably, to take nothing of a lower epoch. May block for the medium. */
  void promise(int partition, int epoch);

  /**
   * Makes everything durable for which {@link HeldLog#startFlush} was called, and all that owned
   * partitions have appended. Blocks for the medium; to be called by a thread of its own.
   */
  void flush();

  /** Whether a log is durable further than its medium says ({@link #noteEnds}). */
  boolean areEndsToNote();

  /**
   * Notes on the medium, apart from the logs, how far each of them is durable: where its end rots,
   * that tells it from one that was never durable (PROTOCOL 13.6). Blocks for the medium.
   */
  void noteEnds();

  /** Whether a flush is needed for what owned partitions have appended and nobody waits for. */
  boolean needsFlush();

  /**
   * Cleans after a commit was refused with {@link Refusal.Reason#HEAP_FULL}. Blocks for the medium;
   * not to be called where a partition's commit lock is held.
   *
   * @return whether asking again is worthwhile: now, or when others have acknowledged more
   */
  boolean makeRoom();

  /** What is told of a {@link HeldParts#check}, by its thread. */
  interface Check {

    /** A stretch in which no sound batch stands, or stood before it was healed. */
    void damaged(int partition, HeldLog.Damaged where, boolean isHealed);

    /**
     * A partition has been looked at.
     *
     * @param partition 0: the node's own catalog
     */
    void checked(int partition, long soundBytes);

    /**
     * Chunks more.
     *
     * @return whether to go on
     */
    boolean progressed(long done, long total);
  }

  /**
   * Verifies the checksum of every batch of every log here, and has healed what it can. Blocks for
   * the medium and for other nodes; takes half the time of a processor, so that others have some.
   */
  void check(Check check);

  /**
   * An incarnation of a node was excluded: nothing of it is under way any more. Owned partitions
   * keep a bounded number of the outcomes of its transactions.
   */
  void excluded(int nodeId, int incarnation);
}
