package io.hotpot.tools.bench;

import io.hotpot.tools.bench.ClusterResults.Fault;
import io.hotpot.tools.bench.ClusterResults.Figures;
import io.hotpot.tools.bench.ClusterResults.Raw;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** Shows what was measured of clusters: as a table for people, as a tree for JSON. */
final class ClusterReport {

  private final String medium;
  private final ClusterResults results;
  private final List<Bar> bars;

  ClusterReport(String medium, ClusterResults results) {
    this.medium = medium;
    this.results = results;
    this.bars = ClusterBars.of(results);
  }

  // ---- for people

  void print(PrintWriter out) {
    out.printf(
        "medium: %s, %d processors; %d nodes on loopback, every value on each, %d drivers%n%n",
        medium,
        Runtime.getRuntime().availableProcessors(),
        ClusterNodes.NODES,
        ClusterBench.DRIVERS);
    for (Raw raw : Raw.values()) {
      List<Double> all = results.all(raw);
      OptionalDouble median = results.median(raw);
      if (median.isPresent()) {
        out.printf(
            Locale.ROOT,
            "%-60s %9s us  (%s .. %s)%n",
            raw.description,
            shown(median.getAsDouble() / 1e3),
            shown(all.stream().mapToDouble(v -> v).min().orElse(0) / 1e3),
            shown(all.stream().mapToDouble(v -> v).max().orElse(0) / 1e3));
      }
    }
    if (!results.kinds().isEmpty()) {
      printTable(out);
      out.println();
      for (Fault fault : Fault.values()) {
        results
            .median(fault)
            .ifPresent(
                median ->
                    out.printf("%-60s %9s %s%n", fault.description, shown(median), fault.unit));
      }
      out.println();
      bars.forEach(bar -> bar.print(out));
    }
  }

  private void printTable(PrintWriter out) {
    out.printf("%n%-46s", "");
    results.kinds().forEach(kind -> out.printf(" %12s", kind.name()));
    out.printf(" %15s%n", "Hotpot by best");
    for (ClusterWorkload workload : results.workloads()) {
      printRow(out, workload.description, workload, Figures::rate);
      OptionalDouble own = results.own(workload, Figures::rate);
      OptionalDouble best = results.bestRate(workload);
      out.printf(
          " %15s%n",
          own.isPresent() && best.isPresent()
              ? shown(own.getAsDouble() / best.getAsDouble())
              : "-");
      printRow(out, "    p50, us", workload, Figures::p50Micros);
      out.println();
      printRow(out, "    p99, us", workload, Figures::p99Micros);
      out.println();
      printRow(out, "    processor time, us", workload, Figures::cpuMicros);
      out.println();
    }
    out.println();
    out.println(
        "Operations a second of all drivers, what one took as its driver saw it, and the processor"
            + " time of the nodes for each.");
    for (ClusterKind kind : results.kinds()) {
      out.printf("%-14s%s%n", kind.name(), kind.setting());
      if (!results.failure(kind).isEmpty()) {
        out.printf("%14sfailed: %s%n", "", results.failure(kind));
      }
    }
  }

  private void printRow(
      PrintWriter out, String lead, ClusterWorkload workload, ToDoubleFunction<Figures> part) {
    out.printf("%-46s", lead);
    for (ClusterKind kind : results.kinds()) {
      OptionalDouble median = results.median(kind, workload, part);
      String none = results.failure(kind).isEmpty() ? "-" : "failed";
      out.printf(" %12s", median.isPresent() ? shown(median.getAsDouble()) : none);
    }
  }

  private static String shown(double value) {
    return String.format(
        Locale.ROOT, value < 10 ? "%,.2f" : value < 1000 ? "%,.1f" : "%,.0f", value);
  }

  // ---- for programs

  Map<String, Object> toMap() {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("medium", medium);
    report.put("processors", Runtime.getRuntime().availableProcessors());
    report.put("nodes", ClusterNodes.NODES);
    report.put("degree", ClusterNodes.NODES);
    report.put("drivers", ClusterBench.DRIVERS);
    Map<String, Object> raw = new LinkedHashMap<>();
    for (Raw figure : Raw.values()) {
      raw.put(figure.name(), cell(results.all(figure), results.median(figure), "ns"));
    }
    report.put("raw", raw);
    Map<String, Object> faults = new LinkedHashMap<>();
    for (Fault fault : Fault.values()) {
      faults.put(fault.name(), cell(results.all(fault), results.median(fault), fault.unit));
    }
    report.put("faults", faults);
    report.put("clusters", results.kinds().stream().map(this::toMap).toList());
    report.put("bars", bars.stream().map(Bar::toMap).toList());
    return report;
  }

  private Map<String, Object> toMap(ClusterKind kind) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", kind.name());
    row.put("setting", kind.setting());
    if (!results.failure(kind).isEmpty()) {
      row.put("failed", results.failure(kind));
      return row;
    }
    Map<String, Object> measured = new LinkedHashMap<>();
    for (ClusterWorkload workload : results.workloads()) {
      Map<String, Object> figures = new LinkedHashMap<>();
      figures.put("rate", cell(kind, workload, Figures::rate, "1/s"));
      figures.put("p50", cell(kind, workload, Figures::p50Micros, "us"));
      figures.put("p99", cell(kind, workload, Figures::p99Micros, "us"));
      figures.put("writes", cell(kind, workload, Figures::writes, "1/operation"));
      figures.put("cpu", cell(kind, workload, Figures::cpuMicros, "us/operation"));
      measured.put(workload.name(), figures);
    }
    row.put("workloads", measured);
    return row;
  }

  private Map<String, Object> cell(
      ClusterKind kind, ClusterWorkload workload, ToDoubleFunction<Figures> part, String unit) {
    return cell(results.all(kind, workload, part), results.median(kind, workload, part), unit);
  }

  private static Map<String, Object> cell(List<Double> all, OptionalDouble median, String unit) {
    Map<String, Object> cell = new LinkedHashMap<>();
    median.ifPresent(value -> cell.put("median", value));
    cell.put("unit", unit);
    cell.put("all", all);
    return cell;
  }
}
