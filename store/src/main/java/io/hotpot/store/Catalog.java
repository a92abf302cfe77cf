package io.hotpot.store;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The store's datasets and type schemas. They are objects in partition 0, written by ordinary
 * commits.
 *
 * <p>Thread-safety: reads from any thread; changes under the store's catalog lock.
 */
final class Catalog {

  static final int PARTITION = 0;

  /** One dataset. */
  record Entry(String name, int partition, TransactionMode mode) {}

  /** A system payload: bytes after the tag, as stored. */
  record Stored(Object value, long objectId) {}

  private volatile Map<String, Entry> byName = new TreeMap<>();
  private final Map<String, Long> entryIds = new TreeMap<>();
  private volatile List<byte[]> schemas = List.of();
  private int highestPartition;

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

  void remove(String name) {
    Map<String, Entry> changed = new TreeMap<>(byName);
    changed.remove(name);
    byName = changed;
    entryIds.remove(name);
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
