package io.hotpot.store;

import io.hotpot.store.PrepareFormat.Decision;
import io.hotpot.store.PreparedTable.Prepared;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.LockId;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.RecordPlace;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.SnapshotId;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A partition that this node owns in a cluster: commits, prepares and decisions of transactions
 * that come from anywhere, each one append (PROTOCOL 8 and 9).
 *
 * <p>Thread-safety: all methods from any thread; everything that changes something runs under the
 * partition's commit lock.
 */
final class OwnedLog implements OwnedPartition {

  private final Partition partition;
  private final int epoch;
  private final HeldLog held;
  private final OwnedCommits commits;
  private final OwnedSnapshots snapshots;
  private final Runnable deposed;

  /**
   * @param deposed takes the partition away from this store's transactions
   */
  OwnedLog(
      Partition partition,
      int epoch,
      HeldLog held,
      OwnedCommits commits,
      OwnedSnapshots snapshots,
      Runnable deposed) {
    this.partition = partition;
    this.epoch = epoch;
    this.held = held;
    this.commits = commits;
    this.snapshots = snapshots;
    this.deposed = deposed;
  }

  @Override
  public int id() {
    return partition.id;
  }

  @Override
  public int epoch() {
    return epoch;
  }

  @Override
  public HeldLog log() {
    return held;
  }

  @Override
  public void serve() {
    partition.served(true);
  }

  @Override
  public void stopServing() {
    partition.commitLock.lock();
    try {
      partition.served(false);
    } finally {
      partition.commitLock.unlock();
    }
  }

  @Override
  public long publish() {
    long publishedTo = partition.publication.publishSettled();
    commits.published();
    return publishedTo;
  }

  @Override
  public void depose() {
    partition.commitLock.lock();
    try {
      partition.served(false);
      partition.publication.abandon();
      partition.acquired.clear();
    } finally {
      partition.commitLock.unlock();
    }
    partition.lockedReads.clear();
    snapshots.close(partition, id -> true);
    deposed.run();
  }

  // ---- reading and slots

  @Override
  public Fetched fetch(long objectId) {
    if (ObjectId.partition(objectId) != partition.id) {
      return new Fetched.Unreadable(Ref.text(objectId) + " is not of partition " + partition.id, 0);
    }
    while (true) {
      long word = partition.table.get(ObjectId.slot(objectId));
      try {
        if (HandleWord.isLocked(word)) {
          partition.lostOutcomes.throwIfWrites(objectId);
          return new Fetched.Locked();
        }
        if (!HandleWord.isReadable(word)) {
          partition.doubt.throwIfMayBeLost(objectId);
          return new Fetched.Nothing();
        }
        long address = HandleWord.address(word);
        byte[] record = partition.records.copyOf(objectId, address);
        if (record == null) {
          if (partition.table.get(ObjectId.slot(objectId)) == word) {
            return new Fetched.Unreadable(
                "the chunk that holds " + Ref.text(objectId) + " is gone", 0);
          }
          continue;
        }
        if (RecordFormat.identity(Bytes.getLong(record, 0)) != ObjectId.identity(objectId)) {
          return new Fetched.Nothing();
        }
        byte[] payload =
            java.util.Arrays.copyOfRange(record, RecordFormat.HEADER_BYTES, record.length);
        return new Fetched.Found(
            Bytes.getLong(record, 8), payload, new RecordPlace(address, record.length));
      } catch (CorruptException e) {
        long damaged = HandleWord.isReadable(word) ? HandleWord.address(word) : 0;
        boolean canHeal = damaged != 0 && partition.records.isDamaged(damaged);
        return new Fetched.Unreadable(String.valueOf(e.getMessage()), canHeal ? damaged : 0);
      }
    }
  }

  @Override
  public long[] reserve(int count) {
    long[] ids = new long[count];
    for (int i = 0; i < count; i++) {
      ids[i] = partition.slots.allocate();
    }
    return ids;
  }

  @Override
  public void giveBack(long[] objectIds) {
    partition.commitLock.lock();
    try {
      for (long id : objectIds) {
        long word = partition.table.get(ObjectId.slot(id));
        if (HandleWord.tag(word) == HandleWord.RESERVED
            && !HandleWord.isLocked(word)
            && HandleWord.generation(word) == ObjectId.generation(id)) {
          partition.slots.release(ObjectId.slot(id), ObjectId.generation(id));
        }
      }
    } finally {
      partition.commitLock.unlock();
    }
  }

  @Override
  public long lastStamp() {
    return partition.floorForOthers();
  }

  // ---- snapshots

  @Override
  public void openSnapshot(SnapshotId snapshot, Settling settling) {
    snapshots.open(partition, snapshot, settling);
  }

  @Override
  public void floor(SnapshotId snapshot, long stamp, Settling settling) {
    snapshots.floor(partition, snapshot, stamp, settling);
  }

  @Override
  public void readAt(SnapshotId snapshot, long stamp, long objectId, SnapshotReading reading) {
    snapshots.readAt(partition, snapshot, stamp, objectId, reading);
  }

