package io.hotpot.tools.bench;

import io.hotpot.tools.bench.ClusterResults.Fault;
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
  private static final double LEASE_MILLIS = 2000;
  private static final double CATCH_UP_SHARE = 0.6;
  private static final double READS = 1000;
  private static final double MOST_BESIDE_READS = 0.1;

  private final ClusterResults results;
  private final List<Bar> made = new ArrayList<>();

  private ClusterBars(ClusterResults results) {
    this.results = results;
  }

  static List<Bar> of(ClusterResults results) {
    ClusterBars bars = new ClusterBars(results);
    bars.readByEmbedded();
    bars.messagesOfReads();
    bars.inRoundTrips("an update by its owner, in round trips", ClusterWorkload.UPDATE_ALONE, 5, 3);
    bars.inRoundTrips(
        "an update by another node, in round trips", ClusterWorkload.UPDATE_REMOTE, 5, 3);
    bars.inRoundTrips(
        "a transfer over two owners, in round trips", ClusterWorkload.TRANSFER_ALONE, 10, 6);
    bars.faults();
    for (ClusterWorkload workload : results.workloads()) {
      bars.byBest(workload);
    }
    return List.copyOf(bars.made);
  }

  private void readByEmbedded() {
    OptionalDouble rate = results.own(ClusterWorkload.READ_CACHED, Figures::rate);
    OptionalDouble embedded = results.median(Raw.EMBEDDED_READ);
    if (rate.isPresent() && embedded.isPresent()) {
      double nanos = NANOS_PER_SECOND / rate.getAsDouble();
      made.add(
          new Bar(
              "a cached read, by an embedded hot read",
              nanos / embedded.getAsDouble(),
              2,
              true,
              ""));
    }
  }

  /** A node renews its lease and keeps its links alive meanwhile, a few times a second. */
  private void messagesOfReads() {
    results
        .own(ClusterWorkload.READ_CACHED, Figures::writes)
        .ifPresent(
            writes ->
                made.add(
                    new Bar(
                        "messages sent for a thousand cached reads",
                        writes * READS,
                        MOST_BESIDE_READS,
                        true,
                        "leases and keep-alives included")));
  }

  private void inRoundTrips(String name, ClusterWorkload workload, double limit, int aim) {
    OptionalDouble micros = results.own(workload, Figures::p50Micros);
    OptionalDouble roundTrip = results.median(Raw.ROUND_TRIP);
    if (micros.isPresent() && roundTrip.isPresent()) {
      double value = micros.getAsDouble() * 1e3 / roundTrip.getAsDouble();
      made.add(new Bar(name, value, limit, true, String.format(Locale.ROOT, "aim: %d", aim)));
    }
  }

  private void faults() {
    results
        .median(Fault.FAILOVER)
        .ifPresent(
            millis ->
                made.add(new Bar("failover, in lease times", millis / LEASE_MILLIS, 2, true, "")));
    OptionalDouble copied = results.median(Fault.CATCH_UP);
    OptionalDouble raw = results.median(Raw.COPY);
    if (copied.isPresent() && raw.isPresent()) {
      double rawRate = NANOS_PER_SECOND / raw.getAsDouble();
      made.add(
          new Bar(
              "catch-up, by a raw copy over loopback",
              copied.getAsDouble() / rawRate,
              CATCH_UP_SHARE,
              false,
              ""));
    }
    results
        .median(Fault.FOREGROUND)
        .ifPresent(
            share ->
                made.add(new Bar("updates beside catch-up, by before", share, 0.5, false, "")));
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
