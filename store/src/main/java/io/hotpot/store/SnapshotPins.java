package io.hotpot.store;

import io.hotpot.store.spi.SnapshotId;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots over several nodes for which this node keeps versions in partitions that it owns.
 * One snapshot has one ticket here ({@link Snapshots}), for as long as any of the partitions needs
 * it.
 *
 * <p>A pin is <em>whole</em> if it was there before a version was replaced that the snapshot sees.
 * One that came later, because the partition has a new owner or is newer than the snapshot, keeps
 * what there still is: then what is not found was perhaps deleted since.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class SnapshotPins {

  /** In one partition: opened, and floored once its stamp is below the partition's bound. */
  record Pin(long ticket, boolean isWhole, boolean isFloored) {}

  private static final class Kept {
    final long ticket;
    final Map<Integer, Pin> byPartition = new TreeMap<>();

    Kept(long ticket) {
      this.ticket = ticket;
    }
  }

  private final Snapshots snapshots;
  private final Runnable reclaim;
  private final ReentrantLock lock = new ReentrantLock();
  private final TreeMap<SnapshotId, Kept> kept = new TreeMap<>();

  /**
   * @param reclaim frees what no snapshot sees any more
   */
  SnapshotPins(Snapshots snapshots, Runnable reclaim) {
    this.snapshots = snapshots;
    this.reclaim = reclaim;
  }

  /** Before the stamp is chosen: from here on nothing slips away that it will see. */
  void open(SnapshotId id, int partition) {
    lock.lock();
    try {
      pin(id, partition, true);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The stamp is chosen. Under the partition's commit lock.
   *
   * @param isWhole whether nothing above the stamp was committed yet
   */
  void stamped(SnapshotId id, int partition, long stamp, boolean isWhole) {
    lock.lock();
    try {
      snapshots.stamped(pin(id, partition, isWhole).ticket, stamp);
    } finally {
      lock.unlock();
    }
  }

  private Kept pin(SnapshotId id, int partition, boolean isWhole) {
    Kept found = kept.computeIfAbsent(id, i -> new Kept(snapshots.open()));
    found.byPartition.computeIfAbsent(partition, p -> new Pin(found.ticket, isWhole, false));
    return found;
  }

  /** Its stamp is below a bound that is settled: it may be read. */
  void floored(SnapshotId id, int partition) {
    lock.lock();
    try {
      Kept found = kept.get(id);
      if (found != null) {
        found.byPartition.computeIfPresent(
            partition, (p, pin) -> new Pin(pin.ticket, pin.isWhole, true));
      }
    } finally {
      lock.unlock();
    }
  }

  @Nullable Pin find(SnapshotId id, int partition) {
    lock.lock();
    try {
      Kept found = kept.get(id);
      return found == null ? null : found.byPartition.get(partition);
    } finally {
      lock.unlock();
    }
  }

  /** Whether it was given up, because the room that it pinned was needed. */
  boolean isAbandoned(Pin pin) {
    return snapshots.isAbandoned(pin.ticket);
  }

  /** The partition needs it no more, or is not this node's any more. */
  void close(int partition, Predicate<SnapshotId> which) {
    boolean isClosed = false;
    lock.lock();
    try {
      var each = kept.entrySet().iterator();
      while (each.hasNext()) {
        var entry = each.next();
        Kept found = entry.getValue();
        if (which.test(entry.getKey())
            && found.byPartition.remove(partition) != null
            && found.byPartition.isEmpty()) {
          each.remove();
          snapshots.close(found.ticket);
          isClosed = true;
        }
      }
    } finally {
      lock.unlock();
    }
    if (isClosed) {
      reclaim.run();
    }
  }

  int count() {
    lock.lock();
    try {
      return kept.size();
    } finally {
      lock.unlock();
    }
  }
}
