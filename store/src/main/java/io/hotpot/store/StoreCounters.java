package io.hotpot.store;

import io.hotpot.store.spi.Time;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The counters of an open store by name, put together from those who count, and the file in which
 * others read them while the store is in use.
 *
 * <p>Owns that file; no lock. Thread-safety: {@link #toMap} from any thread; the file is written by
 * the housekeeper, and once more when that has stopped.
 */
final class StoreCounters {

  private final Events events;
  private final ObjectCache cache;
  private final ClusterLink cluster;
  private final RecoveryReport recovery;
  private final Time time;
  private final long openedAtMs;
  private final @Nullable EventsFile file;

  /**
   * @param openedAtMs when the opening began
   * @param file null: of a store in memory, or opened read-only
   */
  StoreCounters(
      StoreComponents store,
      RecoveryReport recovery,
      Time time,
      long openedAtMs,
      @Nullable EventsFile file) {
    this.events = store.events;
    this.cache = store.cache;
    this.cluster = store.cluster;
    this.recovery = recovery;
    this.time = time;
    this.openedAtMs = openedAtMs;
    this.file = file;
  }

  Map<String, Long> toMap() {
    Map<String, Long> counters = events.toMap();
    long misses = cache.misses();
    counters.put("cacheMisses", misses);
    counters.put("cacheHits", Math.max(0, events.objectReads.sum() - misses));
    counters.put("openedAfterCrash", recovery.clean() ? 0L : 1L);
    counters.put("openingScannedBytes", recovery.scannedBytes());
    counters.put("openingDamages", (long) recovery.damages().size());
    counters.put("openedAtMs", openedAtMs);
    counters.putAll(cluster.counters());
    return counters;
  }

  /** Writes the file if it is old. */
  void writeSometimes() {
    if (file != null) {
      file.writeSometimes(this::toMap, time.wallMs());
    }
  }

  /** Writes the file as the store leaves it. */
  void writeLast() {
    if (file != null) {
      file.write(toMap());
    }
  }
}
