package io.hotpot.store;

import io.hotpot.store.spi.Seams;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Opens a store: reads its logs, wires its parts, and brings every partition to where the last
 * opening left it (rules.md "Recovery on a disk").
 *
 * <p>Steps: the logs are read; a new epoch is made durable; the catalog's partition is recovered,
 * and with what the catalog says all others; only then what a crash left half done is finished, and
 * what belongs to no dataset is released. A store opened read-only stops before that.
 *
 * <p>Owns what {@link Recovery} found, which is garbage afterwards. No lock: nobody else knows of
 * the store yet. Confined to the thread that opens.
 */
final class StoreOpening {

  /**
   * A store that can be used.
   *
   * @param recovery what opening it found and did
   */
  record Opened(StoreComponents components, RecoveryReport recovery) {}

  private final StoreComponents store;
  private final Recovery found;

  /** The last opening ended with a close. */
  private final boolean clean;

  private StoreOpening(StoreComponents store, Recovery found, boolean clean) {
    this.store = store;
    this.found = found;
    this.clean = clean;
  }

  /** Opens what is in a heap. If that fails, the heap is still the caller's to close. */
  static Opened open(Heap heap, HotpotOptions options, Seams seams) {
    Recovery found = new Recovery(heap, seams.threads());
    found.readLogs();
    Incarnation last = Incarnation.read(heap);
    boolean isKnown = !last.damaged() && (last.number() > 0 || found.partitionIds().isEmpty());
    if (!isKnown) {
      found.damages().add(new Damage(-1, -1, 0, 0, "", "the count of openings is damaged"));
    }
    int epoch = Math.max(last.number(), found.maxEpoch()) + (options.readOnly() ? 0 : 1);
    StoreComponents store = new StoreComponents(heap, options, seams, epoch);
    return new StoreOpening(store, found, isKnown && last.clean()).recover();
  }

  private Opened recover() {
    try {
      return recoverPartitions();
    } catch (RuntimeException | Error e) {
      store.partitions.all().forEach(Partition::close);
      throw e;
    }
  }

  private Opened recoverPartitions() {
    boolean readOnly = store.options.readOnly();
    if (!readOnly) {
      Incarnation.write(store.heap, store.epoch, false);
    }
    found.freeChunks().forEach(store.pool::addFree);
    Partition catalogPartition = recover(Catalog.PARTITION, TransactionMode.MRMW);
    found.partitionIds().forEach(store.catalog::usedPartition);
    new CatalogReader(catalogPartition, store.catalog, store.codec, found.damages()).readAll();
    Set<Integer> known = new TreeSet<>();
    known.add(Catalog.PARTITION);
    for (Catalog.Entry entry : store.catalog.entries()) {
      known.add(entry.partition());
      recover(entry.partition(), entry.mode());
    }
    store.catalog.promises().keySet().forEach(known::add);
    if (!readOnly) {
      settle();
      recoverCopies();
      releaseOrphans(known);
    }
    return new Opened(
        store, new RecoveryReport(clean, found.scannedBytes(), List.copyOf(found.damages())));
  }

  private Partition recover(int id, TransactionMode mode) {
    Partition partition = store.lifecycle.create(id, mode);
    found.apply(found.found(id), partition, !clean);
    return partition;
  }

  /** What this node holds of a cluster; its tables are built where it comes to own them. */
  private void recoverCopies() {
    for (Catalog.Promised promised : store.catalog.promises().values()) {
      int id = promised.promise().partition();
      boolean damaged = found.damages().stream().anyMatch(damage -> damage.partition() == id);
      store.held.recover(promised.promise(), found.found(id), damaged);
    }
  }

  /** Finishes what was under way, so that every log can be appended to. */
  private void settle() {
    for (int index : found.interruptedChunks()) {
      long label = store.heap.label(index);
      store.pool.release(
          index, ChunkFormat.labelPartition(label), ChunkFormat.labelSequence(label));
    }
    new Settlement(store.heap, store.pool, clean).settle(found, store.partitions.all());
    if (!clean) {
      markRecovered();
    }
  }

  /**
   * References that the crash left dangling must not come to life with another object: recovery has
   * raised the generations of free slots, and a mark makes every later one do so again. A
   * checkpoint would say it too, but whoever opens the store would wait for it.
   */
  private void markRecovered() {
    for (Partition partition : store.partitions.all()) {
      if (partition.chunks.size() > 0 || partition.log.prepared() != null) {
        partition.appendMark(BatchFormat.RECOVERED);
      }
    }
    store.groupCommit.drainAll();
  }

  /**
   * Releases what is left of datasets that were being dropped when the store went down. By now
   * every log says of itself where it ends: none needs the siblings that go.
   */
  private void releaseOrphans(Set<Integer> known) {
    if (found.damages().stream().anyMatch(d -> d.partition() == Catalog.PARTITION)) {
      return;
    }
    for (int orphan : found.orphans(known)) {
      for (LogChunk chunk : found.found(orphan).chunks.descendingMap().values()) {
        store.pool.release(chunk.memory.index(), orphan, chunk.sequence);
      }
    }
  }
}
