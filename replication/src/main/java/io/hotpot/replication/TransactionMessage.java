package io.hotpot.replication;

import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.TransactionId;
import java.util.List;

/** Between the commit dispatchers of nodes: transactions over partitions that others own. */
public sealed interface TransactionMessage extends Message {

  /** Asks for slots in a partition for objects to be created. */
  record ReserveSlots(long request, int partition, int epoch, int count)
      implements TransactionMessage {}

  /** The slots, as object ids that only the asking incarnation may create. */
  record Slots(long request, int partition, int epoch, long[] objectIds)
      implements TransactionMessage {}

  /** Slots that a transaction reserved and did not use. */
  record ReturnSlots(int partition, int epoch, long[] objectIds) implements TransactionMessage {}

  /**
   * A transaction all of whose reads and writes lie in one partition (8.1).
   *
   * @param settledBelow the committer will never ask about its ids below this sequence
   * @param copiesWanted beyond the minimum of the dataset; 0: no wish
   * @param power whether it must outlive a loss of power
   * @param keptAs the number under which the committer is listed as a sharer of what it writes
   *     (7.5); 0: it keeps no copies
   * @param lock under which the committer has acquired objects in this partition; 0: it has not
   */
  record Commit(
      TransactionId id,
      int partition,
      int epoch,
      long settledBelow,
      int copiesWanted,
      boolean power,
      long keptAs,
      long lock,
      List<ObjectRead> reads,
      List<ObjectWrite> writes)
      implements TransactionMessage {
    @Override
    public Fabric.Lane lane() {
      return Fabric.Lane.BULK;
    }
  }

  /**
   * The transaction is durable on the required set and visible.
   *
   * @param stamp of its versions
   */
  record Committed(TransactionId id, int partition, long stamp) implements TransactionMessage {}

  /**
   * The answer to {@link Commit} or {@link Prepare}.
   *
   * @param objectId where the reason is about one; else 0
   * @param floor where the stamp was too low, or the epoch known where the owner is another one
   */
  record NotCommitted(
      TransactionId id,
      int partition,
      Refusal.Reason reason,
      long objectId,
      long floor,
      String message)
      implements TransactionMessage {}

  /** A participant's part of a transaction over several partitions (8.2.2); see {@link Commit}. */
  record Prepare(
      TransactionId id,
      int partition,
      int epoch,
      int home,
      long stamp,
      long settledBelow,
      int copiesWanted,
      boolean power,
      long keptAs,
      long lock,
      List<ObjectRead> reads,
      List<ObjectWrite> writes)
      implements TransactionMessage {
    @Override
    public Fabric.Lane lane() {
      return Fabric.Lane.BULK;
    }
  }

  /** The PREPARE is settled: durable on the required set, sharers gone. */
  record Yes(TransactionId id, int partition) implements TransactionMessage {}

  /** All have voted yes: the home partition decides. */
  record Decide(TransactionId id, int home, int epoch, List<Integer> participants)
      implements TransactionMessage {}

  /**
   * The home's answer to {@link Decide}, and what participants are told.
   *
   * @param partition whose owner is told; the home itself in the answer
   * @param home to be told in {@link Learned}
   */
  record Decided(TransactionId id, int partition, int home, Outcome outcome)
      implements TransactionMessage {}

  /** The participant's own record of the decision is settled. */
  record Learned(TransactionId id, int home, int participant) implements TransactionMessage {}

  /** How did it end? Where nothing is known, that is first made to last (9.2). */
  record Resolve(TransactionId id, int partition, int epoch) implements TransactionMessage {}

  /**
   * @param stamp of its versions, if it is committed
   */
  record Resolved(TransactionId id, int partition, Outcome outcome, long stamp)
      implements TransactionMessage {}

  /**
   * Acquires objects of one partition for a transaction (section 15): all or none, and none while
   * an older transaction holds or wants one of them in a way that excludes this one.
   *
   * @param lock the locks of a transaction of the sender's incarnation
   * @param age of the transaction's first attempt: the smaller, the older
   * @param isShared it only reads, and others that do may hold them too
   */
  record Acquire(
      long request,
      int partition,
      int epoch,
      long lock,
      long age,
      boolean isShared,
      long[] objectIds)
      implements TransactionMessage {}

  /** All of them are the transaction's, and no commit of others to them is under way. */
  record Acquired(long request, int partition, int epoch) implements TransactionMessage {}

  /**
   * @param request what was asked in it is given up; 0: all that is held in the partition, or asked
   */
  record Release(int partition, long lock, long request) implements TransactionMessage {}

  /** An older transaction wants something that these locks of the receiver hold. */
  record Wound(int partition, long lock) implements TransactionMessage {}

  /**
   * Asks for the last stamp of a partition, to open a snapshot (14.3). From the answer on it keeps
   * what the snapshot will see.
   *
   * @param snapshot its number; those of an incarnation rise
   */
  record OpenSnapshot(long request, int partition, int epoch, long snapshot)
      implements TransactionMessage {}

  record LastStamp(long request, int partition, long stamp) implements TransactionMessage {}

  /** Later commits are stamped above this; versions at it are kept for the snapshot. */
  record Floor(long request, int partition, int epoch, long snapshot, long stamp)
      implements TransactionMessage {}

  record Floored(long request, int partition) implements TransactionMessage {}

  /** Asks for what a snapshot sees; where the partition does not know it, this floors it too. */
  record ReadAt(long request, int partition, int epoch, long snapshot, long objectId, long stamp)
      implements TransactionMessage {}

  /** The version that a snapshot sees; stamp 0: none. */
  record VersionAt(long request, int partition, long stamp, byte[] payload)
      implements TransactionMessage {
    @Override
    public Fabric.Lane lane() {
      return Fabric.Lane.BULK;
    }
  }

  /** A request about snapshots, slots or locks that cannot be answered. */
  record RequestRefused(long request, int partition, Refusal.Reason reason, String message)
      implements TransactionMessage {}

  record CloseSnapshot(int partition, long snapshot) implements TransactionMessage {}

  /** The first word in a session: what the sender has closed meanwhile is not in the list. */
  record SnapshotsOpen(long[] snapshots) implements TransactionMessage {}
}
