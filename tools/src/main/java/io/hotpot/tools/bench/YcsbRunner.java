package io.hotpot.tools.bench;

import io.hotpot.tools.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs YCSB's core workloads, each on an empty store in a JVM of its own: load, then run. The child
 * is in the module of the peers, where YCSB's library is.
 */
final class YcsbRunner {

  /** In the module of the peers. */
  private static final String CHILD = "io.hotpot.peers.YcsbChild";

  /** How much a workload does. */
  record Size(int records, int operations, int threads) {}

  /** What came out for one workload on one store. */
  private record Row(String workload, String store, Outcome outcome) {}

  private final Path base;
  private final Size size;
  private final ChildJvm children;
  private final List<Row> rows = new ArrayList<>();

  YcsbRunner(Path base, Size size) {
    this.base = base;
    this.size = size;
    this.children = new ChildJvm(base.resolve("tmp"));
  }

  /** True if the child and YCSB's library are on the class path. */
  static boolean isThere() {
    return YcsbRunner.class.getClassLoader().getResource(CHILD.replace('.', '/') + ".class")
        != null;
  }

  /** Runs one workload on one store, Hotpot or a peer. */
  void run(String workload, String store, Map<String, String> environment)
      throws IOException, InterruptedException {
    try {
      Outcome outcome =
          children.run(
              "2g",
              environment,
              CHILD,
              workload,
              store,
              base.resolve("measured").toString(),
              Integer.toString(size.records()),
              Integer.toString(size.operations()),
              Integer.toString(size.threads()));
      rows.add(new Row(workload, store, outcome));
    } finally {
      ChildJvm.delete(base.resolve("measured"));
      ChildJvm.delete(base.resolve("tmp"));
    }
  }

  /** Whatever failed, verification included, each in a line. */
  List<String> failures() {
    List<String> failures = new ArrayList<>();
    for (Row row : rows) {
      String where = "workload " + row.workload + " on " + row.store + ": ";
      if (row.outcome instanceof Outcome.Failed(String reason)) {
        failures.add(where + reason);
      } else if (row.outcome instanceof Outcome.Measured(String result)) {
        JsonNode tree = JsonMapper.shared().readTree(result);
        for (JsonNode problem : tree.path("problems")) {
          failures.add(where + problem.asString());
        }
      }
    }
    return failures;
  }

  void print(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "YCSB, %,d records of 10 x 100 bytes, %,d operations, %d threads, level PROCESS;"
            + " latencies in microseconds%n%n",
        size.records(),
        size.operations(),
        size.threads());
    out.printf(
        "%-3s %-10s %12s  %-18s %9s %9s %9s %9s %9s  %s%n",
        "", "store", "operations/s", "", "count", "p50", "p95", "p99", "max", "verified");
    for (Row row : rows) {
      switch (row.outcome) {
        case Outcome.Measured(String result) ->
            printRow(out, row, JsonMapper.shared().readTree(result));
        case Outcome.Skipped(String reason) ->
            out.printf("%-3s %-10s skipped: %s%n", row.workload, row.store, reason);
        case Outcome.Failed(String reason) ->
            out.printf("%-3s %-10s failed: %s%n", row.workload, row.store, reason);
      }
    }
  }

  private static void printRow(PrintWriter out, Row row, JsonNode tree) {
    String lead =
        String.format(
            Locale.ROOT,
            "%-3s %-10s %,12.0f ",
            row.workload,
            row.store,
            tree.path("operationsPerSecond").asDouble());
    String verified =
        tree.path("problems").isEmpty()
            ? String.format(Locale.ROOT, "%,d rows", tree.path("verified").asLong())
            : "FAILED";
    for (Map.Entry<String, JsonNode> kind : tree.path("latencies").properties()) {
      JsonNode value = kind.getValue();
      out.printf(
          Locale.ROOT,
          "%s %-18s %,9d %,9.1f %,9.1f %,9.1f %,9.1f  %s%n",
          lead,
          kind.getKey(),
          value.path("count").asLong(),
          value.path("p50").asDouble(),
          value.path("p95").asDouble(),
          value.path("p99").asDouble(),
          value.path("max").asDouble(),
          verified);
      lead = " ".repeat(lead.length());
      verified = "";
    }
  }

  String toJson(String medium) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("medium", medium);
    report.put("processors", Runtime.getRuntime().availableProcessors());
    report.put("records", size.records());
    report.put("operations", size.operations());
    report.put("threads", size.threads());
    report.put("workloads", rows.stream().map(YcsbRunner::toMap).toList());
    return Json.of(report);
  }

  private static Map<String, Object> toMap(Row row) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("workload", row.workload);
    map.put("store", row.store);
    switch (row.outcome) {
      case Outcome.Measured(String result) ->
          map.putAll(
              JsonMapper.shared()
                  .readValue(result, new TypeReference<LinkedHashMap<String, Object>>() {}));
      case Outcome.Skipped(String reason) -> map.put("skipped", reason);
      case Outcome.Failed(String reason) -> map.put("failed", reason);
    }
    return map;
  }
}
