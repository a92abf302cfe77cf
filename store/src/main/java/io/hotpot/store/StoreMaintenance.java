package io.hotpot.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What an operator does to a store that is in use: verify it, compact it, back it up, go on after
 * damage.
 *
 * <p>Owns nothing. A backup and the acceptance of damage hold the catalog's change lock; a backup
 * and a compaction, the cleaner's. Commits go on beside all of it. Thread-safety: all methods from
 * any thread.
 */
final class StoreMaintenance {

  private final StoreComponents store;

  StoreMaintenance(StoreComponents store) {
    this.store = store;
  }

  /**
   * Verifies every batch and record, of the copies of other nodes' partitions too. In a cluster
   * damage is healed, and only what nobody has sound bytes of is told.
   */
  List<Damage> check(Progress progress) {
    store.state.checkOpen();
    List<Damage> damages = new ArrayList<>();
    new Scrubber(store.heap.storeId(), store.cluster.repair(), new Lasting(damages, progress))
        .check(store.held.everything());
    return damages;
  }

  /** Collects what is not healed. */
  private record Lasting(List<Damage> damages, Progress progress) implements Scrubber.Findings {

    @Override
    public void damaged(
        Partition partition, LogChunk chunk, int from, int lengthBytes, boolean isHealed) {
      if (!isHealed) {
        damages.add(
            new Damage(
                partition.id,
                chunk.memory.index(),
                from,
                lengthBytes,
                "",
                "a batch of the log fails its checksum"));
      }
    }

    @Override
    public void checked(Partition partition, long soundBytes) {}

    @Override
    public boolean progressed(long done, long total) {
      progress.report(done, total);
      return true;
    }
  }

  /** Returns the number of chunks freed. */
  int compact(Progress progress) {
    store.state.checkWritable();
    return store.cleaner.compact(progress);
  }

  /** Returns bytes of log that were written. */
  long backup(Path directory, Progress progress) {
    store.state.checkOpen();
    if (!store.options.readOnly()) {
      store.groupCommit.drainAll();
    }
    store.catalog.changeLock.lock();
    try {
      return store.cleaner.whileNothingIsReleased(
          () -> Backup.write(store.heap, store.partitions.all(), store.epoch, directory, progress));
    } finally {
      store.catalog.changeLock.unlock();
    }
  }

  /** Returns the names of the datasets concerned; "the catalog" for that of the store itself. */
  List<String> acceptDamage() {
    store.catalog.changeLock.lock();
    try {
      store.state.checkWritable();
      List<String> accepted = new ArrayList<>();
      for (Partition partition : store.partitions.all()) {
        if (isDamaged(partition)) {
          partition.appendMark(BatchFormat.DAMAGE_ACCEPTED);
          store.groupCommit.drainAll();
          accepted.add(store.directory.datasetName(partition).orElse("the catalog"));
        }
      }
      return accepted;
    } finally {
      store.catalog.changeLock.unlock();
    }
  }

  private boolean isDamaged(Partition partition) {
    boolean isCatalog = partition.id == Catalog.PARTITION;
    return partition.doubt.exists() || (isCatalog && store.catalog.isDamaged());
  }
}
