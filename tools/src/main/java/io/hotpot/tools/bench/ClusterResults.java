package io.hotpot.tools.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** What was measured of clusters, and of the machine in the same run. */
final class ClusterResults {

  /**
   * What the drivers of a workload have done in one round.
   *
   * @param rate operations a second, of all drivers
   * @param writes how often a process with drivers in it asked the system to write, by operation:
   *     at least as often as it sent something; NaN if the system does not tell
   * @param cpuMicros processor time of the processes with drivers in them, by operation, with all
   *     that they do beside it; a machine that is busy otherwise changes it less than the rate
   */
  record Figures(
      double rate, double p50Micros, double p99Micros, double writes, double cpuMicros) {}

  /** What becomes of Hotpot's own cluster when nodes come and go. */
  enum Fault {
    FAILOVER("from SIGKILL of the owner to the next acknowledged commit", "ms"),
    CATCH_UP("an empty node copies, while four drivers update objects", "MB/s"),
    FOREGROUND("the rate of these drivers meanwhile, by that before", "ratio");

    final String description;
    final String unit;

    Fault(String description, String unit) {
      this.description = description;
      this.unit = unit;
    }
  }

  /** A figure of the machine, or of the embedded store, that clusters are compared to. */
  enum Raw {
    ROUND_TRIP("64 bytes to another JVM over loopback TCP and back"),
    COPY("a megabyte to another JVM over loopback TCP"),
    FLUSH(Measure.RAW_FLUSH.description),
    EMBEDDED_READ("embedded store: " + Measure.READ.description);

    final String description;

    Raw(String description) {
      this.description = description;
    }
  }

  private final Map<Raw, List<Double>> raw = new LinkedHashMap<>();
  private final Map<Fault, List<Double>> faults = new LinkedHashMap<>();
  private final Map<String, Map<ClusterWorkload, List<Figures>>> figures = new LinkedHashMap<>();
  private final Map<String, String> failed = new LinkedHashMap<>();
  private final List<ClusterKind> kinds;
  private final List<ClusterWorkload> workloads;

  ClusterResults(List<ClusterKind> kinds, List<ClusterWorkload> workloads) {
    this.kinds = List.copyOf(kinds);
    this.workloads = List.copyOf(workloads);
  }

  List<ClusterKind> kinds() {
    return kinds;
  }

  List<ClusterWorkload> workloads() {
    return workloads;
  }

  void add(Raw figure, double nanos) {
    raw.computeIfAbsent(figure, f -> new ArrayList<>()).add(nanos);
  }

  void add(Fault fault, double value) {
    faults.computeIfAbsent(fault, f -> new ArrayList<>()).add(value);
  }

  List<Double> all(Fault fault) {
    return faults.getOrDefault(fault, List.of());
  }

  OptionalDouble median(Fault fault) {
    return median(all(fault));
  }

  void add(ClusterKind kind, ClusterWorkload workload, Figures of) {
    figures
        .computeIfAbsent(kind.name(), k -> new LinkedHashMap<>())
        .computeIfAbsent(workload, w -> new ArrayList<>())
        .add(of);
  }

  /** It is not tried again, and what it has reached does not count. */
  void fail(ClusterKind kind, String reason) {
    failed.put(kind.name(), reason);
  }

  /** Why a cluster has no figures; empty if it has. */
  String failure(ClusterKind kind) {
    return failed.getOrDefault(kind.name(), "");
  }

  List<String> failures() {
    return failed.entrySet().stream().map(e -> e.getKey() + ": " + e.getValue()).toList();
  }

  /** Nanoseconds, one value a round. */
  List<Double> all(Raw figure) {
    return raw.getOrDefault(figure, List.of());
  }

  OptionalDouble median(Raw figure) {
    return median(all(figure));
  }

  /** One value a round; none of what failed or is not known. */
  List<Double> all(ClusterKind kind, ClusterWorkload workload, ToDoubleFunction<Figures> part) {
    if (failed.containsKey(kind.name())) {
      return List.of();
    }
    return figures.getOrDefault(kind.name(), Map.of()).getOrDefault(workload, List.of()).stream()
        .map(part::applyAsDouble)
        .filter(value -> !value.isNaN())
        .toList();
  }

  OptionalDouble median(
      ClusterKind kind, ClusterWorkload workload, ToDoubleFunction<Figures> part) {
    return median(all(kind, workload, part));
  }

  /** Hotpot's own median. */
  OptionalDouble own(ClusterWorkload workload, ToDoubleFunction<Figures> part) {
    return kinds.stream()
        .filter(ClusterKind::isOwn)
        .map(kind -> median(kind, workload, part))
        .flatMapToDouble(OptionalDouble::stream)
        .findFirst();
  }

  /** The highest median rate among the peers. */
  OptionalDouble bestRate(ClusterWorkload workload) {
    return ofPeers(workload, Figures::rate).max();
  }

  /** The lowest median among the peers of how long all but one of a hundred operations take. */
  OptionalDouble bestP99(ClusterWorkload workload) {
    return ofPeers(workload, Figures::p99Micros).min();
  }

  private DoubleStream ofPeers(ClusterWorkload workload, ToDoubleFunction<Figures> part) {
    return kinds.stream()
        .filter(kind -> !kind.isOwn())
        .map(kind -> median(kind, workload, part))
        .flatMapToDouble(OptionalDouble::stream);
  }

  /** The value in the middle; the upper one of two. */
  private static OptionalDouble median(List<Double> values) {
    return new Results.Cell(values, "", false).median();
  }
}
