package io.hotpot.store;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The store's datasets and type schemas, as far as they are known in memory. They are objects in
 * partition 0: {@link CatalogReader} reads them, {@link CatalogWriter} writes them.
 *
 * <p>Owns the change lock, which is held for a change from before it is committed until it can be
 * seen here; also by the closing of the store and by a backup, which stand in the way of changes.
 * It comes before the cleaner's lock and every commit lock.
 *
 * <p>Thread-safety: {@link #find}, {@link #entries}, {@link #schemas} and {@link #isDamaged} from
 * any thread; all else under the change lock, or while the store is being opened.
 */
final class Catalog {

  static final int PARTITION = 0;

  /** One dataset. */
  record Entry(String name, int partition, TransactionMode mode) {}

  final ReentrantLock changeLock = new ReentrantLock();

  private volatile Map<String, Entry> byName = new TreeMap<>();
  private final Map<String, Long> entryIds = new TreeMap<>();
  private volatile List<byte[]> schemas = List.of();
  private int highestPartition;
  private long counterId;
  private volatile boolean damaged;

  /** A promise and the id of its object. */
  record Promised(CatalogFormat.Promise promise, long objectId) {}

  private volatile Map<Integer, Promised> promises = Map.of();

  @Nullable Entry find(String name) {
    return byName.get(Objects.requireNonNull(name, "name"));
  }

  Collection<Entry> entries() {
    return byName.values();
  }

  List<byte[]> schemas() {
    return schemas;
  }

  int nextPartition() {
    if (highestPartition == ObjectId.MAX_PARTITION) {
      throw new MisuseException(
          "the store has used up its "
              + ObjectId.MAX_PARTITION
              + " dataset numbers; export it into a new one");
    }
    return highestPartition + 1;
  }

  @Nullable Long entryId(String name) {
    return entryIds.get(name);
  }

  void put(Entry entry, long objectId) {
    Map<String, Entry> changed = new TreeMap<>(byName);
    changed.put(entry.name, entry);
    byName = changed;
    entryIds.put(entry.name, objectId);
    highestPartition = Math.max(highestPartition, entry.partition);
  }

  void usedPartition(int partition) {
    highestPartition = Math.max(highestPartition, partition);
  }

  /** The object that counts the partitions; 0: not written yet. */
  long counterId() {
    return counterId;
  }

  void counterId(long objectId) {
    counterId = objectId;
  }

  /** Whether something of it could not be read, so that what it does not name may exist. */
  boolean isDamaged() {
    return damaged;
  }

  void markDamaged() {
    damaged = true;
  }

  /**
   * Replaces entries, all at one moment: a reader finds each dataset under one of its names.
   *
   * @param changed by present name; no new name is a present one
   */
  void rename(Map<String, Entry> changed) {
    Map<String, Entry> renamed = new TreeMap<>(byName);
    changed.forEach(
        (name, entry) -> {
          renamed.remove(name);
          renamed.put(entry.name, entry);
          Long id = entryIds.remove(name);
          if (id != null) {
            entryIds.put(entry.name, id);
          }
        });
    byName = renamed;
  }

  void remove(String name) {
    Map<String, Entry> changed = new TreeMap<>(byName);
    changed.remove(name);
    byName = changed;
    entryIds.remove(name);
  }

  /** What this node has promised about partitions of its cluster, by partition. */
  Map<Integer, Promised> promises() {
    return promises;
  }

  void put(CatalogFormat.Promise promise, long objectId) {
    Map<Integer, Promised> changed = new TreeMap<>(promises);
    changed.put(promise.partition(), new Promised(promise, objectId));
    promises = changed;
    highestPartition = Math.max(highestPartition, promise.partition());
  }

  void removePromise(int partition) {
    Map<Integer, Promised> changed = new TreeMap<>(promises);
    changed.remove(partition);
    promises = changed;
  }

  void addSchema(byte[] schema) {
    List<byte[]> more = new ArrayList<>(schemas);
    more.add(schema);
    schemas = List.copyOf(more);
  }

  static void checkName(String name) {
    if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length > 255) {
      throw new MisuseException("a dataset's name has between 1 and 255 bytes");
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (Character.isISOControl(c) || c == '/') {
        throw new MisuseException(
            "the dataset name '" + name + "' has a control character or a slash at position " + i);
      }
    }
  }
}
