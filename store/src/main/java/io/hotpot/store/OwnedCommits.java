package io.hotpot.store;

import io.hotpot.store.OwnedLog.Refused;
import io.hotpot.store.PrepareFormat.Decision;
import io.hotpot.store.PreparedTable.Prepared;
import io.hotpot.store.spi.LockId;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnerSide;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.Time;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The steps of transactions in an owned partition: validate, lock, append, and what happens when
 * that is settled.
 *
 * <p>Thread-safety: no state of its own; under the partition's commit lock, except where a method
 * says that it takes it.
 */
final class OwnedCommits {

  private final GroupCommit groupCommit;
  private final Time time;
  private final Durability durability;
  private final Events events;

  OwnedCommits(GroupCommit groupCommit, Time time, Durability durability, Events events) {
    this.groupCommit = groupCommit;
    this.time = time;
    this.durability = durability;
    this.events = events;
  }

  /**
   * Runs a step under the commit lock, and what it returns afterwards.
   *
   * @param settling told where the step refuses; null: it does not
   */
  void tellLater(Partition partition, OwnedLog.Step step, @Nullable Settling settling) {
    Runnable after;
    partition.commitLock.lock();
    try {
      groupCommit.checkTakesCommits();
      after = step.run();
    } catch (Refused e) {
      after = settling == null ? null : () -> settling.refused(e.refusal);
    } catch (Conflict e) {
      after = refusal(settling, Refusal.Reason.CONFLICT, e.objectId, "it has changed or is locked");
    } catch (ObjectNotFound e) {
      after = refusal(settling, Refusal.Reason.NOT_FOUND, 0, e.getMessage());
    } catch (HeapFull e) {
      after = refusal(settling, Refusal.Reason.HEAP_FULL, 0, e.getMessage());
    } catch (CorruptException e) {
      after = refusal(settling, Refusal.Reason.UNREADABLE, 0, e.getMessage());
    } catch (HotpotException e) {
      after = refusal(settling, Refusal.Reason.REFUSED, 0, e.getMessage());
    } finally {
      partition.commitLock.unlock();
    }
    if (after != null) {
      after.run();
    }
    if (durability != Durability.POWER) {
      // Nobody flushes for it; what others must say comes with publish().
      partition.publication.publishSettled();
    }
  }

  private static @Nullable Runnable refusal(
      @Nullable Settling settling, Refusal.Reason reason, long objectId, @Nullable String message) {
    return settling == null
        ? null
        : () -> settling.refused(new Refusal(reason, objectId, 0, String.valueOf(message)));
  }

  /** Wakes threads that wait for what was published. Takes no commit lock. */
  void published() {
    groupCommit.wakeDone();
  }

  // ---- before anything is written

  void checkMayCommit(Partition partition, TransactionId id, int copiesWanted) {
    if (partition.outcomes.isBelowSettled(id)) {
      throw new Refused(new Refusal(Refusal.Reason.FENCED, 0, 0, "transaction " + id + " is over"));
    }
    checkAdmitted(partition, copiesWanted);
  }

  /** Whether something may be appended now. */
  void checkAdmitted(Partition partition, int copiesWanted) {
    checkServed(partition);
    switch (partition.others().admit(copiesWanted)) {
      case ADMITTED -> {}
      case WINDOW_FULL ->
          throw new Refused(
              new Refusal(
                  Refusal.Reason.BUSY, 0, 0, "too much is on the way to the replicas already"));
      case NOT_ENOUGH_REPLICAS ->
          throw new Refused(
              new Refusal(
                  Refusal.Reason.NOT_ENOUGH_REPLICAS,
                  0,
                  0,
                  "partition "
                      + partition.id
                      + " has fewer copies in step than a commit needs; nothing was written"));
      case NOT_SERVED -> throw notServed(partition);
    }
  }

  static void checkServed(Partition partition) {
    if (!partition.isServed()) {
      throw notServed(partition);
    }
  }

  private static Refused notServed(Partition partition) {
    return new Refused(
        new Refusal(
            Refusal.Reason.NOT_OWNER,
            0,
            0,
            "partition " + partition.id + " is not served by this node"));
  }

