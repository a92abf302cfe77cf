package io.hotpot.dispatcher;

import io.hotpot.dispatcher.SimLog.BoundEntry;
import io.hotpot.dispatcher.SimLog.CommitEntry;
import io.hotpot.dispatcher.SimLog.DecisionEntry;
import io.hotpot.dispatcher.SimLog.Entry;
import io.hotpot.dispatcher.SimLog.PrepareEntry;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.LockId;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.RecordPlace;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Refusal.Reason;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.SnapshotId;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A partition as its owner has it: built from the log, which outlives it. What it appends is
 * settled in order, after a drawn time and when the sharers have answered.
 */
final class SimPartition implements OwnedPartition {

  record Version(long stamp, byte[] payload) {}

  /** An entry that is not settled yet. */
  final class Pending {
    final TreeSet<Integer> sharers = new TreeSet<>();
    boolean isDurable;
    final Runnable whenSettled;

    Pending(Runnable whenSettled) {
      this.whenSettled = whenSettled;
    }
  }

  /** An outcome in the log, and who wants to know it when it is settled. */
  static final class Recorded {
    final Outcome outcome;
    final long stamp;
    boolean isSettled;
    final List<Resolution> waiting = new ArrayList<>();

    Recorded(Outcome outcome, long stamp) {
      this.outcome = outcome;
      this.stamp = stamp;
    }
  }

  final World world;
  final SimNode node;
  final SimLog log;
  final int epoch;
  final SimSharers sharers;
  final SimSnapshots snapshots = new SimSnapshots();
  boolean isDeposed;

  final Map<Long, Version> objects = new TreeMap<>();
  final Map<Long, TransactionId> exclusive = new TreeMap<>();

  /** What transactions have acquired. */
  final Map<Long, LockId> acquired = new TreeMap<>();

  /** What transactions that read have acquired together. */
  final Map<Long, TreeSet<LockId>> sharedLocks = new TreeMap<>();

  private final List<Runnable> waitingForUnlock = new ArrayList<>();
  final Map<Long, TreeSet<TransactionId>> shared = new TreeMap<>();
  final Map<TransactionId, PrepareEntry> prepared = new TreeMap<>();
  final TreeSet<TransactionId> voted = new TreeSet<>();
  final TreeMap<TransactionId, Recorded> outcomes = new TreeMap<>();
  final Map<TransactionId, TreeSet<Integer>> unlearned = new TreeMap<>();
  private final Map<Long, Long> settledBelow = new TreeMap<>();
  private final Deque<Pending> pending = new ArrayDeque<>();
  private long lastStamp;
  private int nextSlot = 1000;

  SimPartition(World world, SimNode node, SimLog log, int epoch) {
    this.world = world;
    this.node = node;
    this.log = log;
    this.epoch = epoch;
    this.sharers = new SimSharers(this);
    log.settled = log.entries.size();
    log.entries.forEach(this::replay);
    if (world.bug == Bug.FORGET_PREPARED) {
      for (PrepareEntry each : List.copyOf(prepared.values())) {
        unlock(prepared.remove(each.id()));
      }
    }
  }

  private void replay(Entry entry) {
    switch (entry) {
      case CommitEntry commit -> {
        lastStamp = Math.max(lastStamp, commit.stamp());
        apply(commit.stamp(), commit.writes());
        settledOutcome(commit.id(), Outcome.COMMIT, commit.stamp());
      }
      case PrepareEntry prepare -> {
        lastStamp = Math.max(lastStamp, prepare.stamp());
        prepared.put(prepare.id(), prepare);
        lock(prepare);
      }
      case DecisionEntry decision -> {
        PrepareEntry prepare = prepared.remove(decision.id());
        if (prepare != null) {
          unlock(prepare);
          if (decision.outcome() == Outcome.COMMIT) {
            apply(prepare.stamp(), prepare.writes());
            if (prepare.home() == id()) {
              unlearned.put(decision.id(), new TreeSet<>(decision.participants()));
            }
          }
        }
        settledOutcome(decision.id(), decision.outcome(), prepare == null ? 0 : prepare.stamp());
      }
      case BoundEntry bound -> lastStamp = Math.max(lastStamp, bound.bound());
    }
  }

