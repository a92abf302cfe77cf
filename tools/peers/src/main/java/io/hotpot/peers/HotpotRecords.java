package io.hotpot.peers;

import io.hotpot.store.Dataset;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Records as objects of Hotpot. Hotpot has no indexes; the one that finds a record by its key is a
 * sorted map on the Java heap, made anew from the objects when the store is opened.
 */
final class HotpotRecords implements Records {

  /** A record as it is stored. */
  record Row(long key, Map<String, String> fields) {}

  private final Hotpot store;
  private final Dataset rows;
  private final ConcurrentNavigableMap<Long, Ref<Row>> index = new ConcurrentSkipListMap<>();

  HotpotRecords(Path directory) {
    store =
        Hotpot.open(
            directory,
            HotpotOptions.defaults().withDurability(Durability.PROCESS).withMaxBytes(8L << 30));
    rows = store.dataset("usertable");
    for (Ref<?> ref : rows.refs()) {
      @SuppressWarnings("unchecked") // the dataset holds nothing else
      Ref<Row> row = (Ref<Row>) ref;
      index.put(rows.read(tx -> tx.get(row)).key(), row);
    }
  }

  @Override
  public @Nullable Map<String, String> read(long key) {
    Ref<Row> ref = index.get(key);
    return ref == null ? null : rows.read(tx -> tx.get(ref)).fields();
  }

  /** The records of one moment: one transaction reads them all. */
  @Override
  public List<Map<String, String>> scan(long from, int count) {
    List<Ref<Row>> refs = index.tailMap(from).values().stream().limit(count).toList();
    return rows.read(
        tx -> {
          List<Map<String, String>> found = new ArrayList<>(refs.size());
          for (Ref<Row> ref : refs) {
            Optional<Row> row = tx.find(ref);
            row.ifPresent(r -> found.add(r.fields()));
          }
          return found;
        });
  }

  @Override
  public boolean update(long key, Map<String, String> fields) {
    Ref<Row> ref = index.get(key);
    if (ref == null) {
      return false;
    }
    rows.run(tx -> tx.update(ref, row -> new Row(key, merged(row.fields(), fields))));
    return true;
  }

  private static Map<String, String> merged(Map<String, String> old, Map<String, String> fields) {
    Map<String, String> merged = new HashMap<>(old);
    merged.putAll(fields);
    return Map.copyOf(merged);
  }

  @Override
  public void insert(long key, Map<String, String> fields) {
    index.put(key, rows.transact(tx -> tx.allocate(new Row(key, Map.copyOf(fields)))));
  }

  @Override
  public void close() {
    store.close();
  }
}