  /**
   * The holder of what a transaction has acquired here.
   *
   * @param lock its number; 0: it has acquired nothing, and the answer is null
   */
  @Nullable LockId holder(
      Partition partition,
      TransactionId id,
      long lock,
      List<ObjectRead> reads,
      List<ObjectWrite> writes) {
    if (lock == 0) {
      return null;
    }
    LockId holder = new LockId(id.nodeId(), id.incarnation(), lock);
    if (!partition.acquired.isHolder(holder)) {
      throw new Refused(
          new Refusal(
              Refusal.Reason.LOCK_LOST,
              0,
              0,
              "partition " + partition.id + " keeps nothing for " + holder + " any more"));
    }
    reads.forEach(read -> checkNotOurs(partition, holder, read.objectId()));
    writes.forEach(write -> checkNotOurs(partition, holder, write.objectId()));
    return holder;
  }

  /**
   * What is acquired, and locked all the same, is locked by an attempt of the same commit, whose
   * abort is under way (PROTOCOL 8.2.3).
   */
  private static void checkNotOurs(Partition partition, LockId holder, long objectId) {
    if (partition.acquired.isHeldBy(objectId, holder) && isLocked(partition, objectId)) {
      throw new Refused(
          new Refusal(
              Refusal.Reason.BUSY, objectId, 0, "the attempt before this one is being aborted"));
    }
  }

  /** Whether a commit under way or a prepared transaction writes or has read it. */
  static boolean isLocked(Partition partition, long objectId) {
    return isBeingWritten(partition, objectId) || partition.prepared.isReadLocked(objectId);
  }

  /** Whether a commit under way or a prepared transaction writes it. */
  static boolean isBeingWritten(Partition partition, long objectId) {
    return HandleWord.isLocked(partition.table.get(ObjectId.slot(objectId)));
  }

  /** By object and stamp; what another one has locked exclusively counts as changed. */
  void validate(Partition partition, List<ObjectRead> reads) {
    for (ObjectRead read : reads) {
      checkIsOf(partition, read.objectId());
      long word = partition.table.get(ObjectId.slot(read.objectId()));
      if (HandleWord.isLocked(word) || !isCurrent(partition, read, word)) {
        throw new Conflict(read.objectId());
      }
    }
  }

  /**
   * What another one has acquired cannot be locked for reading: its holder's commit must not fail
   * for that.
   */
  void checkNotAcquired(Partition partition, @Nullable LockId holder, List<ObjectRead> reads) {
    for (ObjectRead read : reads) {
      if (partition.acquired.isHeldByOther(read.objectId(), holder)) {
        throw new Conflict(read.objectId());
      }
    }
  }

  private static boolean isCurrent(Partition partition, ObjectRead read, long word) {
    if (!HandleWord.isReadable(word)) {
      return read.stamp() == 0;
    }
    long address = HandleWord.address(word);
    boolean isSame =
        RecordFormat.identity(partition.records.identityWord(address))
            == ObjectId.identity(read.objectId());
    return isSame ? partition.records.stampAt(address) == read.stamp() : read.stamp() == 0;
  }

  /**
   * What is to be written, if all of it can be: each object is there, or reserved, and nobody else
   * holds it.
   *
   * @param holder of the exclusive locks that are its own; null: none are
   */
  WriteSet lockable(Partition partition, @Nullable LockId holder, List<ObjectWrite> writes) {
    WriteSet set = new WriteSet();
    for (ObjectWrite write : writes) {
      checkIsOf(partition, write.objectId());
      if (set.find(write.objectId()) != null) {
        throw refused(write.objectId(), "is written twice by one transaction");
      }
      Write w = new Write(partition, write.objectId(), kind(write.kind()), write.payload(), null);
      check(partition, holder, w);
      set.add(w);
    }
    return set;
  }

  /** The slot of another partition's object says nothing here. */
  private static void checkIsOf(Partition partition, long objectId) {
    if (ObjectId.partition(objectId) != partition.id) {
      throw refused(objectId, "is not of partition " + partition.id + ", which was asked");
    }
  }

  private static Refused refused(long objectId, String why) {
    return new Refused(
        new Refusal(Refusal.Reason.REFUSED, objectId, 0, Ref.text(objectId) + " " + why));
  }

  private static Write.Kind kind(ObjectWrite.Kind kind) {
    return switch (kind) {
      case INSERT -> Write.Kind.INSERT;
      case UPDATE -> Write.Kind.UPDATE;
      case DELETE -> Write.Kind.DELETE;
    };
  }

