package io.hotpot.cluster;

import io.hotpot.history.HistoryWriter;
import io.hotpot.store.ClusterFabric;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.ConflictException;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotException;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.NotAMember;
import io.hotpot.store.NotEnoughReplicas;
import io.hotpot.store.Ref;
import io.hotpot.store.Transaction;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that is a node, and whose threads read and append to lists of all nodes and move money
 * between accounts of all nodes, and write down what came of it.
 *
 * <pre>
 *   HOST URI SECRET HEAP HISTORY NUMBER FABRIC DEGREE CACHE PAUSE
 *     joins, and says: joined; FABRIC is what it speaks by, DEGREE the copies of each
 *     partition, CACHE the bytes that it keeps of what others own, PAUSE the
 *     milliseconds of a client between two operations
 *     told "make": makes its lists and accounts if they are not there, and says: ready
 *     told "go":   works, and says: did, after each tenth operation that went well
 *     told "mark": says: marked
 *     told "count": says: counted, and its counters as key=value
 *     told "stop": ends what it does, says: stopped, and stays a node
 *     told "end":  ends
 * </pre>
 */
final class LoadedNode {

  static final int LISTS = 40;
  static final int ACCOUNTS = 4;
  static final long EACH = 100;
  private static final int CLIENTS = 2;

  /** So much that it is worth a one-sided write. */
  private static final byte[] BALLAST = new byte[256];

  /** A list, and which one it is. */
  record Numbers(int key, int[] numbers, byte[] ballast) {
    Numbers(int key, int[] numbers) {
      this(key, numbers, BALLAST);
    }
  }

  /** An account. */
  record Account(long balance, byte[] ballast) {
    Account(long balance) {
      this(balance, BALLAST);
    }
  }

  /** What a node has made. */
  record Made(List<Ref<Numbers>> lists, List<Ref<Account>> accounts) {}

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private final Dataset dataset;
  private final long pauseNs;
  private final HistoryWriter history;
  private final List<Ref<Numbers>> lists = new ArrayList<>();
  private final List<Ref<Account>> accounts = new ArrayList<>();
  private final AtomicInteger done = new AtomicInteger();
  private volatile boolean isStopped;

  LoadedNode(Hotpot hotpot, int degree, int pauseMs, HistoryWriter history) {
    this.pauseNs = pauseMs * 1_000_000L;
    this.dataset = dataset(hotpot, degree);
    this.history = history;
  }

