package io.hotpot.store.spi;

import io.hotpot.store.CommitId;
import io.hotpot.store.CommitOutcome;
import java.util.List;

/**
 * What transactions of this node need of the rest of the cluster: objects that other nodes own, and
 * commits that touch them.
 *
 * <p>Thread-safety: all methods from any thread of the application; they may block for answers of
 * other nodes, in the way of {@link Threads}.
 */
public interface Elsewhere {

  /**
   * A valid copy of an object's newest version, fetched if there is none.
   *
   * @throws io.hotpot.store.HotpotException if the owner cannot be reached while the node is a
   *     member, or the object cannot be read
   */
  RemoteCopy read(long objectId);

  /** The count of installations of copies on this node, up to now. */
  long installations();

  /**
   * Whether this node may still say that what it has read was current: it holds the lease of the
   * incarnation that it had.
   *
   * @throws io.hotpot.store.HotpotException if not
   */
  void checkLease(int incarnation);

  /** The node's present incarnation. */
  int incarnation();

  /** An id for an object to be created in a dataset whose partition lies elsewhere, or near one. */
  long reserve(int partition);

  /** Gives back ids that were reserved and not used. */
  void giveBack(long[] objectIds);

  /**
   * The partition in which this node creates objects of a dataset: its own one if it has a heap,
   * created at the first call; else one that another node owns.
   */
  int partitionToAllocateIn(int dataset);

  /**
   * One partition's part of a transaction.
   *
   * @param partition owned by this node or another one
   */
  record Part(int partition, List<ObjectRead> reads, List<ObjectWrite> writes) {}

  /**
   * Commits a transaction over whatever partitions it has read or written. Returns when it is
   * durable everywhere and visible.
   *
   * @param parts by ascending partition; at least one has writes
   * @param copiesWanted of what is written, more than the minimum of its dataset; 0: no wish
   * @throws io.hotpot.store.CommitOutcomeUnknown if that is not known, and cannot be found out now
   * @throws io.hotpot.store.HotpotException if it was refused; a {@link Refusal} of the reason
   *     CONFLICT is returned instead
   */
  Result commit(List<Part> parts, int copiesWanted);

  /**
   * The locks of a transaction that has acquired nothing yet.
   *
   * @param age of the first attempt of its work, by {@link TransactionLocks#age}; 0: this is it
   */
  TransactionLocks locks(long age);

  /**
   * The locks of an attempt of a {@code read} that has acquired nothing yet.
   *
   * @param age as for {@link #locks}
   * @param limitNs they are given up when something was held for so long
   */
  ReadLocks readLocks(long age, long limitNs);

  /**
   * How a commit ended whose answer was lost, be it of this node or another one (PROTOCOL 9.3).
   * What has not committed by then never will.
   *
   * @throws io.hotpot.store.CommitOutcomeUnknown if that cannot be found out in so long
   */
  CommitOutcome outcome(CommitId commit, long patienceNs);

  /**
   * Waits until so many threads of the cluster have arrived at the barrier of a name.
   *
   * @return false: the time was over first, and it is as if this one had not arrived
   * @throws InterruptedException if the thread is interrupted while it waits; as above
   */
  boolean barrier(String name, int parties, long limitNs) throws InterruptedException;

  /**
   * Opens a snapshot of the whole cluster: everything that was acknowledged before.
   *
   * @throws io.hotpot.store.HotpotException if an owner cannot be reached, or the node is no member
   */
  SnapshotView openSnapshot();

  /** What became of a commit. */
  sealed interface Result {
    record Committed(long stamp) implements Result {}

    /** Nothing happened; the work may be run again. */
    record Conflicting(long objectId) implements Result {}

    /** As Conflicting: objects that were acquired were not kept for it any more. */
    record LockLost() implements Result {}
  }
}
