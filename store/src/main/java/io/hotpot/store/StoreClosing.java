package io.hotpot.store;

/**
 * Closes a store: stops what runs in it, writes checkpoints so that the next opening is fast, and
 * gives the heap free.
 *
 * <p>Owns nothing. It holds the catalog's change lock throughout, so that no dataset comes or goes
 * meanwhile, and whoever closes a second time waits until the store is closed. Thread-safety: from
 * any thread that is not the housekeeper's.
 */
final class StoreClosing {

  private final StoreComponents store;
  private final Housekeeper housekeeper;
  private final StoreCounters counters;

  StoreClosing(StoreComponents store, Housekeeper housekeeper, StoreCounters counters) {
    this.store = store;
    this.housekeeper = housekeeper;
    this.counters = counters;
  }

  void close() {
    store.catalog.changeLock.lock();
    try {
      if (!store.state.isClosed()) {
        store.state.close();
        closeOnce();
      }
    } finally {
      store.catalog.changeLock.unlock();
    }
  }

  private void closeOnce() {
    try {
      housekeeper.stop();
      counters.writeLast();
      // After the medium refused, every commit concerned has said so; recovery finds out the rest.
      if (!store.options.readOnly() && !store.groupCommit.hasFailed()) {
        // Nothing may follow the checkpoints, or the next opening takes it for what is left of
        // more.
        store.groupCommit.close();
        store.cleaner.stop();
        closeCleanly();
      }
    } finally {
      store.partitions.all().forEach(Partition::close);
      store.heap.close();
    }
  }

  private void closeCleanly() {
    boolean whole = true;
    for (Partition partition : store.partitions.alone()) {
      whole &= writeCheckpoint(partition);
    }
    store.groupCommit.drainAll();
    if (whole) {
      Incarnation.write(store.heap, store.epoch, true);
    }
  }

  /** Writes a partition's checkpoint; whether the next opening can do without reading its log. */
  private boolean writeCheckpoint(Partition partition) {
    if (partition.doubt.exists()) {
      return false;
    }
    if (partition.chunks.size() == 0 && partition.log.prepared() == null) {
      return true;
    }
    try {
      store.checkpointer.write(partition);
      return true;
    } catch (HeapFull e) {
      // The next opening reads the log instead.
      return false;
    }
  }
}
