package io.hotpot.store;

import java.util.Map;
import java.util.Optional;

/**
 * The whole store as it was at one moment: everything acknowledged before the snapshot was opened,
 * nothing of later commits. Writers do not wait for it. It keeps old versions alive until it is
 * closed; when the heap runs out of room, the oldest snapshot is given up first, and its reads are
 * {@link SnapshotTooOld}.
 *
 * <p>Thread-safety: all methods from any thread.
 */
public final class Snapshot implements AutoCloseable {

  private final SnapshotTaker taker;
  private final StoreState state;
  private final PartitionDirectory directory;
  private final StoreCodec codec;
  private final long ticket;
  private final long stamp;
  private volatile boolean closed;

  Snapshot(
      SnapshotTaker taker,
      StoreState state,
      PartitionDirectory directory,
      StoreCodec codec,
      long ticket,
      long stamp) {
    this.taker = taker;
    this.state = state;
    this.directory = directory;
    this.codec = codec;
    this.ticket = ticket;
    this.stamp = stamp;
  }

  /** The commit timestamp that the snapshot was taken at. */
  public long stamp() {
    return stamp;
  }

  /**
   * @throws ObjectNotFound if there was no such object at that moment
   * @throws SnapshotTooOld if the snapshot was given up
   */
  public <T> T get(Ref<T> ref) {
    return this.<T>find(ref).orElseThrow(() -> RecordReader.notFound(ref.id()));
  }

  @SuppressWarnings("unchecked")
  public <T> Optional<T> find(Ref<T> ref) {
    return version(directory.partitionOf(ref.id()), ref.id()).map(v -> (T) codec.handOut(v));
  }

  Optional<Version> version(Partition partition, long objectId) {
    checkUsable();
    return SnapshotReader.find(partition, objectId, stamp, () -> checkStillThere(partition));
  }

  /** A dataset's named roots at that moment. */
  public Map<String, Ref<?>> roots(Dataset dataset) {
    Partition partition = directory.partitionOf(dataset);
    long id = ObjectId.pack(partition.id, 0, Partition.ROOTS_SLOT);
    Map<String, Ref<?>> refs = new java.util.TreeMap<>();
    version(partition, id)
        .ifPresent(
            v ->
                ((RootsFormat.Roots) v.value())
                    .byName()
                    .forEach((name, root) -> refs.put(name, Ref.of(root))));
    return refs;
  }

  private void checkStillThere(Partition partition) {
    checkUsable();
    if (directory.partitionOrNull(partition.id) != partition) {
      state.checkOpen();
      throw new ObjectNotFound("the dataset of partition " + partition.id + " was dropped");
    }
  }

  private void checkUsable() {
    if (closed) {
      throw new MisuseException("the snapshot is closed; open another one");
    }
    if (taker.isAbandoned(ticket)) {
      throw new SnapshotTooOld(
          "the heap ran out of room and what the snapshot could see was given up; open another one, and close"
              + " snapshots sooner or give the heap more room");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      taker.close(ticket);
    }
  }
}