  private void settledOutcome(TransactionId id, Outcome outcome, long stamp) {
    Recorded recorded = new Recorded(outcome, stamp);
    recorded.isSettled = true;
    outcomes.put(id, recorded);
  }

  /** After a promotion: what is undecided here was never committed by this home (10.6). */
  @Override
  public void serve() {
    for (PrepareEntry each : List.copyOf(prepared.values())) {
      if (each.home() == id()) {
        abort(each.id());
      }
    }
  }

  private void apply(long stamp, List<ObjectWrite> writes) {
    snapshots.applied(stamp, writes);
    for (ObjectWrite write : writes) {
      if (write.kind() == ObjectWrite.Kind.DELETE) {
        objects.remove(write.objectId());
      } else {
        objects.put(write.objectId(), new Version(stamp, write.payload()));
      }
    }
  }

  private void lock(PrepareEntry entry) {
    snapshots.locked(entry.writes(), entry.stamp());
    entry.writes().forEach(write -> exclusive.put(write.objectId(), entry.id()));
    entry
        .reads()
        .forEach(
            read -> shared.computeIfAbsent(read.objectId(), k -> new TreeSet<>()).add(entry.id()));
  }

  private void unlock(PrepareEntry entry) {
    entry.writes().forEach(write -> exclusive.remove(write.objectId(), entry.id()));
    for (ObjectRead read : entry.reads()) {
      TreeSet<TransactionId> holders = shared.get(read.objectId());
      if (holders != null) {
        holders.remove(entry.id());
        if (holders.isEmpty()) {
          shared.remove(read.objectId());
        }
      }
    }
    sharers.unlocked();
    List<Runnable> waiting = List.copyOf(waitingForUnlock);
    waitingForUnlock.clear();
    waiting.forEach(each -> world.after(0, each));
    snapshots.unlocked(entry.writes());
  }

  @Override
  public void acquire(LockId lock, long[] objectIds, Runnable free) {
    for (long id : objectIds) {
      LockId before = acquired.putIfAbsent(id, lock);
      if (before != null && world.bug == Bug.NONE) {
        throw new AssertionError(id + " is given to " + lock + " while held by " + before);
      }
    }
    whenFree(objectIds, true, free);
  }

  @Override
  public void share(LockId lock, long[] objectIds, Runnable free) {
    for (long id : objectIds) {
      if (acquired.containsKey(id) && world.bug == Bug.NONE) {
        throw new AssertionError(
            id + " is shared by " + lock + " while " + acquired.get(id) + " holds it");
      }
      sharedLocks.computeIfAbsent(id, k -> new TreeSet<>()).add(lock);
    }
    whenFree(objectIds, false, free);
  }

  private void whenFree(long[] objectIds, boolean ofReaders, Runnable free) {
    for (long id : objectIds) {
      if (exclusive.containsKey(id) || (ofReaders && shared.containsKey(id))) {
        waitingForUnlock.add(() -> whenFree(objectIds, ofReaders, free));
        return;
      }
    }
    free.run();
  }

  @Override
  public void release(LockId lock, long[] objectIds) {
    SimNode holder = world.nodes.get(lock.nodeId());
    boolean isDead =
        holder == null || holder.isDead || holder.self.incarnation() != lock.incarnation();
    if (world.bug == Bug.KEEP_LOCKS_OF_THE_DEAD && isDead) {
      return;
    }
    for (long id : objectIds) {
      acquired.remove(id, lock);
      sharedLocks.computeIfPresent(id, (k, all) -> all.remove(lock) && all.isEmpty() ? null : all);
    }
  }

  private void append(Entry entry, List<ObjectWrite> changed, Spared except, Runnable whenSettled) {
    if (isDeposed) {
      return; // the log is another one's
    }
    log.entries.add(entry);
    Pending made = new Pending(whenSettled);
    pending.add(made);
    sharers.invalidate(changed, except, made);
    // Now and then a replica does not answer for a while.
    boolean isSlow = world.hasSlowReplicas && world.random.nextInt(100) == 0;
    world.after(
        world.draw(100_000, isSlow ? 1_500_000_000 : 8_000_000),
        () -> {
          made.isDurable = true;
          publish();
        });
  }

  /** Settles what is durable and acknowledged, in the order of the log. */
  @Override
  public long publish() {
    while (!isDeposed
        && !node.isDead
        && !node.isIsolated
        && !pending.isEmpty()
        && pending.peek().isDurable
        && pending.peek().sharers.isEmpty()) {
      log.settled++;
      pending.poll().whenSettled.run();
    }
    return Long.MAX_VALUE;
  }

