package io.hotpot.store.spi;

import java.util.List;
import java.util.Set;

/**
 * A partition that this node owns, as the rest of the cluster uses it.
 *
 * <p>Thread-safety: all methods from any thread. None waits for a medium or for another node; what
 * takes longer is told by a {@link Settling}.
 */
public interface OwnedPartition {

  /** What a fetch finds. */
  sealed interface Fetched {
    /**
     * @param place where its record stands
     */
    record Found(long stamp, byte[] payload, RecordPlace place) implements Fetched {}

    record Nothing() implements Fetched {}

    /** A commit is under way: ask again when {@link OwnerSide#unlocked} names the object. */
    record Locked() implements Fetched {}

    /**
     * @param address of the damage, which may be healed; 0: there is nothing to heal
     */
    record Unreadable(String reason, long address) implements Fetched {}
  }

  int id();

  int epoch();

  HeldLog log();

  /** Lets commits and reads in, those of this node's transactions too. */
  void serve();

  /**
   * Lets nothing in any more; when it returns, no local transaction reads from it, and what was
   * appended goes on being settled.
   */
  void stopServing();

  /**
   * Publishes what is durable here and acknowledged ({@link OwnerSide#acknowledgedTo}); to be
   * called whenever that has moved.
   *
   * @return everything below this address that was to be published is: other nodes may show it
   */
  long publish();

  /**
   * Gives up everything that is not settled: the node is not the owner any more, and another one
   * decides what becomes of it. Whoever waits is told nothing by this partition any more, and asks
   * the next owner.
   */
  void depose();

  Fetched fetch(long objectId);

  /** Reserves slots for objects that another node creates. */
  long[] reserve(int count);

  /** Gives back reserved slots; references to them will never resolve. */
  void giveBack(long[] objectIds);

  /** The highest stamp given or promised. */
  long lastStamp();

  // ---- snapshots over several nodes (PROTOCOL 14)

  /**
   * Begins to keep the versions that a snapshot may see whose stamp is not chosen yet. Settled
   * tells the last stamp given or promised; the snapshot's must not be below it.
   */
  void openSnapshot(SnapshotId snapshot, Settling settling);

  /**
   * Later stamps are above this one, whatever becomes of this node: settled when a bound that says
   * so is. Versions at it are kept from now on, if they are not already.
   */
  void floor(SnapshotId snapshot, long stamp, Settling settling);

  /** What a snapshot sees of an object. */
  sealed interface AtStamp {
    record Found(long stamp, byte[] payload) implements AtStamp {}

    record Nothing() implements AtStamp {}

    /** What it would see may be gone: it was given up for want of room, or with an owner. */
    record TooOld(String reason) implements AtStamp {}

    record Unreadable(String reason) implements AtStamp {}
  }

  /** Told of a {@link #readAt}, on any thread. */
  interface SnapshotReading {
    void seen(AtStamp found);

    /** Not now, or not here. */
    void refused(Refusal refusal);
  }

  /**
   * The version of an object that a snapshot sees. Where a transaction with a stamp at or below its
   * own is under way, that is known when it is over.
   *
   * @param stamp of the snapshot: for a partition that does not know it, it is floored here first
   */
  void readAt(SnapshotId snapshot, long stamp, long objectId, SnapshotReading reading);

  /** Nothing is kept for it any more. */
  void closeSnapshot(SnapshotId snapshot);

  /** Closes all snapshots of a node's incarnation but these. */
  void retainSnapshots(int nodeId, int incarnation, Set<Long> numbers);

  // ---- what transactions acquire (PROTOCOL 15)

  /**
   * Keeps objects for one transaction: from now on only it can change them, until {@link #release}
   * or the end of the epoch.
   *
   * @param objectIds kept for no other one
   * @param free told once, on any thread, when no commit that had begun before changes them any
   *     more; never, if the epoch ends before
   */
  void acquire(LockId lock, long[] objectIds, Runnable free);

  /**
   * Keeps objects as they are for one transaction that reads them, and for others that do: nobody
   * can change them until {@link #release} or the end of the epoch.
   *
   * @param objectIds kept for none alone
   * @param free as in {@link #acquire}
   */
  void share(LockId lock, long[] objectIds, Runnable free);

  /** Keeps these objects no longer for that transaction, as far as they are. */
  void release(LockId lock, long[] objectIds);

  // ---- committing

  /**
   * A transaction with all its reads and writes in this partition (PROTOCOL 8.1).
   *
   * @param settledBelow outcomes of the committer's incarnation below this sequence are not needed
   *     any more
   * @param committer whose own copies are dropped already
   * @param lock number of the locks that it has acquired in this partition ({@link LockId}):
   *     refused with {@link Refusal.Reason#LOCK_LOST} if they are not held; 0: none
   */
  void commit(
      TransactionId id,
      long settledBelow,
      int copiesWanted,
      Spared committer,
      long lock,
      List<ObjectRead> reads,
      List<ObjectWrite> writes,
      Settling settling);

  /**
   * Prepares its part of a transaction over several partitions (8.2.2): locks until {@link
   * #decided} or {@link #decide}. Settled means: the vote is yes.
   *
   * @param home the partition where it is decided
   */
  void prepare(
      TransactionId id,
      long settledBelow,
      int copiesWanted,
      Spared committer,
      long lock,
      int home,
      long stamp,
      List<ObjectRead> reads,
      List<ObjectWrite> writes,
      Settling settling);

  /**
   * As the home partition: commits, if its own prepare is live (8.2.4). Settled is the commit
   * point, and it is published here; refused means aborted, with {@link Refusal.Reason#FENCED}, and
   * then that is settled.
   *
   * @param participants the other partitions, to be told
   */
  void decide(TransactionId id, List<Integer> participants, Settling settling);

  /** As another participant: publishes, or unlocks (8.2.6). Nothing, if it is not prepared here. */
  void decided(TransactionId id, Outcome outcome, Settling settling);

  /** A participant has its own record of the decision: the home may forget it. */
  void learned(TransactionId id, int participant);

  /** Told of a {@link #resolve}. */
  interface Resolution {
    void resolved(Outcome outcome, long stamp);
  }

  /**
   * How did it end? Where nothing is known, an abort is recorded first, so that it never commits
   * (9.2). Called when the answer is settled. Of what is prepared here and decided in another
   * partition the answer is EXPIRED: ask there. Where a damaged batch may have said it, the answer
   * is LOST, and nothing is recorded (9.5).
   */
  void resolve(TransactionId id, Resolution resolution);

  /** Whether a damaged batch may have held the decision about what is prepared here. */
  boolean mayHaveLostDecision(TransactionId id);

  /**
   * Nobody can tell at present how a transaction ended that is prepared here: it stays prepared,
   * and whoever reads what it writes is told so (9.5).
   */
  void outcomeLost(TransactionId id);

  /**
   * A transaction prepared here and not decided.
   *
   * @param home the partition to ask
   */
  record InDoubt(TransactionId id, int home, long stamp) {}

  /** In the order of their stamps. */
  List<InDoubt> inDoubt();

  /** Commit decisions made here, and settled, that not all participants have learned. */
  List<Unlearned> unlearned();

  /**
   * @param participants that have not said that they know
   */
  record Unlearned(TransactionId id, List<Integer> participants) {}
}
