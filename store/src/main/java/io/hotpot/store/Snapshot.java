package io.hotpot.store;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The whole store as it was at one moment: everything acknowledged before the snapshot was opened.
 * In a store of its own, nothing of later commits; in a cluster, of two transactions without a
 * common partition that ended about when it was opened it may hold the later one only, but never a
 * part of one. Writers do not wait for it. It keeps old versions alive until it is closed; when a
 * heap runs out of room, the oldest snapshot is given up first, and its reads are {@link
 * SnapshotTooOld}.
 *
 * <p>Thread-safety: all methods from any thread.
 */
public final class Snapshot implements AutoCloseable {

  private final SnapshotSource source;
  private final StoreCodec codec;
  private volatile boolean closed;

  Snapshot(SnapshotSource source, StoreCodec codec) {
    this.source = source;
    this.codec = codec;
  }

  /** The commit timestamp that the snapshot was taken at. */
  public long stamp() {
    return source.stamp();
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
    if (ObjectId.slot(ref.id()) == Partition.ROOTS_SLOT) {
      throw RecordReader.notFound(ref.id());
    }
    return version(ref.id()).map(v -> (T) codec.handOut(v));
  }

  Optional<Version> version(long objectId) {
    checkUsable();
    Optional<Version> found = source.version(objectId);
    checkUsable();
    return found;
  }

  /** A dataset's named roots at that moment. */
  public Map<String, Ref<?>> roots(Dataset dataset) {
    checkUsable();
    Map<String, Ref<?>> refs = new TreeMap<>();
    source
        .rootsOf(dataset)
        .flatMap(this::version)
        .ifPresent(
            v ->
                ((RootsFormat.Roots) v.value())
                    .byName()
                    .forEach((name, root) -> refs.put(name, Ref.of(root))));
    return refs;
  }

  private void checkUsable() {
    if (closed) {
      throw new MisuseException("the snapshot is closed; open another one");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      source.close();
    }
  }
}
