package io.hotpot.cluster;

import static io.hotpot.cluster.LoadedCluster.NODES;
import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.ClusterFabric;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The device is taken away while a cluster runs over it: another one than the other tests use,
 * since it goes only when no process has it open any more.
 */
@Tag("guest-2")
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RdmaRemovalGuestTest {

  private static final LoadedCluster.Kind KIND =
      new LoadedCluster.Kind(ClusterFabric.AUTO, 2, 0, 100, 1);

  private static final String ADDRESS = "10.9.1.1";

  /** The nodes are where the device is, this process is not. */
  private record WithDevice() implements LoadedCluster.Hosts {
    @Override
    public String address(int host) {
      return host == 0 ? "127.0.0.1" : ADDRESS;
    }

    @Override
    public List<String> on(int host) {
      return List.of();
    }
  }

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private LoadedCluster cluster;
  private Process removal;

  @BeforeEach
  void start() throws Exception {
    run("ip", "addr", "add", ADDRESS + "/24", "dev", "eth1");
    run("ip", "link", "set", "eth1", "up");
    run("rdma", "link", "add", "rxe1", "type", "rxe", "netdev", "eth1");
    cluster = new LoadedCluster(directory, new WithDevice(), KIND);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private static Process begin(String... command) throws IOException {
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static void run(String... command) throws Exception {
    end(begin(command));
  }

  private static void end(Process process) throws Exception {
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  @Test
  void sessionsGoOnOverTcpAndNothingIsLost() throws Exception {
    cluster.start();
    while (sum("appendsTakenInPlace") == 0) {
      cluster.awaitProgressOfOthers(0);
    }
    assertThat(sessionsBy(cluster.show(), "rdma")).isPositive();
    long ended = sum("sessionsEnded");

    removal = begin("rdma", "link", "delete", "rxe1");
    long sent = sum("appendsSent");
    long written = -1;
    // Until what is appended goes in messages, and nothing goes by itself.
    while (sum("appendsSent") == sent || sum("appendsWritten") != written) {
      written = sum("appendsWritten");
      sent = sum("appendsSent");
      cluster.awaitProgressOfOthers(0);
    }

    assertThat(sum("sessionsEnded")).isGreaterThan(ended);
    String shown = cluster.show();
    assertThat(sessionsBy(shown, "rdma")).isZero();
    assertThat(sessionsBy(shown, "tcp")).isEqualTo((long) NODES * (NODES - 1));
    assertThat(shown).contains("the RDMA device at /" + ADDRESS, "was removed");
    cluster.stopClients();
    assertThat(cluster.end().count("ok")).isGreaterThan(50);
    // Nobody has it any more.
    end(removal);
  }

  private static long sessionsBy(String shown, String carriage) {
    return Pattern.compile("\"by\":\"" + carriage + "\"").matcher(shown).results().count();
  }

  private long sum(String key) throws IOException {
    return cluster.sum(key);
  }
}
