package io.hotpot.cluster;

import static io.hotpot.cluster.LoadedCluster.NODES;
import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.history.WrittenHistory;
import io.hotpot.store.ClusterFabric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@link RealFaultsTest} over RDMA: nodes in processes of their own are killed, or stand still for
 * longer than a lease while the device goes on to write and read in their memory.
 */
@Tag("guest")
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RdmaFaultsGuestTest {

  /** No copies are kept, so that what is read again is read in its owner's memory. */
  private static final LoadedCluster.Kind KIND =
      new LoadedCluster.Kind(ClusterFabric.RDMA, 2, 0, 100, 1);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private LoadedCluster cluster;

  @AfterEach
  void endAll() {
    cluster.close();
  }

  @Test
  void killedAndPausedNodesLoseAndBreakNothing() throws IOException, InterruptedException {
    String host = System.getProperty("hotpot.guest.address");
    cluster = new LoadedCluster(directory, new LoadedCluster.OneHost(host), KIND);
    cluster.start();
    assertOneSidedAccess();
    cluster.kill(1);
    System.out.println("node 1 was killed and came back");
    cluster.pause(2);
    System.out.println("node 2 stood still and goes on");
    assertOneSidedAccess();
    cluster.stopClients();
    assertThatRdmaCarriesAllSessions();
    WrittenHistory history = cluster.end();
    assertThat(history.count("ok")).isGreaterThan(50);
  }

  /** Each of them happens somewhere from now on. */
  private void assertOneSidedAccess() throws IOException {
    for (String key : List.of("appendsWritten", "appendsTakenInPlace", "placeReads")) {
      long before = cluster.sum(key);
      while (cluster.sum(key) <= before) {
        cluster.awaitProgressOfOthers(0);
      }
      System.out.println(key + " went from " + before + " to " + cluster.sum(key));
    }
  }

  private void assertThatRdmaCarriesAllSessions() throws IOException {
    String said = cluster.show();
    long byRdma = Pattern.compile("\"by\":\"rdma\"").matcher(said).results().count();
    assertThat(byRdma).as(said).isEqualTo((long) NODES * (NODES - 1));
    assertThat(said).doesNotContain("\"by\":\"tcp\"");
  }
}