  @Override
  public void closeSnapshot(SnapshotId snapshot) {
    snapshots.close(partition, snapshot::equals);
  }

  @Override
  public void retainSnapshots(int nodeId, int incarnation, Set<Long> numbers) {
    snapshots.close(
        partition,
        id ->
            id.nodeId() == nodeId
                && id.incarnation() == incarnation
                && !numbers.contains(id.number()));
  }

  // ---- what transactions acquire

  @Override
  public void acquire(LockId lock, long[] objectIds, Runnable free) {
    partition.commitLock.lock();
    try {
      partition.acquired.add(lock, objectIds);
    } finally {
      partition.commitLock.unlock();
    }
    whenFree(objectIds, 0, id -> OwnedCommits.isLocked(partition, id), free);
  }

  @Override
  public void share(LockId lock, long[] objectIds, Runnable free) {
    partition.commitLock.lock();
    try {
      partition.acquired.share(lock, objectIds);
    } finally {
      partition.commitLock.unlock();
    }
    whenFree(objectIds, 0, id -> OwnedCommits.isBeingWritten(partition, id), free);
  }

  /** Waits for one object after the other: none of them is locked anew in that way by others. */
  private void whenFree(long[] objectIds, int from, LongPredicate isLocked, Runnable free) {
    partition.commitLock.lock();
    try {
      for (int i = from; i < objectIds.length; i++) {
        if (isLocked.test(objectIds[i]) && !partition.lostOutcomes.contains(objectIds[i])) {
          int next = i;
          partition.lockedReads.add(objectIds[i], () -> whenFree(objectIds, next, isLocked, free));
          return;
        }
      }
    } finally {
      partition.commitLock.unlock();
    }
    free.run();
  }

  @Override
  public void release(LockId lock, long[] objectIds) {
    partition.commitLock.lock();
    try {
      partition.acquired.remove(lock, objectIds);
    } finally {
      partition.commitLock.unlock();
    }
  }

  // ---- committing

  @Override
  public void commit(
      TransactionId id,
      long settledBelow,
      int copiesWanted,
      Spared committer,
      long lock,
      List<ObjectRead> reads,
      List<ObjectWrite> writes,
      Settling settling) {
    commits.tellLater(
        partition,
        () -> {
          // What an owner knows that serves no more, or not yet, may never be settled.
          OwnedCommits.checkServed(partition);
          partition.outcomes.settledBelow(id, settledBelow);
          OutcomeTable.Ended known = partition.outcomes.find(id);
          if (known != null) {
            return commits.answerKnown(partition, known, settling);
          }
          commits.checkMayCommit(partition, id, copiesWanted);
          LockId holder = commits.holder(partition, id, lock, reads, writes);
          commits.validate(partition, reads);
          WriteSet set = commits.lockable(partition, holder, writes);
          return commits.appendCommit(partition, id, committer, set, settling);
        },
        settling);
  }

  @Override
  public void prepare(
      TransactionId id,
      long settledBelow,
      int copiesWanted,
      Spared committer,
      long lock,
      int home,
      long stamp,
      List<ObjectRead> reads,
      List<ObjectWrite> writes,
      Settling settling) {
    commits.tellLater(
        partition,
        () -> {
          partition.outcomes.settledBelow(id, settledBelow);
          commits.checkMayCommit(partition, id, copiesWanted);
          if (partition.outcomes.find(id) != null || partition.prepared.get(id) != null) {
            throw new Refused(
                new Refusal(Refusal.Reason.FENCED, 0, 0, "transaction " + id + " was here before"));
          }
          if (stamp <= partition.lastStamp()) {
            throw new Refused(
                new Refusal(
                    Refusal.Reason.STAMP_TOO_LOW,
                    0,
                    partition.lastStamp(),
                    "the stamp is too low"));
          }
          LockId holder = commits.holder(partition, id, lock, reads, writes);
          commits.validate(partition, reads);
          commits.checkNotAcquired(partition, holder, reads);
          WriteSet set = commits.lockable(partition, holder, writes);
          return commits.appendPrepare(partition, id, committer, home, stamp, reads, set, settling);
        },
        settling);
  }

  @Override
  public void decide(TransactionId id, List<Integer> participants, Settling settling) {
    commits.tellLater(
        partition,
        () -> {
          OwnedCommits.checkServed(partition);
          OutcomeTable.Ended known = partition.outcomes.find(id);
          if (known != null) {
            return commits.answerKnown(partition, known, settling);
          }
          Prepared prepared = partition.prepared.get(id);
          if (prepared == null) {
            return commits.appendFence(
                partition,
                id,
                () ->
                    settling.refused(
                        new Refusal(
                            Refusal.Reason.FENCED, 0, 0, "transaction " + id + " was aborted")));
          }
          return commits.appendDecision(
              partition,
              prepared,
              new Decision(id, Outcome.COMMIT, prepared.stamp(), participants),
              () -> settling.settled(prepared.stamp()));
        },
        settling);
  }

