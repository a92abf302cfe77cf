package io.hotpot.tools.bench;

import io.hotpot.store.ClusterFabric;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import io.hotpot.tools.NodeNetwork;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.logging.LogManager;
import java.util.stream.Stream;

/**
 * A process of the comparison of fabrics. It has a node in each cluster, which differ in the fabric
 * alone: so both run the same compiled code, and one does nothing while the other is measured.
 *
 * <pre>
 * join directory uri fabric host secret    joins a cluster; answers when it is a member
 * make fabric number                       creates the objects, and owns them
 * find fabric                              finds those of another node
 * run fabric workload number               answers nanoseconds and latencies of so many operations
 * look fabric                              answers what this node has counted and used
 * leave                                    closes the nodes
 * </pre>
 */
final class FabricChild {

  /** Objects that are committed have a replica, and those that are read are on one node only. */
  private static final String COMMITTED = "committed";

  private static final String LARGE = "large";
  private static final int LARGE_BYTES = 1_000;

  private static final String READ = "read";
  private static final String ROOT = "all";
  private static final int FAILED = 1;

  /** The dispatcher is there, but a slow machine may take long to answer. */
  private static final Duration WAIT = Duration.ofMinutes(5);

  private static final long HEAP_BYTES = 128L << 20;

  /** All objects of a dataset. */
  record All(List<Ref<Item>> items) {}

  /** The node in one of the clusters, and the objects. */
  private static final class Joined {
    final Hotpot store;
    final SplittableRandom random = new SplittableRandom(1);
    private long operations;
    List<Ref<Item>> committed = List.of();
    List<Ref<byte[]>> large = List.of();
    List<Ref<Item>> read = List.of();

    Joined(Hotpot store) {
      this.store = store;
    }

    Dataset dataset(String name, int degree) {
      return store.dataset(name, DatasetOptions.defaults().withDegree(degree));
    }

    void make(int number) {
      committed = made(dataset(COMMITTED, 2), number);
      large =
          dataset(LARGE, 2)
              .transact(tx -> Stream.generate(() -> tx.allocate(large(0))).limit(number).toList());
      read = made(dataset(READ, 1), number);
    }

    private static byte[] large(int value) {
      return ByteBuffer.allocate(LARGE_BYTES).putInt(value).array();
    }

    private static List<Ref<Item>> made(Dataset dataset, int number) {
      List<Ref<Item>> items = new ArrayList<>();
      dataset.run(
          tx -> {
            items.clear();
            for (int i = 0; i < number; i++) {
              items.add(tx.allocate(Item.of(i, 0)));
            }
          });
      dataset.root(ROOT, () -> new All(items));
      return items;
    }

    void find() {
      Dataset dataset = dataset(READ, 1);
      Ref<All> all = dataset.read(tx -> tx.<All>root(ROOT)).orElseThrow();
      read = dataset.read(tx -> tx.get(all)).items();
    }

    /** In turn, so that all are known when the first are met again. */
    private int next(List<?> items) {
      return (int) (operations++ % items.size());
    }

    void commit() {
      int next = next(committed);
      Item item = Item.of(next, random.nextInt(Integer.MAX_VALUE));
      Ref<Item> ref = committed.get(next);
      store
          .dataset(COMMITTED, DatasetOptions.defaults().withDegree(2))
          .run(tx -> tx.put(ref, item));
    }

    void commitLarge() {
      Ref<byte[]> ref = large.get(next(large));
      byte[] bytes = large(random.nextInt(Integer.MAX_VALUE));
      store.dataset(LARGE, DatasetOptions.defaults().withDegree(2)).run(tx -> tx.put(ref, bytes));
    }

    void read() {
      int next = next(read);
      Item item = store.read(tx -> tx.get(read.get(next)));
      if (item.id() != next) {
        throw new IllegalStateException("item " + next + " was read as " + item);
      }
    }
  }

  /** It lives on between two runs: the system forgets what threads have used that have ended. */
  private final ExecutorService driver =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("hotpot-driver").factory());

  private final Map<ClusterFabric, Joined> nodes = new EnumMap<>(ClusterFabric.class);

  private FabricChild() {}

  public static void main(String[] args) {
    int exit = 0;
    try {
      LogManager.getLogManager().reset();
      new FabricChild().serve(Commands.listen());
    } catch (Exception | LinkageError e) {
      e.printStackTrace(System.out);
      // The last lines are those that its parent shows.
      System.out.println(e);
      exit = FAILED;
    }
    System.out.flush();
    Runtime.getRuntime().halt(exit);
  }

  private void serve(Commands commands) throws InterruptedException, IOException {
    String[] words;
    do {
      words = commands.next();
      commands.answer(obey(List.of(words)));
    } while (!words[0].equals("leave"));
  }

  private String obey(List<String> words) throws IOException, InterruptedException {
    return switch (words.getFirst()) {
      case "join" -> {
        NodeNetwork network = NodeNetwork.ofWords(words.subList(3, words.size()));
        nodes.put(network.fabric(), new Joined(join(Path.of(words.get(1)), words.get(2), network)));
        yield "joined";
      }
      case "make" -> {
        node(words).make(Integer.parseInt(words.get(2)));
        yield "made";
      }
      case "find" -> {
        node(words).find();
        yield "found";
      }
      case "run" ->
          run(node(words), FabricWorkload.valueOf(words.get(2)), Integer.parseInt(words.get(3)));
      case "look" -> FabricReading.now(node(words).store.counters()).toText();
      case "leave" -> {
        nodes.values().forEach(node -> node.store.close());
        yield "left";
      }
      default -> throw new IllegalArgumentException("unknown command " + words.getFirst());
    };
  }

  private Joined node(List<String> words) {
    Joined node = nodes.get(ClusterFabric.valueOf(words.get(1)));
    if (node == null) {
      throw new IllegalStateException("no cluster of " + words.get(1) + " was joined");
    }
    return node;
  }

  /** No copy of another node's object is kept: each read asks for it, or reads it in place. */
  private static Hotpot join(Path directory, String uri, NodeNetwork network) {
    HotpotOptions store =
        HotpotOptions.defaults()
            .withDurability(Durability.PROCESS)
            .withMaxBytes(HEAP_BYTES)
            .withCacheBytes(0);
    return Hotpot.join(
        uri,
        network
            .place(ClusterOptions.withHeap(directory).withStore(store), 0)
            .withDispatcherWait(WAIT));
  }

  /** On a thread of its own, so that what this one does for commands is not counted. */
  private String run(Joined node, FabricWorkload workload, int number) throws InterruptedException {
    try {
      return driver.submit(() -> drive(node, workload, number)).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the driver failed", e.getCause());
    }
  }

  private static String drive(Joined node, FabricWorkload workload, int number) {
    Runnable operation =
        switch (workload) {
          case COMMIT -> node::commit;
          case LARGE_COMMIT -> node::commitLarge;
          case REMOTE_READ -> node::read;
        };
    Latencies latencies = new Latencies();
    long begin = System.nanoTime();
    for (int i = 0; i < number; i++) {
      long began = System.nanoTime();
      operation.run();
      latencies.record(System.nanoTime() - began);
    }
    return System.nanoTime() - begin + " " + latencies.toText();
  }
}
