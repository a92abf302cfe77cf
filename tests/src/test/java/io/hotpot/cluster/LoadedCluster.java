package io.hotpot.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.history.HistoryWriter;
import io.hotpot.history.WrittenHistory;
import io.hotpot.store.ClusterFabric;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.Hotpot;
import io.hotpot.tools.InProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Three processes under load, each a node ({@link LoadedNode}), and a dispatcher in this one; one
 * at a time can be killed, or stopped for longer than its lease. The others must go on, and it must
 * come back.
 *
 * <p>No clock: what a fault has to outlast (a lease) is over when the others have made progress
 * again, since half of what they do is in the partition of the one that is away.
 */
final class LoadedCluster implements AutoCloseable {

  static final int NODES = 3;
  private static final String SECRET = "a secret that nobody guesses";

  /**
   * Where the processes are, and how they speak.
   *
   * @param fabric by what the nodes speak with each other
   * @param degree copies of each partition; with fewer than there are nodes some read what they
   *     have no copy of
   * @param cacheBytes of the copies that a node keeps of others' objects
   * @param pauseMs of a client between two operations, so that a history stays small enough to be
   *     checked at once
   * @param progress tens of operations that show that a node goes on
   */
  record Kind(ClusterFabric fabric, int degree, long cacheBytes, int pauseMs, int progress) {}

  /** A place for a process. */
  interface Hosts {
    /** Of the dispatcher and this process: 0; of the nodes: 1 to {@link #NODES}. */
    String address(int host);

    /** What to put before a command that is to run there. */
    List<String> on(int host);
  }

  /** All on one address. */
  record OneHost(String address) implements Hosts {
    @Override
    public String address(int host) {
      return address;
    }

    @Override
    public List<String> on(int host) {
      return List.of();
    }
  }

  private final Path directory;
  private final Hosts hosts;
  private final Kind kind;
  private final List<ChildProcess> processes =
      new ArrayList<>(Collections.nCopies(NODES + 1, null));
  private final List<Path> histories = new ArrayList<>();
  private final int[] lives = new int[NODES + 1];
  private final DispatcherServer dispatcher;

  /** Starts the dispatcher alone. */
  LoadedCluster(Path directory, Hosts hosts, Kind kind) {
    this.directory = directory;
    this.hosts = hosts;
    this.kind = kind;
    dispatcher =
        DispatcherServer.start(
            DispatcherServer.Settings.alone(
                hosts.address(0), 0, directory.resolve("cd"), new ClusterSecurity.Secret(SECRET)),
            event -> {});
  }

  /** What {@code hotpot cluster --json} prints. */
  String show() throws IOException {
    Path secret = directory.resolve("secret");
    Files.writeString(secret, SECRET);
    List<String> command =
        List.of(
            "cluster",
            "--json",
            "--dispatcher",
            dispatcher.uri(),
            "--secret-file",
            secret.toString());
    return InProcess.run(command);
  }

  void start() throws IOException {
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
            hosts.on(node),
            "256m",
            LoadedNode.class,
            List.of(
                hosts.address(node),
                dispatcher.uri(),
                SECRET,
                directory.resolve("heap" + node).toString(),
                history.toString(),
                Integer.toString(number),
                kind.fabric.name(),
                Integer.toString(kind.degree),
                Long.toString(kind.cacheBytes),
                Integer.toString(kind.pauseMs))));
    processes.get(node).await("joined");
  }

  private String tell(int node, String order, String answer) throws IOException {
    processes.get(node).tell(order);
    return processes.get(node).await(answer);
  }

  /** A node goes on from now. */
  void awaitProgress(int node) throws IOException {
    tell(node, "mark", "marked");
    for (int i = 0; i < kind.progress; i++) {
      processes.get(node).await("did");
    }
  }

  void awaitProgressOfOthers(int away) throws IOException {
    for (int node = 1; node <= NODES; node++) {
      if (node != away) {
        awaitProgress(node);
      }
    }
  }

  void kill(int node) throws IOException {
    processes.get(node).close();
    awaitProgressOfOthers(node);
    start(node);
    processes.get(node).tell("go");
    awaitProgress(node);
  }

  void pause(int node) throws IOException {
    processes.get(node).pause();
    awaitProgressOfOthers(node);
    processes.get(node).goOn();
    awaitProgress(node);
  }

  /** What a node has counted in its present life. */
  Map<String, Long> counters(int node) throws IOException {
    Map<String, Long> counters = new TreeMap<>();
    for (String each : tell(node, "count", "counted ").split(" ")) {
      int at = each.indexOf('=');
      if (at > 0) {
        counters.put(each.substring(0, at), Long.parseLong(each.substring(at + 1)));
      }
    }
    return counters;
  }

  /** What all nodes together have counted in their present lives. */
  long sum(String key) throws IOException {
    long sum = 0;
    for (int node = 1; node <= NODES; node++) {
      Map<String, Long> counters = counters(node);
      assertThat(counters).containsKey(key);
      sum += counters.get(key);
    }
    return sum;
  }

  /** The clients end; the nodes stay. */
  void stopClients() throws IOException {
    for (int node = 1; node <= NODES; node++) {
      tell(node, "stop", "stopped");
    }
  }

  /** The nodes end, and the history of all of them must be strictly serializable. */
  WrittenHistory end() throws IOException, InterruptedException {
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
    return history;
  }

  /** All nodes still serve; what they hold at the end is part of the history. */
  private void readAtTheEnd() throws IOException {
    Path file = directory.resolve("history-end.jsonl");
    histories.add(file);
    ClusterOptions options =
        ClusterOptions.withoutHeap()
            .at(hosts.address(0), 0)
            .withSecurity(new ClusterSecurity.Secret(SECRET))
            .withFabric(kind.fabric);
    try (Hotpot hotpot = Hotpot.join(dispatcher.uri(), options);
        HistoryWriter history = new HistoryWriter(file)) {
      LoadedNode reader = new LoadedNode(hotpot, kind.degree, kind.pauseMs, history);
      reader.find();
      assertThat(reader.readLists(0)).isTrue();
      assertThat(reader.balances(0)).isTrue();
    }
  }

  @Override
  public void close() {
    for (ChildProcess process : processes) {
      if (process != null) {
        process.close();
      }
    }
    dispatcher.close();
  }
}
