package io.hotpot.store;

import io.hotpot.store.spi.Threads;

/**
 * Makes partitions, and does away with them: by {@link #quiesce}, then {@link #dispose}.
 *
 * <p>Owns nothing: the partitions are the table's. No lock of its own; called under the catalog's
 * change lock, or while the store is being opened.
 *
 * @param epoch of this opening of the store
 */
record PartitionLifecycle(
    int epoch,
    Heap heap,
    ChunkPool pool,
    ObjectCache cache,
    StoreCodec codec,
    Snapshots snapshots,
    PartitionTable partitions,
    GroupCommit groupCommit,
    Cleaner cleaner,
    Threads threads) {

  /** A partition with an empty log, to be found from now on. */
  Partition create(int id, TransactionMode mode) {
    Partition partition = make(id, mode);
    partitions.put(partition);
    return partition;
  }

  /** A partition with an empty log that nobody finds yet. */
  Partition make(int id, TransactionMode mode) {
    return make(id, mode, new ChunkTable());
  }

  /** The same over chunks that there are. */
  Partition make(int id, TransactionMode mode, ChunkTable chunks) {
    return new Partition(id, mode, epoch, heap, pool, chunks, cache, codec, snapshots, threads);
  }

  /** Lets no commit in any more; those that were let in before are published on return. */
  void quiesce(Partition partition) {
    partition.drop();
    // They may be in other partitions too.
    groupCommit.drainAll();
  }

  /** Nobody finds the partition any more; its chunks are free on return. */
  void dispose(Partition partition) {
    partitions.remove(partition.id);
    cleaner.releaseAll(partition);
    partition.close();
    cache.removePartition(partition.id);
  }
}