  private static void check(Partition partition, @Nullable LockId holder, Write write) {
    partition.checkTakesWrites();
    partition.lostOutcomes.throwIfWrites(write.objectId);
    long word = partition.table.get(write.slot());
    if (HandleWord.isLocked(word)
        || partition.prepared.isReadLocked(write.objectId)
        || partition.acquired.isHeldByOther(write.objectId, holder)
        || partition.acquired.isShared(write.objectId)) {
      throw new Conflict(write.objectId);
    }
    if (write.kind == Write.Kind.INSERT) {
      if (HandleWord.tag(word) != HandleWord.RESERVED
          || HandleWord.generation(word) != ObjectId.generation(write.objectId)) {
        throw new Conflict(write.objectId);
      }
      write.oldAddress = 0;
    } else if (!HandleWord.isReadable(word) || !partition.records.noteReplaced(write, word)) {
      throw RecordReader.notFound(write.objectId);
    }
  }

  // ---- appending

  private static long[] ids(WriteSet writes) {
    long[] ids = new long[writes.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = writes.get(i).objectId;
    }
    return ids;
  }

  /** Whoever waits for objects to be unlocked looks again; without the commit lock. */
  private static void unlocked(Partition partition, OwnerSide others, long[] ids) {
    others.unlocked(ids);
    partition.lockedReads.unlocked(ids);
  }

  /** The same, for what a prepared transaction has written and read. */
  private static void unlocked(Partition partition, OwnerSide others, Prepared prepared) {
    unlocked(partition, others, ids(prepared.writes()));
    partition.lockedReads.unlocked(
        prepared.reads().stream().mapToLong(ObjectRead::objectId).toArray());
  }

  /** Whoever waits for what a prepared transaction locks is told that its outcome is lost. */
  void toldLost(Partition partition, Prepared prepared) {
    unlocked(partition, partition.others(), prepared);
  }

  @Nullable Runnable appendCommit(
      Partition partition, TransactionId id, Spared committer, WriteSet writes, Settling settling) {
    BatchWriter.Preamble preamble = PrepareFormat.commit(id);
    BatchWriter.checkRoom(partition, writes, preamble);
    long stamp = Stamp.after(partition.lastStamp(), time.wallMs());
    partition.lastStamp(stamp);
    writes.lock(HandleWord.PENDING);
    long[] ids = ids(writes);
    long begin = partition.log.tail();
    long end = append(partition, preamble, writes, stamp, ids, committer);
    partition.outcomes.add(id, new OutcomeTable.Ended(Outcome.COMMIT, stamp, end));
    OwnerSide others = partition.others();
    enqueue(
        partition,
        new InFlightCommit(
            stamp,
            List.of(new InFlightCommit.Part(partition, writes, begin, end)),
            null,
            () -> {
              events.commits.increment();
              unlocked(partition, others, ids);
              settling.settled(stamp);
            }));
    return null;
  }

  private long append(
      Partition partition,
      BatchWriter.Preamble preamble,
      WriteSet writes,
      long stamp,
      long[] changed,
      Spared committer) {
    partition.changing(changed, committer);
    try {
      return BatchWriter.appendBehind(preamble, partition, writes, stamp, events);
    } catch (RuntimeException | Error e) {
      // Others may have been told of a part of it: nobody knows any more what they hold.
      groupCommit.fail(e);
      throw e;
    } finally {
      partition.changing(new long[0], Spared.NOBODY);
    }
  }

  private void enqueue(Partition partition, InFlightCommit commit) {
    if (durability != Durability.POWER) {
      commit.durable();
    }
    partition.publication.enqueue(commit);
  }

  @Nullable Runnable appendPrepare(
      Partition partition,
      TransactionId id,
      Spared committer,
      int home,
      long stamp,
      List<ObjectRead> reads,
      WriteSet writes,
      Settling settling) {
    List<ObjectRead> locks = new ArrayList<>();
    for (ObjectRead read : reads) {
      if (writes.find(read.objectId()) == null) {
        locks.add(read);
      }
    }
    BatchWriter.Preamble preamble = PrepareFormat.prepare(id, home, locks);
    BatchWriter.checkRoom(partition, writes, preamble);
    partition.lastStamp(stamp);
    writes.lock(HandleWord.PREPARED);
    long begin = partition.log.tail();
    long end = append(partition, preamble, writes, stamp, ids(writes), committer);
    partition.prepared.add(new Prepared(id, home, stamp, locks, writes, begin, end));
    enqueue(
        partition,
        new InFlightCommit(
            stamp,
            List.of(new InFlightCommit.Part(partition, new WriteSet(), begin, end)),
            () -> {},
            () -> settling.settled(stamp)));
    return null;
  }

