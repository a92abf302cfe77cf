package io.hotpot.store.spi;

/**
 * What a partition that this node owns asks of those who keep copies of its log and of its objects.
 * An embedded store has none.
 *
 * <p>Thread-safety: called from any thread, mostly under the partition's commit lock; no method may
 * block or call back into the partition.
 */
public interface OwnerSide {

  /** Whether a commit may be appended now. */
  enum Admission {
    ADMITTED,
    /** Too much is appended and not acknowledged yet: try again when something has settled. */
    WINDOW_FULL,
    NOT_ENOUGH_REPLICAS,
    /** The partition is not served by this node (any more, or yet). */
    NOT_SERVED
  }

  /**
   * Under the commit lock, before anything is written.
   *
   * @param copiesWanted where the dataset's minimum is not enough; 0: no wish
   */
  Admission admit(int copiesWanted);

  /**
   * Bytes were appended: one whole batch. Under the commit lock; the words of the objects are
   * locked already, so that a copy granted before is listed and one asked for later must wait.
   *
   * @param address of the batch
   * @param bytes only valid during the call
   * @param changed objects whose copies must be dropped before the batch is settled
   * @param except who has dropped its own copies already, and may keep what the batch writes
   */
  void appended(long address, byte[] bytes, int length, long[] changed, Spared except);

  /** The address below which every batch is acknowledged by all others who must. */
  long acknowledgedTo();

  /**
   * The words of these objects are not locked any more: a fetch that waited for one of them may try
   * again.
   */
  void unlocked(long[] objectIds);

  /**
   * A chunk is going to be released when nobody has it pinned: who reads in it shall forget it.
   * From any thread, without the commit lock.
   */
  default void retired(int sequence) {}

  /** A chunk is not part of the log any more, once what is settled is settled. */
  void released(int sequence);
}
