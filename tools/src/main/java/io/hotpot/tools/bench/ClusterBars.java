package io.hotpot.tools.bench;

import io.hotpot.tools.bench.ClusterResults.Figures;
import io.hotpot.tools.bench.ClusterResults.Raw;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** The figures that a cluster of Hotpot wants to reach; each is there if both its sides are. */
final class ClusterBars {

  private static final List<ClusterWorkload> THREEFOLD =
      List.of(
          ClusterWorkload.UPDATE,
          ClusterWorkload.TRANSFER,
          ClusterWorkload.A,
          ClusterWorkload.B,
          ClusterWorkload.F);

  private static final double NANOS_PER_SECOND = 1e9;

  private final ClusterResults results;
  private final List<Bar> made = new ArrayList<>();

  private ClusterBars(ClusterResults results) {
    this.results = results;
  }

  static List<Bar> of(ClusterResults results) {
    ClusterBars bars = new ClusterBars(results);
    bars.readByEmbedded();
    bars.inRoundTrips("an update, one driver, in round trips", ClusterWorkload.UPDATE_ALONE, 5, 3);
    bars.inRoundTrips(
        "a transfer, one driver, in round trips", ClusterWorkload.TRANSFER_ALONE, 10, 6);
    for (ClusterWorkload workload : results.workloads()) {
      bars.byBest(workload);
    }
    return List.copyOf(bars.made);
  }

  /**
   * A driver's share of the processors is what one read takes: there are more drivers than those.
   */
  private void readByEmbedded() {
    OptionalDouble rate = results.own(ClusterWorkload.READ, Figures::rate);
    OptionalDouble embedded = results.median(Raw.EMBEDDED_READ);
    if (rate.isPresent() && embedded.isPresent()) {
      int processors = Math.min(ClusterBench.DRIVERS, Runtime.getRuntime().availableProcessors());
      double nanos = processors * NANOS_PER_SECOND / rate.getAsDouble();
      made.add(
          new Bar(
              "a cached read, by an embedded hot read",
              nanos / embedded.getAsDouble(),
              2,
              true,
              ""));
    }
  }

  private void inRoundTrips(String name, ClusterWorkload workload, double limit, int aim) {
    OptionalDouble micros = results.own(workload, Figures::p50Micros);
    OptionalDouble roundTrip = results.median(Raw.ROUND_TRIP);
    if (micros.isPresent() && roundTrip.isPresent()) {
      double value = micros.getAsDouble() * 1e3 / roundTrip.getAsDouble();
      made.add(new Bar(name, value, limit, true, String.format(Locale.ROOT, "aim: %d", aim)));
    }
  }

  private void byBest(ClusterWorkload workload) {
    OptionalDouble own = results.own(workload, Figures::rate);
    OptionalDouble best = results.bestRate(workload);
    if (own.isEmpty() || best.isEmpty()) {
      return;
    }
    double ratio = own.getAsDouble() / best.getAsDouble();
    if (THREEFOLD.contains(workload)) {
      made.add(new Bar("rate of " + workload + ", by the best peer's", ratio, 3, false, ""));
    } else if (workload == ClusterWorkload.C) {
      made.add(new Bar("rate of C, by the best near cache's", ratio, 1, false, ""));
    }
    OptionalDouble p99 = results.own(workload, Figures::p99Micros);
    OptionalDouble bestP99 = results.bestP99(workload);
    if (p99.isPresent() && bestP99.isPresent()) {
      made.add(
          new Bar(
              "p99 of " + workload + ", by the best peer's",
              p99.getAsDouble() / bestP99.getAsDouble(),
              1,
              true,
              ""));
    }
  }
}
