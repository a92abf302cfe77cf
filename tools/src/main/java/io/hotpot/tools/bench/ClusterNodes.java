package io.hotpot.tools.bench;

import io.hotpot.tools.NodeNetwork;
import io.hotpot.tools.bench.ClusterResults.Figures;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of a cluster that is measured, each in a JVM of its own, with the drivers in them. A
 * command goes to all nodes, and is over when all have answered.
 *
 * <p>The commands, whose receiver is in the module of the peers, where YCSB's library is:
 *
 * <pre>
 * join number directory network port... spare...   starts the node
 * dispatch 0 directory network port... spare...    starts the dispatcher, in its own process
 * await                                    until all nodes are members
 * load table number                        inserts this node's share
 * loaded table                             all nodes have inserted theirs
 * run workload drivers ms                  answers operations, seconds, latencies, calls to write,
 *                                          processor time, time of its compilers
 * check table                              that the data is still right
 * commit table drivers from to             begins to update values without an end
 * count                                    answers how often that was acknowledged
 * resumed moment                           answers when commits went on after it
 * stop                                     ends the updates
 * held                                     answers bytes of the medium in use
 * leave                                    closes the node
 * </pre>
 */
final class ClusterNodes implements AutoCloseable {

  static final int NODES = 3;

  private static final String CHILD = "io.hotpot.peers.ClusterChild";
  private static final String HEAP = "768m";

  /** A node on a busy machine takes a while; one that takes longer hangs. */
  private static final long SECONDS = 120;

  private final ClusterKind kind;
  private final NodeNetwork network;
  private final Path base;
  private final String ports;
  private final List<TalkingJvm> nodes = new ArrayList<>();
  private @Nullable TalkingJvm dispatcher;

  private ClusterNodes(ClusterKind kind, NodeNetwork network, Path base) throws IOException {
    this.kind = kind;
    this.network = network;
    this.base = base;
    this.ports = freePorts(2 * NODES);
  }

  /** True if the child is on the class path. */
  static boolean canStart() {
    return ClusterNodes.class.getClassLoader().getResource(CHILD.replace('.', '/') + ".class")
        != null;
  }

  /** Starts a cluster; its nodes join one after the other. */
  static ClusterNodes start(ClusterKind kind, NodeNetwork network, Path base)
      throws IOException, InterruptedException {
    ClusterNodes cluster = new ClusterNodes(kind, network, base);
    try {
      if (kind.hasDispatcher()) {
        cluster.startDispatcher();
      }
      for (int n = 0; n < NODES; n++) {
        cluster.nodes.add(cluster.child("node " + n));
      }
      for (int n = 0; n < NODES; n++) {
        cluster.join(n, "node" + n);
      }
      cluster.all("await");
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private TalkingJvm child(String name) throws IOException {
    return new TalkingJvm(
        name, base.resolve("tmp"), HEAP, kind.jvmOptions(), CHILD, List.of(kind.name()));
  }

  private void startDispatcher() throws IOException, InterruptedException {
    TalkingJvm started = child("the dispatcher");
    dispatcher = started;
    started.say("dispatch", 0, base.resolve("dispatcher"), network.toWords(), ports);
    started.answer(SECONDS);
  }

  private void join(int number, String directory) throws IOException, InterruptedException {
    nodes.get(number).say("join", number, base.resolve(directory), network.toWords(), ports);
    nodes.get(number).answer(SECONDS);
  }

  /** Ports that nobody listens on now; all are taken at once, so that they differ. */
  private static String freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return String.join(" ", sockets.stream().map(s -> "" + s.getLocalPort()).toList());
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  private void all(Object... command) throws IOException, InterruptedException {
    for (TalkingJvm node : nodes) {
      node.say(command);
    }
    for (TalkingJvm node : nodes) {
      node.answer(SECONDS);
    }
  }

  void load(ClusterWorkload.Load load, int count) throws IOException, InterruptedException {
    all("load", load, count);
    all("loaded", load);
  }

  /**
   * What a workload gave.
   *
   * @param compiling how much of each second all JVMs together compiled
   */
  record Run(Figures figures, double compiling) {}

  /** Runs a workload on all nodes at once, its drivers spread over them. */
  Run run(ClusterWorkload workload, int drivers, int millis)
      throws IOException, InterruptedException {
    List<Integer> shares =
        IntStream.range(0, NODES).map(n -> (drivers + NODES - 1 - n) / NODES).boxed().toList();
    for (int n = 0; n < NODES; n++) {
      nodes.get(n).say("run", workload, shares.get(n), millis);
    }
    double rate = 0;
    long operations = 0;
    long writes = 0;
    long cpuNanos = 0;
    double compiling = 0;
    Latencies latencies = new Latencies();
    for (TalkingJvm node : nodes) {
      String[] words = node.answer(SECONDS).split(" ", -1);
      rate += Long.parseLong(words[0]) / Double.parseDouble(words[1]);
      operations += Long.parseLong(words[0]);
      writes += Long.parseLong(words[3]);
      cpuNanos += Long.parseLong(words[4]);
      compiling += Long.parseLong(words[5]) / 1e3 / Double.parseDouble(words[1]);
      latencies.add(Latencies.of(words[2]));
    }
    Figures figures =
        new Figures(
            rate,
            latencies.quantile(0.5) / 1e3,
            latencies.quantile(0.99) / 1e3,
            writes < 0 ? Double.NaN : writes / (double) operations,
            cpuNanos / 1e3 / operations);
    return new Run(figures, compiling);
  }

  /** Lets the nodes see whether the data is still right. */
  void check(ClusterWorkload.Load load) throws IOException, InterruptedException {
    all("check", load);
  }

  /** Tells one node something, and waits for its answer. */
  String ask(int node, Object... command) throws IOException, InterruptedException {
    nodes.get(node).say(command);
    return nodes.get(node).answer(SECONDS);
  }

  /** By SIGKILL. */
  void kill(int node) {
    nodes.get(node).close();
  }

  /** Starts an empty node in the place of one that was killed. */
  void replace(int node) throws IOException, InterruptedException {
    nodes.set(node, child("the new node " + node));
    join(node, "node" + node + "b");
  }

  /** The nodes leave in order; what goes wrong then is a failure too. */
  void leave() throws IOException, InterruptedException {
    for (TalkingJvm node : nodes) {
      node.say("leave");
      node.answer(SECONDS);
    }
  }

  /** Removes what nodes that run no more have left. */
  static void delete(Path base) throws IOException {
    for (int n = 0; n < NODES; n++) {
      ChildJvm.delete(base.resolve("node" + n));
      ChildJvm.delete(base.resolve("node" + n + "b"));
    }
    ChildJvm.delete(base.resolve("dispatcher"));
    ChildJvm.delete(base.resolve("tmp"));
  }

  /** Kills what still runs. */
  @Override
  public void close() {
    nodes.forEach(TalkingJvm::close);
    if (dispatcher != null) {
      dispatcher.close();
    }
  }
}
