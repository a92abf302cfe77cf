package io.hotpot.tools.bench;

import java.io.IOException;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * What a node of the comparison has counted and used; a difference of two, or their sum.
 *
 * @param counters of the node
 * @param time of its process
 */
record FabricReading(Map<String, Long> counters, ProcessorTime time) {

  static FabricReading none() {
    return new FabricReading(Map.of(), ProcessorTime.none());
  }

  /** Of this process, and a node in it. */
  static FabricReading now(Map<String, Long> counters) throws IOException {
    return new FabricReading(new TreeMap<>(counters), ProcessorTime.soFar());
  }

  FabricReading since(FabricReading earlier) {
    Map<String, Long> grown = new TreeMap<>();
    counters.forEach(
        (name, count) -> {
          long difference = count - earlier.counters.getOrDefault(name, 0L);
          if (difference != 0) {
            grown.put(name, difference);
          }
        });
    return new FabricReading(grown, time.since(earlier.time));
  }

  FabricReading plus(FabricReading other) {
    Map<String, Long> sum = new TreeMap<>(counters);
    other.counters.forEach((name, count) -> sum.merge(name, count, Long::sum));
    return new FabricReading(sum, time.plus(other.time));
  }

  long counted(String name) {
    return counters.getOrDefault(name, 0L);
  }

  /** The sum of all counters whose names begin so, but for those that renew leases. */
  long countedOf(String lead) {
    return counters.entrySet().stream()
        .filter(e -> e.getKey().startsWith(lead) && !e.getKey().startsWith(lead + "Renew"))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** As two words, for another process. */
  String toText() {
    StringJoiner text = new StringJoiner(",");
    counters.forEach((name, count) -> text.add(name + "=" + count));
    return text + " " + time.toText();
  }

  /** What another process has told. */
  static FabricReading of(String text) {
    String[] words = text.split(" ", -1);
    Map<String, Long> counters = new TreeMap<>();
    for (String part : words[0].split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        counters.put(part.substring(0, equals), Long.valueOf(part.substring(equals + 1)));
      }
    }
    return new FabricReading(counters, ProcessorTime.of(words[1]));
  }
}