  private static Dataset dataset(Hotpot hotpot, int degree) {
    return hotpot.dataset("loaded", DatasetOptions.defaults().withDegree(degree));
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    ClusterOptions options =
        ClusterOptions.withHeap(Path.of(args[3]))
            .withStore(
                HotpotOptions.defaults()
                    .withHeap(HotpotOptions.HeapKind.MAPPED)
                    .withMaxBytes(256L << 20)
                    .withCacheBytes(Long.parseLong(args[8]))
                    .withDurability(Durability.PROCESS))
            .at(args[0], 0)
            .withSecurity(new ClusterSecurity.Secret(args[2]))
            .withFabric(ClusterFabric.valueOf(args[6]));
    int number = Integer.parseInt(args[5]);
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Hotpot hotpot = Hotpot.join(args[1], options);
        HistoryWriter history = new HistoryWriter(Path.of(args[4]))) {
      OUT.println("joined");
      LoadedNode node =
          new LoadedNode(hotpot, Integer.parseInt(args[7]), Integer.parseInt(args[9]), history);
      List<Thread> clients = new ArrayList<>();
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        switch (order) {
          case "make" -> {
            make(node.dataset, number % 100);
            OUT.println("ready");
          }
          case "go" -> {
            node.find();
            for (int i = 0; i < CLIENTS; i++) {
              int process = number * CLIENTS + i;
              clients.add(Thread.ofPlatform().name("client" + i).start(() -> node.work(process)));
            }
          }
          case "mark" -> OUT.println("marked");
          case "count" -> {
            StringBuilder counted = new StringBuilder("counted");
            new TreeMap<>(hotpot.counters())
                .forEach((key, value) -> counted.append(' ').append(key).append('=').append(value));
            OUT.println(counted);
          }
          case "stop" -> {
            node.isStopped = true;
            for (Thread client : clients) {
              client.join();
            }
            OUT.println("stopped");
          }
          default -> {
            return;
          }
        }
      }
    }
  }

  private static void make(Dataset dataset, int node) {
    String name = "made by " + node;
    if (dataset.read(tx -> tx.root(name)).isPresent()) {
      return;
    }
    dataset.run(
        tx -> {
          List<Ref<Numbers>> lists = new ArrayList<>();
          List<Ref<Account>> accounts = new ArrayList<>();
          for (int i = 0; i < LISTS; i++) {
            lists.add(tx.allocate(new Numbers(node * LISTS + i, new int[0])));
          }
          for (int i = 0; i < ACCOUNTS; i++) {
            accounts.add(tx.allocate(new Account(EACH)));
          }
          tx.root(name, tx.allocate(new Made(lists, accounts)));
        });
  }

  /** Looks for what all nodes have made. */
  void find() {
    Map<String, Made> all =
        dataset.read(
            tx -> {
              Map<String, Made> made = new TreeMap<>();
              tx.allRoots(dataset).forEach((name, ref) -> made.put(name, (Made) tx.get(ref)));
              return made;
            });
    all.values().forEach(made -> lists.addAll(made.lists()));
    all.values().forEach(made -> accounts.addAll(made.accounts()));
  }

  private void work(int process) {
    SplittableRandom random = new SplittableRandom(process);
    // One whose end is not known counts as dead (Jepsen); its client goes on as another process.
    int as = process;
    for (int operation = 1; !isStopped; operation++) {
      int number = process + operation * 10_000;
      boolean known =
          switch (random.nextInt(5)) {
            case 0 -> transfer(as, random);
            case 1 -> balances(as);
            default -> append(as, number, random);
          };
      as = known ? as : as + 1_000;
      LockSupport.parkNanos(pauseNs);
    }
  }

  /** Reads up to three lists, and appends a number to some of them. */
  private boolean append(int process, int number, SplittableRandom random) {
    Map<Integer, Boolean> touched = new LinkedHashMap<>();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      touched.put(random.nextInt(lists.size()), random.nextInt(3) > 0);
    }
    List<Object> wanted = new ArrayList<>();
    touched.forEach(
        (list, write) -> {
          wanted.add(List.of("r", list, List.of()));
          if (write) {
            wanted.add(List.of("append", list, number));
          }
        });
    return operation(
        process,
        "txn",
        wanted,
        tx -> {
          List<Object> seen = new ArrayList<>();
          touched.forEach((list, write) -> step(tx, list, write, number, seen));
          return seen;
        });
  }

  private void step(Transaction tx, int list, boolean write, int number, List<Object> seen) {
    Numbers before = tx.get(lists.get(list));
    int[] numbers = before.numbers();
    seen.add(List.of("r", list, numbers.clone()));
    if (write) {
      int[] longer = java.util.Arrays.copyOf(numbers, numbers.length + 1);
      longer[numbers.length] = number;
      tx.put(lists.get(list), new Numbers(before.key(), longer));
      seen.add(List.of("append", list, number));
    }
  }

  private boolean transfer(int process, SplittableRandom random) {
    Ref<Account> from = accounts.get(random.nextInt(accounts.size()));
    Ref<Account> to = accounts.get(random.nextInt(accounts.size()));
    return operation(
        process,
        "transfer",
        List.of(),
        tx -> {
          tx.update(from, account -> new Account(account.balance() - 1));
          tx.update(to, account -> new Account(account.balance() + 1));
          return List.of();
        });
  }

  /** All accounts at one moment. */
  boolean balances(int process) {
    return operation(
        process,
        "bank",
        List.of(),
        tx -> accounts.stream().map(account -> tx.get(account).balance()).toList());
  }

  /** All lists at one moment. */
  boolean readLists(int process) {
    return operation(
        process,
        "txn",
        List.of(),
        tx -> {
          List<Object> seen = new ArrayList<>();
          for (int list = 0; list < lists.size(); list++) {
            seen.add(List.of("r", list, tx.get(lists.get(list)).numbers()));
          }
          return seen;
        });
  }

  private interface Work {
    List<?> run(Transaction tx);
  }

  /** Runs one, and writes down what came of it; false: nobody knows. */
  private boolean operation(int process, String f, List<?> wanted, Work work) {
    history.write("invoke", process, f, wanted);
    List<?> seen;
    try {
      seen = dataset.transact(work::run);
    } catch (ConflictException | NotAMember | NotEnoughReplicas e) {
      history.write("fail", process, f, wanted);
      return true;
    } catch (HotpotException e) {
      history.write("info", process, f, wanted);
      OUT.println("unknown " + e);
      return false;
    }
    history.write("ok", process, f, seen);
    if (done.incrementAndGet() % 10 == 0) {
      OUT.println("did");
    }
    return true;
  }
}
