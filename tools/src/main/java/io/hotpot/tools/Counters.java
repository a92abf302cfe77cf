package io.hotpot.tools;

import io.hotpot.store.CorruptException;
import io.hotpot.store.Hotpot;
import io.hotpot.store.NotAStore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The counters that a store keeps beside its heap, for a reader. */
final class Counters {

  /** A heading and the counters under it. */
  private record Group(String title, List<String> names) {}

  private static final List<Group> GROUPS =
      List.of(
          new Group("transactions", List.of("commits", "retries", "conflicts", "aborts")),
          new Group(
              "log", List.of("appendedBytes", "drains", "groups", "commitsMadeDurableInGroups")),
          new Group("reads", List.of("objectReads", "cacheHits", "cacheMisses", "readExtensions")),
          new Group(
              "cleaner",
              List.of("cleanedChunks", "relocatedRecords", "relocatedBytes", "checkpoints")),
          new Group("snapshots", List.of("snapshots", "abandonedSnapshots")));

  /** Told in a sentence of their own. */
  private static final Set<String> OPENING =
      Set.of("openedAtMs", "openedAfterCrash", "openingScannedBytes", "openingDamages");

  private Counters() {}

  /** What the last process to have the store open for writing left; empty if nothing. */
  static Map<String, Long> lastOrNone(Path directory) {
    try {
      return Hotpot.lastCounters(directory);
    } catch (NotAStore | CorruptException e) {
      return Map.of();
    }
  }

  /** With what can be worked out from the counters. */
  static Map<String, Object> toMap(Map<String, Long> counters) {
    Map<String, Object> map = new LinkedHashMap<>(counters);
    map.put("commitsInAGroup", ratio(counters, "commitsMadeDurableInGroups", "groups"));
    map.put("cacheHitRatio", ratio(counters, "cacheHits", "objectReads"));
    return map;
  }

  private static double ratio(Map<String, Long> counters, String part, String whole) {
    long divisor = counters.getOrDefault(whole, 0L);
    return divisor == 0
        ? 0
        : Math.round(1000.0 * counters.getOrDefault(part, 0L) / divisor) / 1000.0;
  }

  /** At most 23 lines of 79 characters, so that they fit the smallest terminal. */
  static void print(Map<String, Long> counters, PrintWriter out) {
    if (counters.isEmpty()) {
      out.println("counters    none: nobody has had the store open for writing");
      return;
    }
    out.println(opening(counters));
    Set<String> rest = new TreeSet<>(counters.keySet());
    rest.removeAll(OPENING);
    rest.removeIf(ClusterCounterTable::isOfCluster);
    for (Group group : GROUPS) {
      out.println(group.title);
      row(counters, group.names, out);
      rest.removeAll(group.names);
    }
    rest.remove("decodedObjects");
    if (counters.getOrDefault("doomed", 0L) == 0) {
      rest.remove("doomed");
    }
    if (!rest.isEmpty()) {
      out.println("other");
      row(counters, List.copyOf(rest), out);
    }
    out.printf(
        Locale.ROOT,
        "on average   %.1f commits in a group, %.1f %% of reads answered by the cache%n",
        ratio(counters, "commitsMadeDurableInGroups", "groups"),
        100 * ratio(counters, "cacheHits", "objectReads"));
  }

  private static void row(Map<String, Long> counters, List<String> names, PrintWriter out) {
    for (int i = 0; i < names.size(); i += 2) {
      StringBuilder line = new StringBuilder();
      for (String name : names.subList(i, Math.min(names.size(), i + 2))) {
        line.append(
            String.format(
                Locale.ROOT, "  %-20s %,15d", shortName(name), counters.getOrDefault(name, 0L)));
      }
      out.println(line);
    }
  }

  private static String shortName(String name) {
    return name.equals("commitsMadeDurableInGroups") ? "commits in groups" : name;
  }

  private static String opening(Map<String, Long> counters) {
    long atMs = counters.getOrDefault("openedAtMs", 0L);
    String when =
        atMs == 0 ? "" : " at " + Instant.ofEpochMilli(atMs).truncatedTo(ChronoUnit.SECONDS);
    String how =
        counters.getOrDefault("openedAfterCrash", 0L) == 0
            ? ", closed in order before"
            : String.format(
                Locale.ROOT,
                ", after a crash: %.1f MB of log read, %,d damaged places",
                counters.getOrDefault("openingScannedBytes", 0L) / 1e6,
                counters.getOrDefault("openingDamages", 0L));
    return "last opened for writing" + when + how;
  }
}
