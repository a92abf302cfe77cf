package io.hotpot.store;

import java.util.Optional;

/**
 * Where a snapshot's versions come from: the partitions of this store, or those of a cluster.
 *
 * <p>Thread-safety: all methods from any thread.
 */
interface SnapshotSource {

  long stamp();

  /**
   * @throws ObjectNotFound if no dataset has such objects
   * @throws SnapshotTooOld if the snapshot was given up
   */
  Optional<Version> version(long objectId);

  /** The id of the object with a dataset's named roots; empty: it has had none. */
  Optional<Long> rootsOf(Dataset dataset);

  void close();
}
