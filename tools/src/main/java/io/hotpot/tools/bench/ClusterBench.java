package io.hotpot.tools.bench;

import io.hotpot.tools.NodeNetwork;
import io.hotpot.tools.bench.ClusterResults.Raw;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Measures clusters of three nodes: in each round the machine first, then every cluster, started
 * anew for that, with all its workloads.
 */
final class ClusterBench {

  /**
   * How much is done.
   *
   * @param firstWarmMillis at most, of the first workload of each kind of data that changes it,
   *     before it is measured: until then a JVM has hardly compiled what commits need
   * @param warmMillis at most, of every other workload
   * @param sliceMillis of the warm-up at a time: it is over when the JVMs hardly compile any more
   * @param megabytes that an empty node copies
   * @param scale of the measures of the machine: 20 is all
   */
  record Size(
      int rounds,
      int firstWarmMillis,
      int warmMillis,
      int sliceMillis,
      int millis,
      int records,
      int megabytes,
      int scale) {

    /** Whole, or so many hundredths of it. */
    static Size of(int rounds, int percent) {
      return new Size(
          rounds,
          Math.max(200, 600 * percent),
          Math.max(200, 200 * percent),
          Math.max(200, 20 * percent),
          Math.max(200, 40 * percent),
          Math.max(1000, 100 * percent),
          Math.max(30, 3 * percent),
          Math.max(1, percent / 5));
    }
  }

  /** How many drivers share a workload, over all nodes. */
  static final int DRIVERS = 8;

  /** Of each second the nodes are warm that compile, all together, for so much of it. */
  private static final double WARM = 0.1;

  private static final int ITEMS = 10_000;
  private static final int ACCOUNTS = 2_000;
  private static final int ROUND_TRIPS_PER_SCALE = 2_500;
  private static final int COPIES_PER_SCALE = 50;

  private final Path base;
  private final NodeNetwork network;
  private final Size size;
  private final boolean withFaults;
  private final Progress progress;

  /**
   * @param network of Hotpot's own cluster
   * @param withFaults whether nodes of Hotpot's own cluster are killed and replaced, too
   */
  ClusterBench(Path base, NodeNetwork network, Size size, boolean withFaults, Progress progress) {
    this.network = network;
    this.withFaults = withFaults;
    this.base = base;
    this.size = size;
    this.progress = progress;
  }

  ClusterResults run(List<ClusterKind> kinds, List<ClusterWorkload> workloads)
      throws IOException, InterruptedException {
    ClusterResults results = new ClusterResults(kinds, workloads);
    for (int round = 1; round <= size.rounds; round++) {
      String lead = "round " + round + " of " + size.rounds + ": ";
      progress.show(lead + "the machine");
      measureMachine(results);
      for (ClusterKind kind : kinds) {
        if (results.failure(kind).isEmpty()) {
          measure(kind, lead + kind.name() + ": ", results);
        }
      }
    }
    return results;
  }

  private void measureMachine(ClusterResults results) throws IOException, InterruptedException {
    results.add(
        Raw.ROUND_TRIP, RoundTrip.measure(base.resolve("tmp"), ROUND_TRIPS_PER_SCALE * size.scale));
    results.add(Raw.COPY, RoundTrip.copy(base.resolve("tmp"), COPIES_PER_SCALE * size.scale));
    Results own = new Results(List.of());
    new MeasureRunner(base, size.scale)
        .run(
            1,
            List.of(Measure.RAW_FLUSH, Measure.READ),
            List.of(),
            own,
            (round, subject, measure) -> {});
    if (!own.failures().isEmpty()) {
      throw new IOException(String.join("; ", own.failures()));
    }
    results.add(Raw.FLUSH, present(own.own(Measure.RAW_FLUSH)));
    results.add(Raw.EMBEDDED_READ, present(own.own(Measure.READ)));
  }

  /** Until the JVMs have compiled what the workload needs, but not without end. */
  private void warmUp(ClusterNodes cluster, ClusterWorkload workload, int drivers, int mostMillis)
      throws IOException, InterruptedException {
    double compiling = 1;
    for (int ms = 0; ms < mostMillis && compiling > WARM; ms += size.sliceMillis) {
      compiling = cluster.run(workload, drivers, size.sliceMillis).compiling();
    }
  }

  private static double present(OptionalDouble measured) throws IOException {
    return measured.orElseThrow(() -> new IOException("a measure gave no figure"));
  }

  private void measure(ClusterKind kind, String lead, ClusterResults results)
      throws IOException, InterruptedException {
    progress.show(lead + "starting");
    try (ClusterNodes cluster = ClusterNodes.start(kind, network, base)) {
      Set<ClusterWorkload.Load> loaded = EnumSet.noneOf(ClusterWorkload.Load.class);
      Set<ClusterWorkload.Load> warmed = EnumSet.noneOf(ClusterWorkload.Load.class);
      for (ClusterWorkload workload : results.workloads()) {
        progress.show(lead + workload.description);
        if (loaded.add(workload.load)) {
          cluster.load(workload.load, count(workload.load));
        }
        int drivers = workload.isAlone() ? 1 : DRIVERS;
        boolean isFirst = workload.changes() && warmed.add(workload.load);
        warmUp(cluster, workload, drivers, isFirst ? size.firstWarmMillis : size.warmMillis);
        results.add(kind, workload, cluster.run(workload, drivers, size.millis).figures());
        cluster.check(workload.load);
      }
      if (withFaults && kind.isOwn()) {
        progress.show(lead + "a node dies, an empty one takes its place");
        if (loaded.add(ClusterWorkload.Load.ITEMS)) {
          cluster.load(ClusterWorkload.Load.ITEMS, ITEMS);
        }
        new ClusterFaults(cluster, results, ITEMS, size.millis).run(size.megabytes);
      } else {
        cluster.leave();
      }
    } catch (IOException e) {
      results.fail(kind, String.valueOf(e.getMessage()));
    } finally {
      ClusterNodes.delete(base);
    }
  }

  private int count(ClusterWorkload.Load load) {
    return switch (load) {
      case ITEMS -> ITEMS;
      case ACCOUNTS -> ACCOUNTS;
      case RECORDS -> size.records;
      case BULK -> size.megabytes;
    };
  }
}
