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
   */
  record Commit(
      TransactionId id,
      int partition,
      int epoch,
      long settledBelow,
      int copiesWanted,
      boolean power,
      long keptAs,
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

  /** A participant's part of a transaction over several partitions (8.2.2). */
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

  /** Locks to read under (7.9) or, exclusive, to write under (section 15); all or none. */
  record Acquire(
      TransactionId id, long age, int partition, int epoch, boolean exclusive, long[] objectIds)
      implements TransactionMessage {}

  record Acquired(TransactionId id, int partition) implements TransactionMessage {}

  record Release(TransactionId id, int partition) implements TransactionMessage {}

  /** An older transaction wants what the receiver's transaction holds and has not committed. */
  record Wound(TransactionId id, int partition) implements TransactionMessage {}

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

  /** A request about snapshots or slots that cannot be answered. */
  record RequestRefused(long request, int partition, Refusal.Reason reason, String message)
      implements TransactionMessage {}

  record CloseSnapshot(int partition, long snapshot) implements TransactionMessage {}

  /** The first word in a session: what the sender has closed meanwhile is not in the list. */
  record SnapshotsOpen(long[] snapshots) implements TransactionMessage {}
}
