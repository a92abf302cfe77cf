package io.hotpot.tools.demo;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Progress;
import io.hotpot.tools.NodeNetwork;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.Logger;

/**
 * A child process of the demo on a cluster: its dispatcher, or one of its nodes. It does what it is
 * told on standard input, a word a line, and ends when nobody can tell it anything any more; so it
 * does not outlive the demo, however that ends.
 *
 * <pre>
 *   dispatcher DIRECTORY                       says: listening URI
 *   node DIRECTORY URI MODULE...               says: joined ID ADDRESS
 *     load     loads what is missing; says what {@link Loader} does, then: closed
 *     ask      says for each question: answer QUESTION TAB ANSWER; then: answered READS NANOSECONDS
 * </pre>
 */
final class ClusterChild {

  /** The variable of the environment with the words of its {@link NodeNetwork}. */
  static final String NETWORK = "HOTPOT_DEMO_NETWORK";

  /** The dispatcher is there, but a slow machine may take long to answer. */
  private static final Duration WAIT = Duration.ofMinutes(1);

  private static final long HEAP_BYTES = 512L << 20;
  private static final int DEGREE = 3;

  /** What nodes tell of the cluster: the demo tells it itself. Held, since loggers are weak. */
  private static final Logger CLUSTER = Logger.getLogger("io.hotpot.cluster");

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private ClusterChild() {}

  public static void main(String[] args) throws IOException {
    CLUSTER.setUseParentHandlers(false);
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Path directory = Path.of(args[1]);
    if (args[0].equals("dispatcher")) {
      dispatch(directory, orders);
    } else {
      takePart(directory, args[2], List.of(args).subList(3, args.length), orders);
    }
  }

  private static NodeNetwork network() {
    return NodeNetwork.ofWords(List.of(System.getenv(NETWORK).split(" ", -1)));
  }

  private static void dispatch(Path directory, BufferedReader orders) throws IOException {
    try (DispatcherServer server =
        DispatcherServer.start(
            DispatcherServer.Settings.alone(network().host(), 0, directory, network().security()),
            event -> {})) {
      OUT.println("listening " + server.uri());
      while (orders.readLine() != null) {
        // Nothing is asked of it but to be there.
      }
    }
  }

  private static void takePart(
      Path directory, String dispatcher, List<String> modules, BufferedReader orders)
      throws IOException {
    HotpotOptions store =
        HotpotOptions.defaults().withMaxBytes(HEAP_BYTES).withDurability(Durability.PROCESS);
    long began = System.nanoTime();
    try (Hotpot hotpot =
        Hotpot.join(
            dispatcher,
            network()
                .place(ClusterOptions.withHeap(directory).withStore(store), 0)
                .withDispatcherWait(WAIT))) {
      long joinedUs = (System.nanoTime() - began) / 1000;
      hotpot
          .member()
          .ifPresent(self -> OUT.println("joined " + self.nodeId() + " " + self.address()));
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        Dataset jdk = hotpot.dataset(Loader.DATASET, DatasetOptions.defaults().withDegree(DEGREE));
        if (order.equals("load")) {
          Loader.load(hotpot, jdk, joinedUs, modules, OUT);
          OUT.println("closed");
        } else {
          ask(jdk);
        }
      }
    }
  }

  private static void ask(Dataset jdk) {
    long began = System.nanoTime();
    long[] reads = new long[1];
    Map<String, String> answers =
        jdk.read(
            tx -> {
              StoredGraph graph = new StoredGraph(jdk, tx, Progress.none());
              Map<String, String> found = graph.answers();
              reads[0] = graph.reads();
              return found;
            });
    answers.forEach((question, answer) -> OUT.println("answer " + question + "\t" + answer));
    OUT.println("answered " + reads[0] + " " + (System.nanoTime() - began));
  }
}
