package io.hotpot.store;

import java.util.Optional;

/**
 * A snapshot of a store that stands alone.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class LocalSnapshot implements SnapshotSource {

  private final SnapshotTaker taker;
  private final StoreState state;
  private final PartitionDirectory directory;
  private final long ticket;
  private final long stamp;

  LocalSnapshot(
      SnapshotTaker taker,
      StoreState state,
      PartitionDirectory directory,
      long ticket,
      long stamp) {
    this.taker = taker;
    this.state = state;
    this.directory = directory;
    this.ticket = ticket;
    this.stamp = stamp;
  }

  @Override
  public long stamp() {
    return stamp;
  }

  @Override
  public Optional<Version> version(long objectId) {
    checkUsable();
    boolean isRoots = ObjectId.slot(objectId) == Partition.ROOTS_SLOT;
    Partition named = directory.partitionOrNull(ObjectId.partition(objectId));
    Partition partition = isRoots && named != null ? named : directory.partitionOf(objectId);
    return SnapshotReader.find(partition, objectId, stamp, () -> checkStillThere(partition));
  }

  @Override
  public Optional<Long> rootsOf(Dataset dataset) {
    return Optional.of(ObjectId.pack(directory.partitionOf(dataset).id, 0, Partition.ROOTS_SLOT));
  }

  private void checkStillThere(Partition partition) {
    checkUsable();
    if (directory.partitionOrNull(partition.id) != partition) {
      state.checkOpen();
      throw new ObjectNotFound("the dataset of partition " + partition.id + " was dropped");
    }
  }

  private void checkUsable() {
    if (taker.isAbandoned(ticket)) {
      throw new SnapshotTooOld(
          "the heap ran out of room and what the snapshot could see was given up; open another one, and close"
              + " snapshots sooner or give the heap more room");
    }
  }

  @Override
  public void close() {
    taker.close(ticket);
  }
}
