package io.hotpot.peers;

import io.hotpot.tools.Json;
import io.hotpot.tools.bench.OrderedPeer;
import io.hotpot.tools.bench.PeerKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.HdrHistogram.Histogram;
import site.ycsb.WorkloadException;

/** The process in which one workload runs on one store. */
public final class YcsbChild {

  private static final String HOTPOT = "Hotpot";

  private YcsbChild() {}

  /** Arguments: workload, store, directory, records, operations, threads. */
  public static void main(String[] args)
      throws IOException, InterruptedException, WorkloadException {
    Optional<String> obstacle = obstacle(args[1]);
    if (obstacle.isPresent()) {
      System.out.println("skip " + obstacle.get().replace('\n', ' '));
      return;
    }
    YcsbWorkload workload =
        new YcsbWorkload(
            args[0],
            Integer.parseInt(args[3]),
            Integer.parseInt(args[4]),
            Integer.parseInt(args[5]));
    try (Records table = open(args[1], Files.createDirectories(Path.of(args[2])))) {
      System.out.println("result " + Json.of(toMap(workload.run(table))));
    }
  }

  private static Optional<String> obstacle(String store) {
    if (store.equals(HOTPOT)) {
      return Optional.empty();
    }
    PeerKind kind = PeerKind.of(store);
    return kind.isOrdered()
        ? kind.obstacle()
        : Optional.of("only the peers that keep their keys in order are set up for YCSB");
  }

  private static Records open(String store, Path directory) throws IOException {
    if (store.equals(HOTPOT)) {
      return new HotpotRecords(directory);
    }
    return new PeerRecords((OrderedPeer) PeerKind.of(store).open(directory, false));
  }

  private static Map<String, Object> toMap(YcsbWorkload.Result result) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("loadedPerSecond", result.loadedPerSecond());
    map.put("operationsPerSecond", result.operationsPerSecond());
    Map<String, Object> latencies = new LinkedHashMap<>();
    result.latencies().forEach((kind, histogram) -> latencies.put(kind, toMap(histogram)));
    map.put("latencies", latencies);
    map.put("verified", result.verified());
    map.put("problems", result.problems());
    return map;
  }

  /** Latencies in microseconds. */
  private static Map<String, Object> toMap(Histogram histogram) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("count", histogram.getTotalCount());
    map.put("p50", histogram.getValueAtPercentile(50) / 1e3);
    map.put("p95", histogram.getValueAtPercentile(95) / 1e3);
    map.put("p99", histogram.getValueAtPercentile(99) / 1e3);
    map.put("max", histogram.getMaxValue() / 1e3);
    return map;
  }
}
