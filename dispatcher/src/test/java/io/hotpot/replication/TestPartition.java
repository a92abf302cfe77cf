package io.hotpot.replication;

import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.LockId;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnerSide;
import io.hotpot.store.spi.RecordPlace;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.SnapshotId;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Objects that are a number each: the stamp of their newest version. */
final class TestPartition implements OwnedPartition {

  /** Told of a commit that is settled. */
  interface Acknowledgement {
    void settled(long end, TestBatch batch);
  }

  private record Pending(
      long end, long object, long stamp, @Nullable Acknowledgement acknowledgement) {}

  private final TestLog log;
  private final int epoch;
  final OwnerSide side;
  private final Map<Long, Long> objects = new TreeMap<>();
  private final Deque<Pending> pending = new ArrayDeque<>();
  private final Set<Long> locked = new HashSet<>();
  private int releasing;
  private long releasableAt;
  private long lastStamp;
  private boolean isServed;
  private boolean isDeposed;

  TestPartition(TestLog log, int epoch, OwnerSide side) {
    this.log = log;
    this.epoch = epoch;
    this.side = side;
    for (TestLog.Placed placed : log.batches().values()) {
      TestBatch batch = placed.batch();
      if (batch.kind() == TestBatch.COMMIT) {
        objects.merge(batch.object(), batch.stamp(), Math::max);
        lastStamp = Math.max(lastStamp, batch.stamp());
      }
    }
  }

  boolean isServed() {
    return isServed && !isDeposed;
  }

  /**
   * @return the stamp; 0: it was not admitted
   */
  long commit(long object, int length, int copiesWanted, Acknowledgement acknowledgement) {
    if (!isServed()
        || locked.contains(object)
        || side.admit(copiesWanted) != OwnerSide.Admission.ADMITTED) {
      return 0;
    }
    locked.add(object);
    lastStamp++;
    long end = log.append(epoch, TestBatch.COMMIT, object, lastStamp, length, side);
    pending.add(new Pending(end, object, lastStamp, acknowledgement));
    return lastStamp;
  }

  /**
   * Writes what is still needed of the oldest chunk anew, and gives it back when that is settled.
   */
  void clean() {
    if (!isServed() || log.chunkCount() < 4 || releasing != 0 || !pending.isEmpty()) {
      return;
    }
    int oldest = log.oldestChunk();
    long end = log.tail();
    for (TestLog.Placed placed : List.copyOf(log.inChunk(oldest).values())) {
      TestBatch batch = placed.batch();
      if (batch.kind() == TestBatch.COMMIT
          && objects.getOrDefault(batch.object(), 0L) == batch.stamp()) {
        locked.add(batch.object());
        end = log.append(epoch, TestBatch.COMMIT, batch.object(), batch.stamp(), 36, side);
        pending.add(new Pending(end, batch.object(), batch.stamp(), null));
      }
    }
    releasing = oldest;
    releasableAt = end;
  }

  @Override
  public long publish() {
    if (isDeposed) {
      return Long.MAX_VALUE;
    }
    long to = Math.min(side.acknowledgedTo(), log.durableTo());
    while (!pending.isEmpty() && pending.getFirst().end() <= to) {
      Pending next = pending.removeFirst();
      objects.put(next.object(), next.stamp());
      locked.remove(next.object());
      if (next.acknowledgement() != null) {
        next.acknowledgement().settled(next.end(), log.batches().get(next.end()).batch());
      }
      side.unlocked(new long[] {next.object()});
    }
    if (releasing != 0 && releasableAt <= to) {
      log.release(releasing);
      side.released(releasing);
      releasing = 0;
    }
    return Long.MAX_VALUE;
  }

  @Override
  public int id() {
    return log.partition();
  }

  @Override
  public int epoch() {
    return epoch;
  }

  @Override
  public HeldLog log() {
    return log;
  }

  @Override
  public void serve() {
    isServed = true;
  }

  @Override
  public void stopServing() {
    isServed = false;
  }

  @Override
  public void depose() {
    isDeposed = true;
    log.deposed();
  }

  @Override
  public Fetched fetch(long objectId) {
    if (locked.contains(objectId)) {
      return new Fetched.Locked();
    }
    Long stamp = objects.get(objectId);
    return stamp == null
        ? new Fetched.Nothing()
        : new Fetched.Found(stamp, new byte[0], RecordPlace.UNKNOWN);
  }

  @Override
  public long lastStamp() {
    return lastStamp;
  }

  @Override
  public List<InDoubt> inDoubt() {
    return List.of();
  }

  @Override
  public List<Unlearned> unlearned() {
    return List.of();
  }

  private static UnsupportedOperationException notHere() {
    return new UnsupportedOperationException("the log's side does not use it");
  }

  @Override
  public long[] reserve(int count) {
    throw notHere();
  }

  @Override
  public void giveBack(long[] objectIds) {
    throw notHere();
  }

  @Override
  public void openSnapshot(SnapshotId snapshot, Settling settling) {
    throw notHere();
  }

  @Override
  public void floor(SnapshotId snapshot, long stamp, Settling settling) {
    throw notHere();
  }

  @Override
  public void readAt(SnapshotId snapshot, long stamp, long objectId, SnapshotReading reading) {
    throw notHere();
  }

  @Override
  public void closeSnapshot(SnapshotId snapshot) {
    throw notHere();
  }

  @Override
  public void retainSnapshots(int nodeId, int incarnation, Set<Long> numbers) {
    throw notHere();
  }

  @Override
  public void acquire(LockId lock, long[] objectIds, Runnable free) {
    throw notHere();
  }

  @Override
  public void share(LockId lock, long[] objectIds, Runnable free) {
    throw notHere();
  }

  @Override
  public void release(LockId lock, long[] objectIds) {
    throw notHere();
  }

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
    throw notHere();
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
    throw notHere();
  }

  @Override
  public void decide(TransactionId id, List<Integer> participants, Settling settling) {
    throw notHere();
  }

  @Override
  public void decided(TransactionId id, Outcome outcome, Settling settling) {
    throw notHere();
  }

  @Override
  public void learned(TransactionId id, int participant) {
    throw notHere();
  }

  @Override
  public void resolve(TransactionId id, Resolution resolution) {
    throw notHere();
  }

  @Override
  public boolean mayHaveLostDecision(TransactionId id) {
    throw notHere();
  }

  @Override
  public void outcomeLost(TransactionId id) {
    throw notHere();
  }
}
