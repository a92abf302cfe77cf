package io.hotpot.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.rdma.RdmaLibrary;
import io.hotpot.store.ClusterFabric;
import io.hotpot.tools.Json;
import io.hotpot.tools.NodeNetwork;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The comparison of fabrics, over the one that every machine has. */
@Timeout(240)
class FabricBenchTest {

  private static final FabricBench.Size SIZE = new FabricBench.Size(2, 20, 30, 200);

  @TempDir private Path directory;

  @Test
  void whatIsMeasuredIsWhatGoesOverTheNetwork() throws Exception {
    StringWriter text = new StringWriter();
    FabricResults results =
        new FabricBench(
                directory,
                NodeNetwork.loopback(),
                List.of(ClusterFabric.TCP),
                SIZE,
                new Progress(new PrintWriter(text), false))
            .run();

    Map<String, Double> commit = rows(results, FabricWorkload.COMMIT);
    assertThat(commit.get("operations a second")).isPositive();
    assertThat(commit.get("p99, us")).isGreaterThanOrEqualTo(commit.get("p50, us"));
    assertThat(commit.get("messages")).as("an Append and its acknowledgement").isBetween(2.0, 4.0);
    assertThat(commit.get("bytes copied by the owner")).isGreaterThan(300);
    assertThat(commit.get("bytes copied by the replica")).isGreaterThan(200);
    Map<String, Double> read = rows(results, FabricWorkload.REMOTE_READ);
    assertThat(read.get("messages")).as("a Fetch and its answer").isBetween(2.0, 3.5);
    assertThat(read.get("bytes of messages")).isGreaterThan(100);
    assertThat(List.of(commit, read))
        .allSatisfy(
            rows -> {
              assertThat(rows.get("one-sided writes")).isZero();
              assertThat(rows.get("one-sided reads")).isZero();
            });
    assertThat(results.bars()).as("nothing to compare with").isEmpty();

    new FabricReport("here", results).print(new PrintWriter(text, true));
    assertThat(text.toString()).contains("tcp", "processor time of the replica, us", "hotpot-node");
    assertThat(Json.of(new FabricReport("here", results).toMap()))
        .contains("\"REMOTE_READ\":{\"tcp\":{\"operations a second\":", "\"sentMessages.Fetch\":");
  }

  private static Map<String, Double> rows(FabricResults results, FabricWorkload workload) {
    return results.of(workload, ClusterFabric.TCP).rows(workload);
  }

  @Test
  void barsCompareRdmaWithTcp() {
    FabricResults results = new FabricResults(List.of(ClusterFabric.TCP, ClusterFabric.RDMA));
    add(results, FabricWorkload.COMMIT, ClusterFabric.TCP, 1000);
    add(results, FabricWorkload.COMMIT, ClusterFabric.RDMA, 900);
    add(results, FabricWorkload.LARGE_COMMIT, ClusterFabric.TCP, 1000);
    add(results, FabricWorkload.LARGE_COMMIT, ClusterFabric.RDMA, 1100);
    add(results, FabricWorkload.REMOTE_READ, ClusterFabric.TCP, 1000);
    add(results, FabricWorkload.REMOTE_READ, ClusterFabric.RDMA, 600);
    assertThat(results.bars()).extracting(Bar::isMet).containsExactly(true, false, false);
    assertThat(results.bars().getLast().value()).isBetween(0.58, 0.62);
  }

  private static void add(
      FabricResults results, FabricWorkload workload, ClusterFabric fabric, long nanos) {
    Latencies latencies = new Latencies();
    latencies.record(nanos);
    results
        .of(workload, fabric)
        .add(1, nanos, latencies, FabricReading.none(), FabricReading.none());
  }

  @Test
  void aReadingSurvivesTheWayToAnotherProcess() throws Exception {
    FabricReading now = FabricReading.now(Map.of("sentMessages.Append", 3L, "joins", 1L));
    assertThat(FabricReading.of(now.toText())).isEqualTo(now);
    assertThat(FabricReading.of(FabricReading.none().toText())).isEqualTo(FabricReading.none());
    FabricReading earlier =
        new FabricReading(Map.of("sentMessages.Append", 1L), ProcessorTime.none());
    assertThat(now.since(earlier).counted("sentMessages.Append")).isEqualTo(2);
    assertThat(now.since(earlier).plus(earlier).counters()).isEqualTo(now.counters());
    FabricReading renewed =
        new FabricReading(
            Map.of("sentMessages.Renew", 9L, "sentMessages.Fetch", 2L), ProcessorTime.none());
    assertThat(renewed.countedOf("sentMessages.")).isEqualTo(2);
  }

  static boolean isRdmaHere() {
    return RdmaLibrary.availability().isAvailable();
  }

  @Test
  @DisabledIf("isRdmaHere")
  void withoutADeviceItIsSaidInASentence() {
    StringWriter err = new StringWriter();
    assertThat(run(err, "--cluster", "--fabric=tcp,rdma")).isNotZero();
    assertThat(err.toString()).startsWith("no RDMA here: ").doesNotContain("\n");
  }

  @Test
  void whatCannotBeComparedIsWrongUsage() {
    for (List<String> arguments :
        List.of(
            List.of("--cluster", "--fabric=tcp,tcp"),
            List.of("--cluster", "--fabric=tcp,auto"),
            List.of("--cluster=UPDATE", "--fabric=tcp,rdma"),
            List.of("--cluster", "--fabric=tcp,rdma", "--rounds=0"),
            List.of("--cluster", "--fabric=infiniband"),
            List.of("--fabric=tcp"))) {
      assertThat(run(new StringWriter(), arguments.toArray(new String[0])))
          .as(arguments.toString())
          .isEqualTo(CommandLine.ExitCode.USAGE);
    }
  }

  private static int run(StringWriter err, String... arguments) {
    CommandLine command = new CommandLine(new BenchCommand());
    command.setCaseInsensitiveEnumValuesAllowed(true);
    command.setExecutionExceptionHandler(
        (exception, line, parsed) -> {
          err.append(exception.getMessage());
          return 3;
        });
    return command.setErr(new PrintWriter(err, true)).execute(arguments);
  }
}
