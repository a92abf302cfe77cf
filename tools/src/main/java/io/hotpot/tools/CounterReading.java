package io.hotpot.tools;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Counters as they were at one time, or what was added between two.
 *
 * @param byName of nodes, or of the one store
 * @param away a sentence for each node that did not say
 * @param atNs a clock for differences
 * @param seconds between the two readings; 0: it is one reading
 */
record CounterReading(
    Map<String, Map<String, Long>> byName, List<String> away, long atNs, double seconds) {

  /** What is no count, and so has no difference. */
  private static final List<String> NO_COUNTS =
      List.of("openedAtMs", "openedAfterCrash", "openingScannedBytes", "openingDamages");

  static CounterReading of(Map<String, Map<String, Long>> byName, List<String> away) {
    return new CounterReading(byName, away, System.nanoTime(), 0);
  }

  static CounterReading of(String name, Map<String, Long> counters) {
    return of(Map.of(name, counters), List.of());
  }

  Map<String, Long> of(String name) {
    return byName.getOrDefault(name, Map.of());
  }

  /**
   * What was added since an earlier reading. A node that began anew, or was not there, is shown
   * with all that it has.
   */
  CounterReading since(CounterReading before) {
    Map<String, Map<String, Long>> added = new LinkedHashMap<>();
    byName.forEach((name, now) -> added.put(name, difference(now, before.of(name))));
    return new CounterReading(added, away, atNs, (atNs - before.atNs) / 1e9);
  }

  private static Map<String, Long> difference(Map<String, Long> now, Map<String, Long> before) {
    boolean isNew =
        before.entrySet().stream()
            .anyMatch(
                e ->
                    !NO_COUNTS.contains(e.getKey())
                        && now.getOrDefault(e.getKey(), 0L) < e.getValue());
    Map<String, Long> added = new LinkedHashMap<>();
    now.forEach(
        (name, value) ->
            added.put(
                name,
                isNew || NO_COUNTS.contains(name) ? value : value - before.getOrDefault(name, 0L)));
    return added;
  }

  /** All nodes together. */
  Map<String, Long> sum() {
    Map<String, Long> sum = new LinkedHashMap<>();
    byName
        .values()
        .forEach(each -> each.forEach((name, value) -> sum.merge(name, value, Long::sum)));
    return sum;
  }
}
