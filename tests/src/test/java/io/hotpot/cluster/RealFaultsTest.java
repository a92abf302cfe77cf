package io.hotpot.cluster;

import static io.hotpot.cluster.LoadedCluster.NODES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hotpot.store.ClusterFabric;
import io.hotpot.store.HotpotOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three processes on hosts of their own under load; one at a time is killed, stopped for longer
 * than its lease, or cut off. The others must go on, it must come back, and the history of all of
 * them must be strictly serializable.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RealFaultsTest {

  private static final LoadedCluster.Kind KIND =
      new LoadedCluster.Kind(ClusterFabric.AUTO, 3, HotpotOptions.defaults().cacheBytes(), 5, 10);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private @Nullable Namespaces network;
  private @Nullable LoadedCluster cluster;

  @AfterEach
  void endAll() {
    if (cluster != null) {
      cluster.close();
    }
    if (network != null) {
      network.close();
    }
  }

  private void startCluster() throws IOException {
    LoadedCluster.Hosts hosts = network == null ? new LoadedCluster.OneHost("127.0.0.1") : network;
    cluster = new LoadedCluster(directory, hosts, KIND);
    cluster.start();
  }

  private void cut(int node) throws IOException {
    network.cut(node);
    cluster.awaitProgressOfOthers(node);
    network.mend(node);
    cluster.awaitProgress(node);
  }

  /** The dispatcher decides which of the two has to go; the third one goes on meanwhile. */
  private void cutOneWay(int from, int to) throws IOException {
    network.cutOneWay(from, to);
    cluster.awaitProgress(6 - from - to);
    network.mendOneWay(from, to);
    cluster.awaitProgress(from);
    cluster.awaitProgress(to);
  }

  @Test
  void killedAndPausedNodesLoseAndBreakNothing() throws IOException, InterruptedException {
    startCluster();
    cluster.kill(1);
    cluster.pause(2);
    cluster.kill(3);
    cluster.pause(1);
    end();
  }

  @Test
  void nodesThatAreCutOffLoseAndBreakNothing() throws IOException, InterruptedException {
    assumeTrue(Namespaces.arePossible(), "network namespaces need root and the command ip");
    network = Namespaces.withHosts(NODES);
    startCluster();
    cut(1);
    cutOneWay(2, 3);
    cluster.kill(2);
    cut(3);
    end();
  }

  /** As many faults as wanted, drawn from a seed. */
  @Test
  @EnabledIfSystemProperty(named = "hotpot.faults", matches = "\\d+")
  @Timeout(value = 24, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aCampaign() throws IOException, InterruptedException {
    long seed = Long.getLong("hotpot.seed", new SplittableRandom().nextLong());
    SplittableRandom random = new SplittableRandom(seed);
    boolean hosts = Namespaces.arePossible();
    network = hosts ? Namespaces.withHosts(NODES) : null;
    System.out.println(
        "faults with -Dhotpot.seed=" + seed + (hosts ? "" : ", none of the network"));
    startCluster();
    for (int left = Integer.getInteger("hotpot.faults"); left > 0; left--) {
      int node = 1 + random.nextInt(NODES);
      int other = 1 + (node + random.nextInt(NODES - 1)) % NODES;
      switch (random.nextInt(hosts ? 4 : 2)) {
        case 0 -> cluster.kill(node);
        case 1 -> cluster.pause(node);
        case 2 -> cut(node);
        default -> cutOneWay(node, other);
      }
    }
    end();
  }

  private void end() throws IOException, InterruptedException {
    cluster.stopClients();
    assertThat(cluster.end().count("ok")).isGreaterThan(100);
  }
}