  Iterable<Pending> pending() {
    return pending;
  }

  private Refusal check(
      TransactionId id,
      long below,
      int copiesWanted,
      long lock,
      List<ObjectRead> reads,
      List<ObjectWrite> writes) {
    if (copiesWanted > world.inStep.getOrDefault(id(), copiesWanted)) {
      return new Refusal(Reason.NOT_ENOUGH_REPLICAS, 0, 0, "partition " + id() + " has too few");
    }
    long committer = ((long) id.nodeId() << 32) | id.incarnation();
    settledBelow.merge(committer, below, Math::max);
    outcomes
        .entrySet()
        .removeIf(
            each ->
                each.getKey().nodeId() == id.nodeId()
                    && each.getKey().incarnation() == id.incarnation()
                    && each.getKey().sequence() < below
                    && each.getValue().isSettled
                    && !unlearned.containsKey(each.getKey()));
    if (outcomes.containsKey(id) || id.sequence() < settledBelow.get(committer)) {
      return new Refusal(Reason.FENCED, 0, 0, id + " is fenced");
    }
    LockId holder = new LockId(id.nodeId(), id.incarnation(), lock);
    if (lock != 0
        && !acquired.containsValue(holder)
        && world.bug != Bug.COMMIT_WITHOUT_LOCK
        && world.bug != Bug.GRANT_WHILE_HELD) {
      return new Refusal(Reason.LOCK_LOST, 0, 0, holder + " is not held");
    }
    boolean isOurs =
        Stream.concat(
                reads.stream().map(ObjectRead::objectId),
                writes.stream().map(ObjectWrite::objectId))
            .anyMatch(
                each ->
                    holder.equals(acquired.get(each))
                        && (exclusive.containsKey(each) || shared.containsKey(each)));
    if (isOurs) {
      return new Refusal(Reason.BUSY, 0, 0, "the attempt before is being aborted");
    }
    for (ObjectRead read : reads) {
      Version version = objects.get(read.objectId());
      if (exclusive.containsKey(read.objectId())
          || (version == null ? 0 : version.stamp()) != read.stamp()) {
        return new Refusal(Reason.CONFLICT, read.objectId(), 0, "changed");
      }
    }
    for (ObjectWrite write : writes) {
      if (exclusive.containsKey(write.objectId()) || shared.containsKey(write.objectId())) {
        return new Refusal(Reason.CONFLICT, write.objectId(), 0, "locked");
      }
      if (sharedLocks.containsKey(write.objectId())) {
        return new Refusal(Reason.CONFLICT, write.objectId(), 0, "shared");
      }
      LockId keeper = acquired.get(write.objectId());
      if (keeper != null && !keeper.equals(holder) && world.bug != Bug.GRANT_WHILE_HELD) {
        return new Refusal(Reason.CONFLICT, write.objectId(), 0, "acquired");
      }
    }
    return null;
  }

  @Override
  public void commit(
      TransactionId id,
      long below,
      int copiesWanted,
      Spared committer,
      long lock,
      List<ObjectRead> reads,
      List<ObjectWrite> writes,
      Settling settling) {
    Refusal refusal = check(id, below, copiesWanted, lock, reads, writes);
    if (refusal != null) {
      settling.refused(refusal);
      return;
    }
    lastStamp = Math.max(lastStamp + 1, node.wallMs() << StampClock.COUNTER_BITS);
    long stamp = lastStamp;
    PrepareEntry entry = new PrepareEntry(id, id(), stamp, List.of(), writes);
    lock(entry);
    Recorded recorded = new Recorded(Outcome.COMMIT, stamp);
    outcomes.put(id, recorded);
    append(
        new CommitEntry(id, stamp, writes),
        writes,
        committer,
        () -> {
          apply(stamp, writes);
          unlock(entry);
          settle(id, recorded);
          settling.settled(stamp);
        });
  }