  /** The home's decision to commit: it is visible here once it is settled. */
  @Nullable Runnable appendDecision(
      Partition partition, Prepared prepared, Decision decision, Runnable told) {
    long begin = partition.log.tail();
    long end = appendBare(partition, decision);
    partition.outcomes.add(
        decision.id(), new OutcomeTable.Ended(decision.outcome(), decision.stamp(), end));
    partition.outcomes.mustLearn(decision.id(), decision.participants());
    partition.outcomes.decidedPrepare(decision.id(), decision.outcome(), prepared.beginAddress());
    OwnerSide others = partition.others();
    enqueue(
        partition,
        new InFlightCommit(
            decision.stamp(),
            List.of(new InFlightCommit.Part(partition, new WriteSet(), begin, end)),
            () -> {
              if (partition.prepared.remove(decision.id()) != null) {
                partition.publishLate(prepared.writes(), decision.stamp());
              }
            },
            () -> {
              events.commits.increment();
              unlocked(partition, others, prepared);
              told.run();
            }));
    return null;
  }

  /**
   * A decision that is settled elsewhere, or one to abort: it takes effect here at once.
   *
   * @param told when this record of it is settled
   */
  Runnable appendLearned(Partition partition, Prepared prepared, Decision decision, Runnable told) {
    long begin = partition.log.tail();
    long end = appendBare(partition, decision);
    partition.outcomes.add(
        decision.id(), new OutcomeTable.Ended(decision.outcome(), decision.stamp(), end));
    partition.outcomes.decidedPrepare(decision.id(), decision.outcome(), prepared.beginAddress());
    partition.prepared.remove(decision.id());
    partition.lostOutcomes.remove(prepared);
    if (decision.outcome() == Outcome.COMMIT) {
      partition.publishLate(prepared.writes(), decision.stamp());
    } else {
      prepared.writes().unlock();
    }
    tellWhenSettled(partition, begin, end, told);
    OwnerSide others = partition.others();
    return () -> unlocked(partition, others, prepared);
  }

  /** Records that a transaction of which nothing is known shall never commit. */
  @Nullable Runnable appendFence(Partition partition, TransactionId id, Runnable told) {
    long begin = partition.log.tail();
    long end = appendBare(partition, new Decision(id, Outcome.ABORT, 0, List.of()));
    partition.outcomes.add(id, new OutcomeTable.Ended(Outcome.ABORT, 0, end));
    tellWhenSettled(partition, begin, end, told);
    return null;
  }

  private long appendBare(Partition partition, Decision decision) {
    BatchWriter.Preamble preamble = PrepareFormat.decision(decision);
    WriteSet nothing = new WriteSet();
    BatchWriter.checkRoom(partition, nothing, preamble);
    return append(partition, preamble, nothing, partition.lastStamp(), new long[0], Spared.NOBODY);
  }

  void tellWhenSettled(Partition partition, long begin, long end, Runnable told) {
    enqueue(partition, telling(partition, begin, end, told));
  }

  private static InFlightCommit telling(Partition partition, long begin, long end, Runnable told) {
    return new InFlightCommit(
        partition.lastStamp(),
        List.of(new InFlightCommit.Part(partition, new WriteSet(), begin, end)),
        () -> {},
        told);
  }

  /**
   * Tells somebody when everything below an address is settled: at once, if it is.
   *
   * <p>It writes nothing, and nobody flushes for it: it has only to come after what is in flight.
   */
  @Nullable Runnable whenSettled(Partition partition, long end, Runnable told) {
    if (!partition.publication.hasInFlight()) {
      return told;
    }
    long last = partition.publication.lastEnd();
    InFlightCommit nothing = telling(partition, last, Math.max(end, last), told);
    nothing.durable();
    partition.publication.enqueue(nothing);
    return null;
  }

  /** Says when it is settled that a transaction ended so, as it is recorded here already. */
  @Nullable Runnable confirm(
      Partition partition,
      TransactionId id,
      OutcomeTable.Ended known,
      Outcome outcome,
      Settling settling) {
    if (known.outcome() != outcome) {
      throw new Refused(
          new Refusal(
              Refusal.Reason.REFUSED,
              0,
              0,
              "transaction "
                  + id
                  + " ended with "
                  + known.outcome()
                  + " in partition "
                  + partition.id
                  + ", not with "
                  + outcome));
    }
    return whenSettled(partition, known.end(), () -> settling.settled(0));
  }

  @Nullable Runnable answerKnown(Partition partition, OutcomeTable.Ended known, Settling settling) {
    return whenSettled(
        partition,
        known.end(),
        () -> {
          if (known.outcome() == Outcome.COMMIT) {
            settling.settled(known.stamp());
          } else {
            settling.refused(
                new Refusal(Refusal.Reason.FENCED, 0, 0, "the transaction was aborted"));
          }
        });
  }
}
