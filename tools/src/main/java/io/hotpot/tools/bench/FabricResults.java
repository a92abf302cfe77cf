package io.hotpot.tools.bench;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.Traffic;
import io.hotpot.store.ClusterFabric;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was measured over each fabric. */
final class FabricResults {

  /** Of one workload over one fabric, all rounds together. */
  static final class Figures {
    private final List<Double> rates = new ArrayList<>();
    private final Latencies latencies = new Latencies();
    private long operations;
    private FabricReading owner = FabricReading.none();
    private FabricReading other = FabricReading.none();

    void add(long count, long nanos, Latencies took, FabricReading ofOwner, FabricReading ofOther) {
      rates.add(1e9 * count / nanos);
      latencies.add(took);
      operations += count;
      owner = owner.plus(ofOwner);
      other = other.plus(ofOther);
    }

    List<Double> rates() {
      return rates;
    }

    double p50Micros() {
      return latencies.quantile(0.5) / 1e3;
    }

    FabricReading owner() {
      return owner;
    }

    FabricReading other() {
      return other;
    }

    long operations() {
      return operations;
    }

    /** All figures by what they are, those of the counts for each operation. */
    Map<String, Double> rows(FabricWorkload workload) {
      Map<String, Double> rows = new LinkedHashMap<>();
      rows.put("operations a second", new Results.Cell(rates, "", false).median().orElse(0));
      rows.put("p50, us", p50Micros());
      rows.put("p99, us", latencies.quantile(0.99) / 1e3);
      FabricReading both = owner.plus(other);
      rows.put("messages", each(both.countedOf("sentMessages.")));
      rows.put("bytes of messages", each(both.countedOf("sentBytes.")));
      rows.put("one-sided writes", each(both.counted(ClusterCounter.APPENDS_WRITTEN.key())));
      rows.put("one-sided reads", each(both.counted(ClusterCounter.PLACE_READS.key())));
      rows.put(
          "bytes written and read one-sidedly",
          each(
              both.counted(ClusterCounter.APPENDED_BYTES_WRITTEN.key())
                  + both.counted(ClusterCounter.PLACE_READ_BYTES.key())));
      rows.put("bytes copied by the " + workload.owner, each(copied(owner)));
      rows.put("bytes copied by the " + workload.other, each(copied(other)));
      rows.put(
          "processor time of the " + workload.owner + ", us", each(owner.time().ofWork()) / 1e3);
      rows.put(
          "processor time of the " + workload.other + ", us", each(other.time().ofWork()) / 1e3);
      return rows;
    }

    private static long copied(FabricReading reading) {
      return reading.counted(Traffic.COPIED)
          + reading.counted(ClusterCounter.RECORD_BYTES_COPIED.key());
    }

    private double each(long sum) {
      return sum / (double) Math.max(1, operations);
    }
  }

  private final Map<FabricWorkload, Map<ClusterFabric, Figures>> all =
      new EnumMap<>(FabricWorkload.class);
  private final List<ClusterFabric> fabrics;

  FabricResults(List<ClusterFabric> fabrics) {
    this.fabrics = List.copyOf(fabrics);
    for (FabricWorkload workload : FabricWorkload.values()) {
      Map<ClusterFabric, Figures> row = new LinkedHashMap<>();
      fabrics.forEach(fabric -> row.put(fabric, new Figures()));
      all.put(workload, row);
    }
  }

  List<ClusterFabric> fabrics() {
    return fabrics;
  }

  Figures of(FabricWorkload workload, ClusterFabric fabric) {
    Figures figures = all.getOrDefault(workload, Map.of()).get(fabric);
    if (figures == null) {
      throw new IllegalArgumentException(fabric + " is not measured");
    }
    return figures;
  }

  /** What RDMA is to reach beside TCP, where both were measured. */
  List<Bar> bars() {
    if (!fabrics.contains(ClusterFabric.TCP) || !fabrics.contains(ClusterFabric.RDMA)) {
      return List.of();
    }
    return List.of(
        bar("p50 of a commit over RDMA, by that over TCP", FabricWorkload.COMMIT, 1),
        bar("p50 of a commit of 1,000 bytes, likewise", FabricWorkload.LARGE_COMMIT, 1),
        bar("p50 of a remote read over RDMA, by that over TCP", FabricWorkload.REMOTE_READ, 0.5));
  }

  private Bar bar(String name, FabricWorkload workload, double limit) {
    double rdma = of(workload, ClusterFabric.RDMA).p50Micros();
    return new Bar(name, rdma / of(workload, ClusterFabric.TCP).p50Micros(), limit, true, "");
  }
}
