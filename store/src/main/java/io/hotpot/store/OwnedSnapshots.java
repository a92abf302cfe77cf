package io.hotpot.store;

import io.hotpot.store.spi.OwnedPartition.AtStamp;
import io.hotpot.store.spi.OwnedPartition.SnapshotReading;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.SnapshotId;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What an owned partition does for snapshots over several nodes (PROTOCOL 14): says its last stamp,
 * stays above the one that was chosen, keeps what is seen at it, and reads it.
 *
 * <p>Thread-safety: all methods from any thread that holds no commit lock.
 */
final class OwnedSnapshots {

  private final OwnedCommits commits;
  private final SnapshotPins pins;
  private final Events events;

  OwnedSnapshots(OwnedCommits commits, SnapshotPins pins, Events events) {
    this.commits = commits;
    this.pins = pins;
    this.events = events;
  }

  void open(Partition partition, SnapshotId id, Settling settling) {
    commits.tellLater(
        partition,
        () -> {
          OwnedCommits.checkServed(partition);
          pins.open(id, partition.id);
          long last = partition.lastStamp();
          return () -> settling.settled(last);
        },
        settling);
  }

  void floor(Partition partition, SnapshotId id, long stamp, Settling settling) {
    commits.tellLater(
        partition,
        () -> {
          OwnedCommits.checkServed(partition);
          pins.stamped(id, partition.id, stamp, partition.lastStamp() <= stamp);
          partition.floor(stamp);
          return whenBound(
              partition,
              stamp,
              () -> {
                pins.floored(id, partition.id);
                settling.settled(stamp);
              });
        },
        settling);
  }

  /** Tells when a bound above the stamp is settled. Under the commit lock. */
  private @Nullable Runnable whenBound(Partition partition, long stamp, Runnable told) {
    if (partition.bound.coversForGood(stamp)) {
      return told;
    }
    if (!partition.bound.covers(stamp)) {
      commits.checkAdmitted(partition, 0);
      appendBound(partition, SnapshotBound.mark(stamp));
    }
    return commits.whenSettled(partition, partition.bound.end(), told);
  }

  private void appendBound(Partition partition, byte[] mark) {
    long bound = Bytes.getLong(mark, BatchFormat.HEADER_BYTES);
    partition.log.reserve(mark.length, ChunkPool.Purpose.RELIEF);
    long begin =
        partition.log.append(
            mark, mark.length, BatchFormat.MARK, BatchFormat.BOUND, 0, partition.lastStamp());
    events.appendedBytes.add(mark.length);
    partition.bound.raise(bound, begin + mark.length);
    commits.tellWhenSettled(
        partition, begin, begin + mark.length, () -> partition.bound.settled(bound));
  }

  // ---- reading

  void readAt(
      Partition partition, SnapshotId id, long stamp, long objectId, SnapshotReading reading) {
    SnapshotPins.Pin pin = pins.find(id, partition.id);
    if (pin == null || !pin.isFloored()) {
      floor(
          partition, id, stamp, then(() -> look(partition, id, stamp, objectId, reading), reading));
    } else {
      look(partition, id, stamp, objectId, reading);
    }
  }

  private static Settling then(Runnable next, SnapshotReading reading) {
    return new Settling() {
      @Override
      public void settled(long stamp) {
        next.run();
      }

      @Override
      public void refused(Refusal refusal) {
        reading.refused(refusal);
      }
    };
  }

  private void look(
      Partition partition, SnapshotId id, long stamp, long objectId, SnapshotReading reading) {
    AtStamp found;
    try {
      if (waits(partition, id, stamp, objectId, reading)) {
        return;
      }
      SnapshotReader.Place place =
          SnapshotReader.place(partition, objectId, stamp, new PinnedView(partition.id, id));
      found = place == null ? new AtStamp.Nothing() : seen(partition, objectId, place);
    } catch (SnapshotTooOld e) {
      found = new AtStamp.TooOld(String.valueOf(e.getMessage()));
    } catch (CorruptException e) {
      found = new AtStamp.Unreadable(String.valueOf(e.getMessage()));
    }
    if (partition.isServed()) {
      reading.seen(found);
    } else {
      reading.refused(
          new Refusal(
              Refusal.Reason.NOT_OWNER,
              0,
              0,
              "partition " + partition.id + " is not served by this node"));
    }
  }

  private static AtStamp seen(Partition partition, long objectId, SnapshotReader.Place place) {
    byte[] record = place.record();
    if (RecordFormat.isDeleted(Bytes.getLong(record, 0))) {
      return new AtStamp.Nothing();
    }
    partition.doubt.throwIfMayBeOutdated(objectId, place.address());
    return new AtStamp.Found(
        Bytes.getLong(record, 8),
        Arrays.copyOfRange(record, RecordFormat.HEADER_BYTES, record.length));
  }

  /** Whether the object is locked by a transaction that the snapshot sees, if it commits. */
  private boolean waits(
      Partition partition, SnapshotId id, long stamp, long objectId, SnapshotReading reading) {
    int slot = ObjectId.slot(objectId);
    if (!HandleWord.isLocked(partition.table.get(slot))) {
      return false;
    }
    partition.commitLock.lock();
    try {
      boolean isLocked =
          partition.isServed()
              && HandleWord.isLocked(partition.table.get(slot))
              && partition.lockedAt(objectId) <= stamp;
      if (isLocked) {
        partition.lostOutcomes.throwIfWrites(objectId);
        partition.lockedReads.add(objectId, () -> look(partition, id, stamp, objectId, reading));
      }
      return isLocked;
    } finally {
      partition.commitLock.unlock();
    }
  }

  /** What is kept for one snapshot in one partition. */
  private final class PinnedView implements SnapshotReader.Kept {
    private final int partition;
    private final SnapshotId id;

    PinnedView(int partition, SnapshotId id) {
      this.partition = partition;
      this.id = id;
    }

    @Override
    public void check() {
      pin();
    }

    @Override
    public void checkNothingIsGone() {
      if (!pin().isWhole()) {
        throw new SnapshotTooOld(
            "partition "
                + partition
                + " has another owner since the snapshot was opened, and what the snapshot saw of this object may"
                + " be gone; open another one");
      }
    }

    private SnapshotPins.Pin pin() {
      SnapshotPins.Pin pin = pins.find(id, partition);
      if (pin == null) {
        throw new SnapshotTooOld("the snapshot was closed");
      }
      if (pins.isAbandoned(pin)) {
        throw new SnapshotTooOld(
            "the heap of partition "
                + partition
                + "'s owner ran out of room and what the snapshot could see was given up; open another one, and close"
                + " snapshots sooner or give the heap more room");
      }
      return pin;
    }
  }

  // ---- closing

  void close(Partition partition, Predicate<SnapshotId> which) {
    pins.close(partition.id, which);
  }
}
