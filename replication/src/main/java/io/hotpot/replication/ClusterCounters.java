package io.hotpot.replication;

import io.hotpot.store.spi.Refusal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * The counters of one node of a cluster, from its start on (the cluster's part of Hotpot's
 * /proc/dsnvm-event). They only rise; a reader that wants a rate takes differences.
 *
 * <p>Thread-safety: any thread; counting is one uncontended addition. A reading is of no one
 * moment.
 */
public final class ClusterCounters {

  private final LongAdder[] counts = new LongAdder[ClusterCounter.values().length];

  public ClusterCounters() {
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new LongAdder();
    }
  }

  public void count(ClusterCounter counter) {
    counts[counter.ordinal()].increment();
  }

  public void add(ClusterCounter counter, long amount) {
    counts[counter.ordinal()].add(amount);
  }

  /** A partition has refused to commit. */
  public void refused(Refusal.Reason reason) {
    count(
        switch (reason) {
          case CONFLICT -> ClusterCounter.REFUSED_CONFLICT;
          case NOT_ENOUGH_REPLICAS -> ClusterCounter.REFUSED_NOT_ENOUGH_REPLICAS;
          case HEAP_FULL -> ClusterCounter.REFUSED_HEAP_FULL;
          case LOCK_LOST -> ClusterCounter.REFUSED_LOCK_LOST;
          case BUSY -> ClusterCounter.REFUSED_BUSY;
          case NOT_FOUND -> ClusterCounter.REFUSED_NOT_FOUND;
          case NOT_OWNER -> ClusterCounter.REFUSED_NOT_OWNER;
          case STAMP_TOO_LOW -> ClusterCounter.REFUSED_STAMP_TOO_LOW;
          case FENCED -> ClusterCounter.REFUSED_FENCED;
          case REFUSED -> ClusterCounter.REFUSED_REFUSED;
          case SNAPSHOT_TOO_OLD -> ClusterCounter.REFUSED_SNAPSHOT_TOO_OLD;
          case UNREADABLE -> ClusterCounter.REFUSED_UNREADABLE;
        });
  }

  /** A commit that concerned the partitions of so many nodes. */
  public void committed(int owners) {
    count(
        switch (owners) {
          case 0, 1 -> ClusterCounter.COMMITS_OF_ONE_OWNER;
          case 2 -> ClusterCounter.COMMITS_OF_TWO_OWNERS;
          case 3 -> ClusterCounter.COMMITS_OF_THREE_OWNERS;
          default -> ClusterCounter.COMMITS_OF_MORE_OWNERS;
        });
  }

  public long get(ClusterCounter counter) {
    return counts[counter.ordinal()].sum();
  }

  /** All counters by name, in the order of their declaration. */
  public Map<String, Long> toMap() {
    Map<String, Long> map = new LinkedHashMap<>();
    for (ClusterCounter counter : ClusterCounter.values()) {
      map.put(counter.key(), get(counter));
    }
    return map;
  }
}