  @Override
  public void prepare(
      TransactionId id,
      long below,
      int copiesWanted,
      Spared committer,
      long lock,
      int home,
      long stamp,
      List<ObjectRead> reads,
      List<ObjectWrite> writes,
      Settling settling) {
    Refusal refusal =
        stamp <= lastStamp
            ? new Refusal(Reason.STAMP_TOO_LOW, 0, lastStamp, "too low")
            : check(id, below, copiesWanted, lock, reads, writes);
    if (refusal != null) {
      settling.refused(refusal);
      return;
    }
    LockId holder = new LockId(id.nodeId(), id.incarnation(), lock);
    for (ObjectRead read : reads) {
      LockId keeper = acquired.get(read.objectId());
      if (keeper != null && !keeper.equals(holder)) {
        settling.refused(new Refusal(Reason.CONFLICT, read.objectId(), 0, "acquired"));
        return;
      }
    }
    lastStamp = stamp;
    PrepareEntry entry = new PrepareEntry(id, home, stamp, reads, writes);
    prepared.put(id, entry);
    lock(entry);
    append(
        entry,
        writes,
        committer,
        () -> {
          if (prepared.containsKey(id)) {
            voted.add(id);
            settling.settled(stamp);
          } else {
            settling.refused(new Refusal(Reason.FENCED, 0, 0, id + " was aborted meanwhile"));
          }
        });
  }

  @Override
  public void decide(TransactionId id, List<Integer> participants, Settling settling) {
    Recorded known = outcomes.get(id);
    PrepareEntry entry = prepared.get(id);
    if (world.bug == Bug.DECIDE_TWICE && known != null && known.outcome == Outcome.ABORT) {
      world.told(id, Outcome.COMMIT);
      settling.settled(0);
    } else if (known != null || entry == null) {
      Recorded fence = known == null ? abort(id) : known;
      whenSettled(
          fence,
          (outcome, stamp) -> {
            if (outcome == Outcome.COMMIT) {
              settling.settled(stamp);
            } else {
              settling.refused(new Refusal(Reason.FENCED, 0, 0, id + " was aborted"));
            }
          });
    } else {
      Recorded recorded = new Recorded(Outcome.COMMIT, entry.stamp());
      outcomes.put(id, recorded);
      prepared.remove(id);
      append(
          new DecisionEntry(id, Outcome.COMMIT, participants),
          List.of(),
          Spared.NOBODY,
          () -> {
            apply(entry.stamp(), entry.writes());
            unlock(entry);
            if (!participants.isEmpty() && world.bug != Bug.FORGET_DECISION) {
              unlearned.put(id, new TreeSet<>(participants));
            }
            settle(id, recorded);
            settling.settled(entry.stamp());
          });
    }
  }

  @Override
  public void decided(TransactionId id, Outcome outcome, Settling settling) {
    PrepareEntry entry = prepared.remove(id);
    if (entry == null) {
      settling.settled(0);
      return;
    }
    world.told(id, outcome);
    Recorded recorded = new Recorded(outcome, entry.stamp());
    outcomes.put(id, recorded);
    if (outcome == Outcome.COMMIT) {
      if (!voted.contains(id) && log.entries.indexOf(entry) >= log.settled) {
        throw new AssertionError(id + " is committed before partition " + id() + " voted");
      }
      apply(entry.stamp(), entry.writes());
    }
    unlock(entry);
    append(
        new DecisionEntry(id, outcome, List.of()),
        List.of(),
        Spared.NOBODY,
        () -> {
          settle(id, recorded);
          settling.settled(entry.stamp());
        });
  }

  private void settle(TransactionId id, Recorded recorded) {
    recorded.isSettled = true;
    world.told(id, recorded.outcome);
    List<Resolution> waiting = List.copyOf(recorded.waiting);
    recorded.waiting.clear();
    waiting.forEach(each -> each.resolved(recorded.outcome, recorded.stamp));
  }

  private void whenSettled(Recorded recorded, Resolution resolution) {
    if (recorded.isSettled) {
      resolution.resolved(recorded.outcome, recorded.stamp);
    } else {
      recorded.waiting.add(resolution);
    }
  }

  private Recorded abort(TransactionId id) {
    PrepareEntry entry = prepared.remove(id);
    if (entry != null) {
      unlock(entry);
    }
    Recorded recorded = new Recorded(Outcome.ABORT, 0);
    outcomes.put(id, recorded);
    append(
        new DecisionEntry(id, Outcome.ABORT, List.of()),
        List.of(),
        Spared.NOBODY,
        () -> settle(id, recorded));
    return recorded;
  }