  @Override
  public void decided(TransactionId id, Outcome outcome, Settling settling) {
    commits.tellLater(
        partition,
        () -> {
          OwnedCommits.checkServed(partition);
          OutcomeTable.Ended known = partition.outcomes.find(id);
          if (known != null) {
            // Prepared still, if it is this partition's own decision, which is not settled yet.
            return commits.confirm(partition, id, known, outcome, settling);
          }
          Prepared prepared = partition.prepared.get(id);
          if (prepared != null) {
            return commits.appendLearned(
                partition,
                prepared,
                new Decision(id, outcome, prepared.stamp(), List.of()),
                () -> settling.settled(prepared.stamp()));
          }
          if (outcome == Outcome.ABORT) {
            // Its prepare may be on the way still: it must find the abort.
            return commits.appendFence(partition, id, () -> settling.settled(0));
          }
          if (partition.doubt.exists()) {
            // Its prepare may be lost here, and not with the next owner: the home must remember.
            throw new CorruptException(
                "what was prepared of " + id + " may be lost in a damaged batch");
          }
          return commits.whenSettled(partition, 0, () -> settling.settled(0));
        },
        settling);
  }

  @Override
  public void learned(TransactionId id, int participant) {
    partition.commitLock.lock();
    try {
      partition.outcomes.learned(id, participant);
    } finally {
      partition.commitLock.unlock();
    }
  }

  @Override
  public void resolve(TransactionId id, Resolution resolution) {
    commits.tellLater(
        partition,
        () -> {
          OwnedCommits.checkServed(partition);
          OutcomeTable.Ended known = partition.outcomes.find(id);
          if (known != null) {
            return commits.whenSettled(
                partition, known.end(), () -> resolution.resolved(known.outcome(), known.stamp()));
          }
          Prepared prepared = partition.prepared.get(id);
          if (mayHaveLostOutcome(prepared)) {
            return () -> resolution.resolved(Outcome.LOST, 0);
          }
          if (prepared == null && partition.outcomes.isBelowSettled(id)) {
            Outcome outcome = partition.outcomes.neverCame(id) ? Outcome.ABORT : Outcome.EXPIRED;
            return () -> resolution.resolved(outcome, 0);
          }
          if (prepared == null) {
            return commits.appendFence(partition, id, () -> resolution.resolved(Outcome.ABORT, 0));
          }
          if (prepared.home() != partition.id) {
            // Who asks has no business here: neither to decide it nor to be told that it is
            // aborted.
            return () -> resolution.resolved(Outcome.EXPIRED, 0);
          }
          return commits.appendLearned(
              partition,
              prepared,
              new Decision(id, Outcome.ABORT, prepared.stamp(), List.of()),
              () -> resolution.resolved(Outcome.ABORT, 0));
        },
        null);
  }

  /**
   * Whether a damaged batch may have said how a transaction ended of which no end is known: then
   * nobody may say that it was aborted, nor see to it.
   *
   * @param prepared null: it is not prepared here
   */
  private boolean mayHaveLostOutcome(@Nullable Prepared prepared) {
    return prepared == null
        ? partition.doubt.exists()
        : prepared.home() == partition.id && partition.mayHaveLostDecision(prepared);
  }

  @Override
  public boolean mayHaveLostDecision(TransactionId id) {
    partition.commitLock.lock();
    try {
      Prepared prepared = partition.prepared.get(id);
      return prepared != null && partition.mayHaveLostDecision(prepared);
    } finally {
      partition.commitLock.unlock();
    }
  }

  @Override
  public void outcomeLost(TransactionId id) {
    commits.tellLater(
        partition,
        () -> {
          Prepared prepared = partition.prepared.get(id);
          boolean isNews = prepared != null && partition.lostOutcomes.add(prepared);
          return prepared != null && isNews ? () -> commits.toldLost(partition, prepared) : null;
        },
        null);
  }

  @Override
  public List<InDoubt> inDoubt() {
    partition.commitLock.lock();
    try {
      List<InDoubt> all = new ArrayList<>();
      for (Prepared prepared : partition.prepared.all()) {
        all.add(new InDoubt(prepared.id(), prepared.home(), prepared.stamp()));
      }
      all.sort(Comparator.comparingLong(InDoubt::stamp));
      return all;
    } finally {
      partition.commitLock.unlock();
    }
  }

  @Override
  public List<Unlearned> unlearned() {
    partition.commitLock.lock();
    try {
      List<Unlearned> all = new ArrayList<>();
      partition
          .outcomes
          .unlearned()
          .forEach(
              (id, participants) -> {
                // Prepared still: the decision is not settled, and may be lost with this owner.
                if (partition.prepared.get(id) == null) {
                  all.add(new Unlearned(id, participants));
                }
              });
      return all;
    } finally {
      partition.commitLock.unlock();
    }
  }

  /** Ends what is being done under the commit lock; nothing was written. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    final transient Refusal refusal;

    Refused(Refusal refusal) {
      super(refusal.message(), null, false, false);
      this.refusal = refusal;
    }
  }

  /** What is done under the commit lock; returns what is done after it, if anything. */
  interface Step {
    @Nullable Runnable run();
  }
}
