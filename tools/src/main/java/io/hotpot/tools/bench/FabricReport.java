package io.hotpot.tools.bench;

import io.hotpot.store.ClusterFabric;
import io.hotpot.tools.NodeNetwork;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Shows what was measured over each fabric: as tables for people, as a tree for JSON. */
final class FabricReport {

  /** Threads that have used less of a microsecond for each operation are not shown. */
  private static final double LEAST_MICROS = 0.5;

  private final String medium;
  private final FabricResults results;

  FabricReport(String medium, FabricResults results) {
    this.medium = medium;
    this.results = results;
  }

  void print(PrintWriter out) {
    out.printf(
        "medium: %s, %d processors; two nodes of one machine in each cluster, one driver%n",
        medium, Runtime.getRuntime().availableProcessors());
    for (FabricWorkload workload : FabricWorkload.values()) {
      printTable(workload, out);
    }
    out.println();
    out.println(
        "Counts, bytes and times are for each operation. Messages are those of both nodes, but for"
            + " leases; their bytes are without frames. What is copied into the log itself is not"
            + " counted. Compilers' threads are not, nor are those that take this measure's"
            + " commands.");
    out.println();
    results.bars().forEach(bar -> bar.print(out));
    out.println();
    out.println("processor time by thread, us: own code, kernel; and waits");
    for (FabricWorkload workload : FabricWorkload.values()) {
      for (ClusterFabric fabric : results.fabrics()) {
        FabricResults.Figures figures = results.of(workload, fabric);
        String lead = workload + ", " + NodeNetwork.name(fabric) + ", ";
        printThreads(lead + workload.owner, figures.owner().time(), figures.operations(), out);
        printThreads(lead + workload.other, figures.other().time(), figures.operations(), out);
      }
    }
  }

  private void printTable(FabricWorkload workload, PrintWriter out) {
    out.printf("%n%-56s", workload.description);
    results.fabrics().forEach(fabric -> out.printf(" %12s", NodeNetwork.name(fabric)));
    out.println();
    for (String row : rows(workload, results.fabrics().getFirst()).keySet()) {
      out.printf("    %-52s", row);
      for (ClusterFabric fabric : results.fabrics()) {
        double value = rows(workload, fabric).getOrDefault(row, 0.0);
        out.printf(" %12s", shown(value));
      }
      out.println();
    }
  }

  private Map<String, Double> rows(FabricWorkload workload, ClusterFabric fabric) {
    return results.of(workload, fabric).rows(workload);
  }

  private static void printThreads(
      String lead, ProcessorTime time, long operations, PrintWriter out) {
    out.println("  " + lead);
    time.threads().entrySet().stream()
        .filter(e -> e.getValue().all() > LEAST_MICROS * 1e3 * operations)
        .sorted(
            Comparator.comparingLong(
                    (Map.Entry<String, ProcessorTime.Used> e) -> e.getValue().all())
                .reversed())
        .forEach(
            e ->
                out.printf(
                    Locale.ROOT,
                    "    %-18s %10s %10s %10s%n",
                    e.getKey(),
                    shown(e.getValue().user() / 1e3 / operations),
                    shown(e.getValue().system() / 1e3 / operations),
                    shown(e.getValue().waits() / (double) operations)));
  }

  private static String shown(double value) {
    return String.format(
        Locale.ROOT, value < 10 ? "%,.2f" : value < 1000 ? "%,.1f" : "%,.0f", value);
  }

  Map<String, Object> toMap() {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("medium", medium);
    report.put("processors", Runtime.getRuntime().availableProcessors());
    report.put("nodes", 2);
    Map<String, Object> workloads = new LinkedHashMap<>();
    for (FabricWorkload workload : FabricWorkload.values()) {
      Map<String, Object> byFabric = new LinkedHashMap<>();
      for (ClusterFabric fabric : results.fabrics()) {
        FabricResults.Figures figures = results.of(workload, fabric);
        Map<String, Object> row = new LinkedHashMap<>(figures.rows(workload));
        row.put("operations", figures.operations());
        row.put("rates", figures.rates());
        row.put(workload.owner, toMap(figures.owner()));
        row.put(workload.other, toMap(figures.other()));
        byFabric.put(NodeNetwork.name(fabric), row);
      }
      workloads.put(workload.name(), byFabric);
    }
    report.put("workloads", workloads);
    report.put("bars", results.bars().stream().map(Bar::toMap).toList());
    return report;
  }

  /** Everything that a node has counted, and its threads' nanoseconds and waits. */
  private static Map<String, Object> toMap(FabricReading reading) {
    Map<String, Object> threads = new LinkedHashMap<>();
    reading
        .time()
        .threads()
        .forEach(
            (name, used) -> threads.put(name, List.of(used.user(), used.system(), used.waits())));
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("counters", reading.counters());
    map.put("threads", threads);
    return map;
  }
}
