package io.hotpot.store;

import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.TransactionId;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The transactions that are prepared in a partition and not decided: they hold what they write
 * exclusively, by its handle words, and what they have read shared, by a count here (PROTOCOL
 * 8.2.2). Only a decision ends that.
 *
 * <p>Thread-safety: under the commit lock.
 */
final class PreparedTable {

  /**
   * A prepared transaction.
   *
   * @param home the partition where it is decided
   * @param writes with the places of the new records
   * @param beginAddress where its first batch begins
   * @param endAddress where its last batch ends
   */
  record Prepared(
      TransactionId id,
      int home,
      long stamp,
      List<ObjectRead> reads,
      WriteSet writes,
      long beginAddress,
      long endAddress) {}

  private final TreeMap<TransactionId, Prepared> byId = new TreeMap<>();
  private final Map<Long, Integer> readLocks = new HashMap<>();

  boolean isEmpty() {
    return byId.isEmpty();
  }

  Collection<Prepared> all() {
    return byId.values();
  }

  @Nullable Prepared get(TransactionId id) {
    return byId.get(id);
  }

  void add(Prepared prepared) {
    byId.put(prepared.id, prepared);
    for (ObjectRead read : prepared.reads) {
      readLocks.merge(read.objectId(), 1, Integer::sum);
    }
  }

  @Nullable Prepared remove(TransactionId id) {
    Prepared prepared = byId.remove(id);
    if (prepared != null) {
      for (ObjectRead read : prepared.reads) {
        readLocks.computeIfPresent(read.objectId(), (object, n) -> n == 1 ? null : n - 1);
      }
    }
    return prepared;
  }

  /** Whether a prepared transaction has read it: nobody else may write it. */
  boolean isReadLocked(long objectId) {
    return !readLocks.isEmpty() && readLocks.containsKey(objectId);
  }

  /** The stamp of the one that writes an object; {@link Long#MIN_VALUE}: none. */
  long lockedAt(long objectId) {
    for (Prepared prepared : byId.values()) {
      if (prepared.writes.find(objectId) != null) {
        return prepared.stamp;
      }
    }
    return Long.MIN_VALUE;
  }

  /** The stamp of the oldest, or {@link Long#MAX_VALUE}. */
  long oldestStamp() {
    long oldest = Long.MAX_VALUE;
    for (Prepared prepared : byId.values()) {
      oldest = Math.min(oldest, prepared.stamp);
    }
    return oldest;
  }

  /** Where the first batch of any begins, or {@code otherwise}. */
  long oldestBegin(long otherwise) {
    long begin = otherwise;
    for (Prepared prepared : byId.values()) {
      begin = Math.min(begin, prepared.beginAddress);
    }
    return begin;
  }

  /** Adds the chunks that prepared batches lie in, and those with the versions that they lock. */
  void collectChunks(Collection<Integer> sequences) {
    for (Prepared prepared : byId.values()) {
      int last = Address.sequence(prepared.endAddress - 1);
      for (int sequence = Address.sequence(prepared.beginAddress); sequence <= last; sequence++) {
        sequences.add(sequence);
      }
      prepared.writes.collectReplacedChunks(sequences);
    }
  }
}
