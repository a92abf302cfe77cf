package io.hotpot.peers;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.Vector;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import site.ycsb.ByteIterator;
import site.ycsb.DB;
import site.ycsb.Status;
import site.ycsb.StringByteIterator;

/**
 * YCSB's view of {@link Records}, for one thread: times every operation, and checks what scans
 * return, which YCSB itself does not.
 */
final class RecordsDb extends DB {

  /** What YCSB puts before the number in a key. */
  private static final String PREFIX = "user";

  private static final String FIRST_FIELD = "field0";
  private static final int DIGITS = 3;

  private final Records records;
  private final Map<String, Histogram> latencies = new TreeMap<>();
  private final Map<String, Integer> problems = new TreeMap<>();

  /** Records of scans that were found right. */
  private long checked;

  RecordsDb(Records records) {
    this.records = records;
  }

  /** Nanoseconds of each kind of operation. */
  Map<String, Histogram> latencies() {
    return latencies;
  }

  /** What went wrong, and how often. */
  Map<String, Integer> problems() {
    return problems;
  }

  /** How many records scans have returned that were checked and right. */
  long checked() {
    return checked;
  }

  /** Forgets what was timed. */
  void reset() {
    latencies.clear();
  }

  @Override
  public Status read(
      String table, String key, @Nullable Set<String> fields, Map<String, ByteIterator> result) {
    long begin = System.nanoTime();
    Map<String, String> found = records.read(number(key));
    timed("READ", begin);
    if (found == null) {
      return problem("READ found no record", Status.NOT_FOUND);
    }
    found.forEach(
        (name, value) -> {
          if (fields == null || fields.contains(name)) {
            result.put(name, new StringByteIterator(value));
          }
        });
    return Status.OK;
  }

  @Override
  @SuppressWarnings("NonApiType") // YCSB wants these classes
  public Status scan(
      String table,
      String startKey,
      int count,
      @Nullable Set<String> fields,
      Vector<HashMap<String, ByteIterator>> result) {
    long begin = System.nanoTime();
    List<Map<String, String>> found = records.scan(number(startKey), count);
    timed("SCAN", begin);
    // The key where it starts exists, and keys are never deleted.
    if (found.isEmpty() || found.size() > count) {
      return problem("SCAN returned a wrong number of records", Status.UNEXPECTED_STATE);
    }
    long last = number(startKey);
    for (Map<String, String> row : found) {
      long key = checkedKey(row);
      boolean isFirst = result.isEmpty();
      if (isFirst ? key != last : key <= last) {
        return problem("SCAN returned wrong records", Status.UNEXPECTED_STATE);
      }
      last = key;
      checked++;
      HashMap<String, ByteIterator> cells = new HashMap<>();
      row.forEach((name, value) -> cells.put(name, new StringByteIterator(value)));
      result.add(cells);
    }
    return Status.OK;
  }

  /** The key that the fields of a row name, if all are as YCSB has made them; else -1. */
  private static long checkedKey(Map<String, String> row) {
    String first = row.getOrDefault(FIRST_FIELD, "");
    int colon = first.indexOf(':');
    if (colon < 0) {
      return -1;
    }
    String key = first.substring(0, colon);
    boolean isRight =
        row.entrySet().stream()
            .allMatch(field -> field.getValue().equals(value(key, field.getKey(), first.length())));
    return isRight ? number(key) : -1;
  }

  /** The value that YCSB's data integrity check wants: made of the key and the field's name. */
  private static String value(String key, String field, int length) {
    StringBuilder text = new StringBuilder(length).append(key).append(':').append(field);
    while (text.length() < length) {
      text.append(':').append(text.toString().hashCode());
    }
    text.setLength(length);
    return text.toString();
  }

  @Override
  public Status update(String table, String key, Map<String, ByteIterator> values) {
    Map<String, String> fields = texts(values);
    long begin = System.nanoTime();
    boolean isThere = records.update(number(key), fields);
    timed("UPDATE", begin);
    return isThere ? Status.OK : problem("UPDATE found no record", Status.NOT_FOUND);
  }

  @Override
  public Status insert(String table, String key, Map<String, ByteIterator> values) {
    Map<String, String> fields = texts(values);
    long begin = System.nanoTime();
    records.insert(number(key), fields);
    timed("INSERT", begin);
    return Status.OK;
  }

  /** No core workload deletes. */
  @Override
  public Status delete(String table, String key) {
    return Status.NOT_IMPLEMENTED;
  }

  private static Map<String, String> texts(Map<String, ByteIterator> values) {
    Map<String, String> texts = HashMap.newHashMap(values.size());
    values.forEach((name, value) -> texts.put(name, value.toString()));
    return texts;
  }

  private static long number(String key) {
    return Long.parseLong(key.substring(PREFIX.length()));
  }

  private void timed(String operation, long begin) {
    latencies
        .computeIfAbsent(operation, o -> new Histogram(DIGITS))
        .recordValue(System.nanoTime() - begin);
  }

  private Status problem(String what, Status status) {
    problems.merge(what, 1, Integer::sum);
    return status;
  }
}
