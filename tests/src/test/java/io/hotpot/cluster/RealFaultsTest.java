package io.hotpot.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.history.HistoryWriter;
import io.hotpot.history.WrittenHistory;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.Hotpot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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
 *
 * <p>No clock: what a fault has to outlast (a lease) is over when the others have made progress
 * again, since half of what they do is in the partition of the one that is away.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RealFaultsTest {

  private static final int NODES = 3;
  private static final String SECRET = "a secret that nobody guesses";

  /** Tens of operations that show that a node goes on. */
  private static final int PROGRESS = 10;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private final List<ChildProcess> processes =
      new ArrayList<>(Collections.nCopies(NODES + 1, null));
  private final List<Path> histories = new ArrayList<>();
  private final int[] lives = new int[NODES + 1];
  private @Nullable Namespaces network;
  private @Nullable DispatcherServer dispatcher;

  @AfterEach
  void endAll() {
    for (ChildProcess process : processes) {
      if (process != null) {
        process.close();
      }
    }
    if (dispatcher != null) {
      dispatcher.close();
    }
    if (network != null) {
      network.close();
    }
  }

  private String address(int host) {
    return network == null ? "127.0.0.1" : network.address(host);
  }

  private void startCluster() throws IOException {
    dispatcher =
        DispatcherServer.start(
            DispatcherServer.Settings.alone(
                address(0), 0, directory.resolve("cd"), new ClusterSecurity.Secret(SECRET)),
            event -> {});
    for (int node = 1; node <= NODES; node++) {
      start(node);
    }
    for (int node = 1; node <= NODES; node++) {
      tell(node, "make", "ready");
    }
    for (int node = 1; node <= NODES; node++) {
      processes.get(node).tell("go");
    }
    for (int node = 1; node <= NODES; node++) {
      awaitProgress(node);
    }
  }

  private void start(int node) throws IOException {
    int number = node + 100 * lives[node]++;
    Path history = directory.resolve("history-" + number + ".jsonl");
    histories.add(history);
    processes.set(
        node,
        ChildProcess.start(
            network == null ? List.of() : network.on(node),
            "256m",
            LoadedNode.class,
            List.of(
                address(node),
                dispatcher.uri(),
                SECRET,
                directory.resolve("heap" + node).toString(),
                history.toString(),
                Integer.toString(number))));
    processes.get(node).await("joined");
  }

  private void tell(int node, String order, String answer) throws IOException {
    processes.get(node).tell(order);
    processes.get(node).await(answer);
  }

  /** A node goes on from now. */
  private void awaitProgress(int node) throws IOException {
    tell(node, "mark", "marked");
    for (int i = 0; i < PROGRESS; i++) {
      processes.get(node).await("did");
    }
  }

  private void awaitProgressOfOthers(int away) throws IOException {
    for (int node = 1; node <= NODES; node++) {
      if (node != away) {
        awaitProgress(node);
      }
    }
  }

  private void kill(int node) throws IOException {
    processes.get(node).close();
    awaitProgressOfOthers(node);
    start(node);
    processes.get(node).tell("go");
    awaitProgress(node);
  }

  private void pause(int node) throws IOException {
    processes.get(node).pause();
    awaitProgressOfOthers(node);
    processes.get(node).goOn();
    awaitProgress(node);
  }

  private void cut(int node) throws IOException {
    network.cut(node);
    awaitProgressOfOthers(node);
    network.mend(node);
    awaitProgress(node);
  }

  /** The dispatcher decides which of the two has to go; the third one goes on meanwhile. */
  private void cutOneWay(int from, int to) throws IOException {
    network.cutOneWay(from, to);
    awaitProgress(6 - from - to);
    network.mendOneWay(from, to);
    awaitProgress(from);
    awaitProgress(to);
  }

  @Test
  void killedAndPausedNodesLoseAndBreakNothing() throws IOException, InterruptedException {
    startCluster();
    kill(1);
    pause(2);
    kill(3);
    pause(1);
    end();
  }

  @Test
  void nodesThatAreCutOffLoseAndBreakNothing() throws IOException, InterruptedException {
    assumeTrue(Namespaces.arePossible(), "network namespaces need root and the command ip");
    network = Namespaces.withHosts(NODES);
    startCluster();
    cut(1);
    cutOneWay(2, 3);
    kill(2);
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
        case 0 -> kill(node);
        case 1 -> pause(node);
        case 2 -> cut(node);
        default -> cutOneWay(node, other);
      }
    }
    end();
  }

  private void end() throws IOException, InterruptedException {
    for (int node = 1; node <= NODES; node++) {
      tell(node, "stop", "stopped");
    }
    readAtTheEnd();
    for (int node = 1; node <= NODES; node++) {
      processes.get(node).tell("end");
      assertThat(processes.get(node).exitValue()).isZero();
    }
    WrittenHistory history = new WrittenHistory(histories);
    System.out.printf(
        "%d operations done, %d refused, %d whose end nobody knows; the longest took %.1f s%n",
        history.count("ok"),
        history.count("fail"),
        history.count("info"),
        history.longestSeconds());
    assertThat(history.anomaly(NODES * LoadedNode.ACCOUNTS * LoadedNode.EACH)).isEmpty();
    assertThat(history.count("ok")).isGreaterThan(100);
  }

  /** All nodes still serve; what they hold at the end is part of the history. */
  private void readAtTheEnd() throws IOException {
    Path file = directory.resolve("history-end.jsonl");
    histories.add(file);
    ClusterOptions options =
        ClusterOptions.withoutHeap()
            .at(address(0), 0)
            .withSecurity(new ClusterSecurity.Secret(SECRET));
    try (Hotpot hotpot = Hotpot.join(dispatcher.uri(), options);
        HistoryWriter history = new HistoryWriter(file)) {
      LoadedNode reader = new LoadedNode(hotpot, history);
      reader.find();
      assertThat(reader.readLists(0)).isTrue();
      assertThat(reader.balances(0)).isTrue();
    }
  }
}
