package io.hotpot.tools.bench;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.store.ClusterFabric;
import io.hotpot.tools.NodeNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares fabrics in one run: for each of them a cluster of two nodes, the owner of all objects
 * and another one. Two processes have a node in each cluster; in each round they do as many
 * operations over one fabric as over the other, in turn.
 */
final class FabricBench {

  /**
   * How much is done. Operations are counted, so that the compilers come as far on a slow machine.
   *
   * @param objects of each kind
   * @param warm operations of each workload before it is measured
   * @param operations of each workload in a round
   */
  record Size(int rounds, int objects, int warm, int operations) {

    /** Whole, or so many hundredths of it. */
    static Size of(int rounds, int percent) {
      return new Size(rounds, OBJECTS, Math.max(3 * OBJECTS, 400 * percent), 200 * percent);
    }
  }

  /** So few that each has been read more than once when the measuring begins. */
  private static final int OBJECTS = 100;

  private static final String HEAP = "256m";
  private static final long SECONDS = 600;

  private final Path base;
  private final NodeNetwork network;
  private final List<ClusterFabric> fabrics;
  private final Size size;
  private final Progress progress;

  /**
   * @param network where all clusters are
   */
  FabricBench(
      Path base, NodeNetwork network, List<ClusterFabric> fabrics, Size size, Progress progress) {
    this.base = base;
    this.network = network;
    this.fabrics = List.copyOf(fabrics);
    this.size = size;
    this.progress = progress;
  }

  FabricResults run() throws IOException, InterruptedException {
    List<DispatcherServer> dispatchers = new ArrayList<>();
    try (TalkingJvm owner = child("the owner");
        TalkingJvm other = child("the other node")) {
      for (ClusterFabric fabric : fabrics) {
        progress.show(NodeNetwork.name(fabric) + ": starting");
        dispatchers.add(start(fabric, owner, other));
      }
      FabricResults results = new FabricResults(fabrics);
      for (int round = 0; round <= size.rounds; round++) {
        for (FabricWorkload workload : FabricWorkload.values()) {
          // Who comes first has the colder caches.
          for (ClusterFabric fabric : round % 2 == 0 ? fabrics : fabrics.reversed()) {
            progress.show(
                (round == 0 ? "warm-up" : "round " + round + " of " + size.rounds)
                    + ": "
                    + workload.description
                    + ", "
                    + NodeNetwork.name(fabric));
            measure(workload, fabric, owner, other, round == 0 ? null : results);
          }
        }
      }
      other.say("leave");
      other.answer(SECONDS);
      owner.say("leave");
      owner.answer(SECONDS);
      return results;
    } finally {
      dispatchers.forEach(DispatcherServer::close);
    }
  }

  private TalkingJvm child(String name) throws IOException {
    return new TalkingJvm(
        name, base.resolve("tmp"), HEAP, List.of(), FabricChild.class.getName(), List.of());
  }

  /** Starts a cluster, and creates its objects. */
  private DispatcherServer start(ClusterFabric fabric, TalkingJvm owner, TalkingJvm other)
      throws IOException, InterruptedException {
    Path directory = base.resolve(NodeNetwork.name(fabric));
    DispatcherServer dispatcher =
        DispatcherServer.start(
            DispatcherServer.Settings.alone(
                network.host(), 0, directory.resolve("dispatcher"), network.security()),
            event -> {});
    boolean isStarted = false;
    try {
      String words = network.by(fabric).toWords();
      ask(owner, "join", directory.resolve("owner"), dispatcher.uri(), words);
      ask(other, "join", directory.resolve("other"), dispatcher.uri(), words);
      ask(owner, "make", fabric, size.objects);
      ask(other, "find", fabric);
      isStarted = true;
      return dispatcher;
    } finally {
      if (!isStarted) {
        dispatcher.close();
      }
    }
  }

  private static String ask(TalkingJvm child, Object... words)
      throws IOException, InterruptedException {
    child.say(words);
    return child.answer(SECONDS);
  }

  /**
   * @param results null: it is a warm-up
   */
  private void measure(
      FabricWorkload workload,
      ClusterFabric fabric,
      TalkingJvm owner,
      TalkingJvm other,
      @Nullable FabricResults results)
      throws IOException, InterruptedException {
    TalkingJvm driver =
        switch (workload) {
          case COMMIT, LARGE_COMMIT -> owner;
          case REMOTE_READ -> other;
        };
    if (results == null) {
      ask(driver, "run", fabric, workload, size.warm);
      return;
    }
    FabricReading ownerBefore = look(owner, fabric);
    FabricReading otherBefore = look(other, fabric);
    String[] words = ask(driver, "run", fabric, workload, size.operations).split(" ", -1);
    results
        .of(workload, fabric)
        .add(
            size.operations,
            Long.parseLong(words[0]),
            Latencies.of(words[1]),
            look(owner, fabric).since(ownerBefore),
            look(other, fabric).since(otherBefore));
  }

  private static FabricReading look(TalkingJvm node, ClusterFabric fabric)
      throws IOException, InterruptedException {
    return FabricReading.of(ask(node, "look", fabric));
  }
}
