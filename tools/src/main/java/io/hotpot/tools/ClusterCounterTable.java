package io.hotpot.tools;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.Traffic;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The counters of nodes as a table: a column for each, a row for each counter that has counted. */
final class ClusterCounterTable {

  /** Of the counters by kind of message, what stands before the kind. */
  private static final List<String> TRAFFIC =
      List.of("sentMessages.", "sentBytes.", "receivedMessages.", "receivedBytes.");

  /** More nodes than that are shown as their sum only. */
  private static final int MOST_COLUMNS = 8;

  private static final String ALL = "all";

  private ClusterCounterTable() {}

  /** Whether a counter is of the cluster, and not of the node's store. */
  static boolean isOfCluster(String name) {
    return Stream.of(ClusterCounter.values()).anyMatch(c -> c.key().equals(name))
        || name.equals(Traffic.COPIED)
        || TRAFFIC.stream().anyMatch(name::startsWith);
  }

  static Map<String, Object> meanings() {
    Map<String, Object> meanings = new LinkedHashMap<>();
    for (ClusterCounter counter : ClusterCounter.values()) {
      meanings.put(counter.key(), counter.meaning());
    }
    return meanings;
  }

  static Map<String, Object> toMap(CounterReading reading) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("seconds", Math.round(reading.seconds() * 1000) / 1000.0);
    map.put("nodes", reading.byName());
    map.put("sum", reading.sum());
    map.put("away", reading.away());
    return map;
  }

  /**
   * @param withStores whether what the nodes' stores have counted is shown, and who is away
   */
  static void print(CounterReading reading, boolean withStores, PrintWriter out) {
    Map<String, Map<String, Long>> columns = columns(reading);
    Map<String, Long> sum = reading.sum();
    if (withStores) {
      heading(reading, columns.keySet(), out);
    }
    for (ClusterCounter.Group group : ClusterCounter.Group.values()) {
      List<String> keys = new ArrayList<>();
      for (ClusterCounter counter : ClusterCounter.values()) {
        if (counter.group() == group) {
          keys.add(counter.key());
        }
      }
      rows(group.title(), keys, columns, sum, out);
    }
    if (withStores) {
      List<String> own = sum.keySet().stream().filter(name -> !isOfCluster(name)).toList();
      rows("the nodes' own stores", own, columns, sum, out);
    }
    rows("messages", List.of(Traffic.COPIED), columns, sum, out);
    traffic(sum, out);
    reading.away().forEach(sentence -> out.println("away: " + sentence));
  }

  private static Map<String, Map<String, Long>> columns(CounterReading reading) {
    Map<String, Map<String, Long>> columns = new LinkedHashMap<>();
    if (reading.byName().size() <= MOST_COLUMNS) {
      columns.putAll(reading.byName());
    }
    if (reading.byName().size() > 1) {
      columns.put(ALL, reading.sum());
    }
    return columns;
  }

  private static void heading(CounterReading reading, Set<String> columns, PrintWriter out) {
    String what =
        reading.seconds() == 0
            ? "since each node began"
            : String.format(Locale.ROOT, "in the last %.1f s", reading.seconds());
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-28s", what));
    columns.forEach(column -> line.append(String.format(Locale.ROOT, " %15s", column)));
    out.println(line);
  }

  private static void rows(
      String title,
      List<String> names,
      Map<String, Map<String, Long>> columns,
      Map<String, Long> sum,
      PrintWriter out) {
    List<String> counted = names.stream().filter(name -> sum.getOrDefault(name, 0L) != 0).toList();
    if (counted.isEmpty()) {
      return;
    }
    out.println(title);
    for (String name : counted) {
      StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-26s", name));
      for (Map<String, Long> column : columns.values()) {
        line.append(String.format(Locale.ROOT, " %,15d", column.getOrDefault(name, 0L)));
      }
      out.println(line);
    }
  }

  private static void traffic(Map<String, Long> sum, PrintWriter out) {
    Set<String> kinds =
        sum.entrySet().stream()
            .filter(e -> e.getValue() != 0)
            .flatMap(
                e ->
                    TRAFFIC.stream()
                        .filter(e.getKey()::startsWith)
                        .map(t -> e.getKey().substring(t.length())))
            .collect(Collectors.toCollection(TreeSet::new));
    if (kinds.isEmpty()) {
      return;
    }
    out.printf(
        Locale.ROOT,
        "%-28s %15s %15s %15s %15s%n",
        "messages by kind",
        "sent",
        "bytes",
        "received",
        "bytes");
    for (String kind : kinds) {
      StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-26s", kind));
      TRAFFIC.forEach(
          t -> line.append(String.format(Locale.ROOT, " %,15d", sum.getOrDefault(t + kind, 0L))));
      out.println(line);
    }
  }
}