  @Override
  public void learned(TransactionId id, int participant) {
    TreeSet<Integer> missing = unlearned.get(id);
    if (missing != null) {
      missing.remove(participant);
      if (missing.isEmpty()) {
        unlearned.remove(id);
      }
    }
  }

  @Override
  public void resolve(TransactionId id, Resolution resolution) {
    Recorded known = outcomes.get(id);
    long below = settledBelow.getOrDefault(((long) id.nodeId() << 32) | id.incarnation(), 0L);
    if (known != null) {
      whenSettled(known, resolution);
    } else if (world.bug == Bug.RESOLVE_WITHOUT_FENCE) {
      resolution.resolved(Outcome.ABORT, 0);
    } else if (id.sequence() < below && !prepared.containsKey(id)) {
      resolution.resolved(Outcome.EXPIRED, 0);
    } else {
      whenSettled(abort(id), resolution);
    }
  }

  @Override
  public boolean mayHaveLostDecision(TransactionId id) {
    return false;
  }

  @Override
  public void outcomeLost(TransactionId id) {
    throw new UnsupportedOperationException("nothing rots here");
  }

  @Override
  public Fetched fetch(long objectId) {
    if (exclusive.containsKey(objectId)) {
      return new Fetched.Locked();
    }
    Version version = objects.get(objectId);
    return version == null
        ? new Fetched.Nothing()
        : new Fetched.Found(version.stamp(), version.payload(), RecordPlace.UNKNOWN);
  }

  @Override
  public List<InDoubt> inDoubt() {
    return prepared.values().stream()
        .map(each -> new InDoubt(each.id(), each.home(), each.stamp()))
        .toList();
  }

  @Override
  public List<Unlearned> unlearned() {
    return unlearned.entrySet().stream()
        .map(each -> new Unlearned(each.getKey(), List.copyOf(each.getValue())))
        .toList();
  }

  @Override
  public void depose() {
    isDeposed = true;
  }

  @Override
  public long[] reserve(int count) {
    long[] ids = new long[count];
    for (int i = 0; i < count; i++) {
      ids[i] = World.objectId(id(), nextSlot++);
    }
    return ids;
  }

  final TreeSet<Long> givenBack = new TreeSet<>();

  @Override
  public void giveBack(long[] objectIds) {
    for (long objectId : objectIds) {
      if (!givenBack.add(objectId) || objects.containsKey(objectId)) {
        throw new AssertionError("slot given back twice or in use: " + objectId);
      }
    }
  }

  @Override
  public int id() {
    return log.partition;
  }

  @Override
  public int epoch() {
    return epoch;
  }

  @Override
  public HeldLog log() {
    throw new UnsupportedOperationException("not of this cluster");
  }

  @Override
  public void stopServing() {}

  @Override
  public long lastStamp() {
    return lastStamp;
  }

  @Override
  public void openSnapshot(SnapshotId snapshot, Settling settling) {
    snapshots.pinned.add(snapshot);
    settling.settled(lastStamp);
  }

  @Override
  public void floor(SnapshotId snapshot, long stamp, Settling settling) {
    snapshots.pinned.add(snapshot);
    lastStamp = Math.max(lastStamp, stamp);
    append(
        new BoundEntry(new TransactionId(0, 0, 0), stamp + 1),
        List.of(),
        Spared.NOBODY,
        () -> settling.settled(stamp));
  }

  @Override
  public void readAt(SnapshotId snapshot, long stamp, long objectId, SnapshotReading reading) {
    if (snapshots.pinned.contains(snapshot)) {
      snapshots.read(stamp, objectId, reading);
    } else {
      floor(
          snapshot,
          stamp,
          new Settling() {
            @Override
            public void settled(long settled) {
              snapshots.read(stamp, objectId, reading);
            }

            @Override
            public void refused(Refusal refusal) {
              reading.refused(refusal);
            }
          });
    }
  }

  @Override
  public void closeSnapshot(SnapshotId snapshot) {
    snapshots.pinned.remove(snapshot);
  }

  @Override
  public void retainSnapshots(int nodeId, int incarnation, Set<Long> numbers) {
    snapshots.pinned.removeIf(
        id ->
            id.nodeId() == nodeId
                && id.incarnation() == incarnation
                && !numbers.contains(id.number()));
  }
}
