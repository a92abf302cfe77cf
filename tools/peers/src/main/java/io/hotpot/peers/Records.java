package io.hotpot.peers;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A table of YCSB: records of named fields by number, in order.
 *
 * <p>Thread-safety: all methods but {@link #close} from any platform thread.
 */
interface Records extends AutoCloseable {

  /** All fields of a record; null if there is none. */
  @Nullable Map<String, String> read(long key);

  /** Up to {@code count} records from a key on, in ascending order. */
  List<Map<String, String>> scan(long from, int count);

  /** Replaces some fields in one transaction; false if there is no such record. */
  boolean update(long key, Map<String, String> fields);

  /** Adds a record in one transaction. */
  void insert(long key, Map<String, String> fields);

  @Override
  void close();
}
