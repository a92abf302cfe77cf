package io.hotpot.store;

import io.hotpot.store.spi.Time;
import java.util.List;

/**
 * Takes snapshots of the whole store: chooses the stamp of each (a consistent cut, invariant 4),
 * and waits until all that it shall see is published.
 *
 * <p>Owns nothing: {@link Snapshots} registers those that are open. To choose a stamp it holds the
 * commit locks of all partitions, taken in the order of their numbers, for as long as it takes to
 * read and raise a number in each. Thread-safety: all methods from any thread that holds no commit
 * lock.
 */
final class SnapshotTaker {

  private final StoreState state;
  private final PartitionDirectory directory;
  private final StoreCodec codec;
  private final Snapshots open;
  private final GroupCommit groupCommit;
  private final Time time;
  private final Events events;

  SnapshotTaker(
      StoreState state,
      PartitionDirectory directory,
      StoreCodec codec,
      Snapshots open,
      GroupCommit groupCommit,
      Time time,
      Events events) {
    this.state = state;
    this.directory = directory;
    this.codec = codec;
    this.open = open;
    this.groupCommit = groupCommit;
    this.time = time;
    this.events = events;
  }

  Snapshot take() {
    state.checkOpen();
    long ticket = open.open();
    boolean taken = false;
    try {
      long stamp = cut();
      for (Partition partition : directory.all()) {
        InFlightCommit last = partition.publication.lastUpTo(stamp);
        if (last != null) {
          groupCommit.awaitEnd(last);
        }
      }
      open.stamped(ticket, stamp);
      events.snapshots.increment();
      taken = true;
      return new Snapshot(new LocalSnapshot(this, state, directory, ticket, stamp), codec);
    } finally {
      if (!taken) {
        open.close(ticket);
      }
    }
  }

  /**
   * Chooses a stamp between what has been committed and what will be. No commit may come in between
   * two partitions: one that follows another one could be below the stamp, and that one above.
   */
  private long cut() {
    Partition first = directory.catalogPartition();
    first.commitLock.lock();
    // A partition that is created from here on asks the catalog's for its floor, and waits.
    List<Partition> all = directory.all();
    all.forEach(partition -> partition.commitLock.lock());
    try {
      long floor = 0;
      for (Partition partition : all) {
        floor = Math.max(floor, partition.lastStamp());
      }
      long stamp = Stamp.after(floor, time.wallMs());
      all.forEach(partition -> partition.floor(stamp));
      return stamp;
    } finally {
      all.forEach(partition -> partition.commitLock.unlock());
      first.commitLock.unlock();
    }
  }

  /** Whether a snapshot was given up, because the room that it pinned was needed. */
  boolean isAbandoned(long ticket) {
    return open.isAbandoned(ticket);
  }

  /** Ends a snapshot: the slots of deleted objects that only it saw are free. */
  void close(long ticket) {
    open.close(ticket);
    directory.all().forEach(partition -> partition.slots.reclaimDeleted());
  }
}
