package io.hotpot.store;

import io.hotpot.store.Activities.Activity;
import io.hotpot.store.HotpotOptions.HeapKind;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What runs in each of the two virtual machines that {@link PowerPairCampaign} kills: a node that
 * speaks with the other one by RDMA only, commits without end, says so after each commit, and looks
 * again and again at what there is.
 *
 * <p>A counter is two objects that are counted up in one transaction. Each guest counts three: both
 * halves in its own partition, one in its own and one in the other's, both in the other's.
 *
 * <pre>
 *   joined NODE           it is a member
 *   begun                 it has all counters, and goes on to count
 *   counted COUNTER VALUE a commit has returned
 *   failed COUNTER WHY    one has not, and whether it was made is not known
 *   found COUNTER LEFT RIGHT, looked       all counters, read in one transaction
 *   damages NUMBER        what it holds was verified
 *   unseen WHY            it cannot look at the moment
 * </pre>
 */
final class PowerPairWorker {

  static final int GUESTS = 2;
  static final int KINDS = 3;
  static final int COUNTERS = GUESTS * KINDS;

  /** Files in a machine's folder: what to do, and what it tells. */
  static final String ORDER = "order";

  static final String TOLD = "told";

  static final String SECRET = "a secret that nobody guesses";

  private static final long MAX_BYTES = 96L << 20;

  /** So many commits, or failures of such, lie between two looks. */
  private static final int COMMITS_OF_A_LOOK = 20;

  /** Everything that a node holds is verified at every so many looks. */
  private static final int LOOKS_OF_A_CHECK = 10;

  private static final long PAUSE_NS = 50_000_000;

  /** One half of a counter; the text makes the log grow. */
  record Half(long value, String text) {}

  private final Hotpot hotpot;
  private final int guest;
  private final Activities activities;
  private final PrintStream out;
  private final List<Ref<Half>> left = new ArrayList<>();
  private final List<Ref<Half>> right = new ArrayList<>();
  private final Semaphore turns = new Semaphore(0);

  /** By guest: a dataset each, so that each has a partition. */
  private final List<Dataset> datasets = new ArrayList<>();

  private PowerPairWorker(Hotpot hotpot, int guest, Activities activities, PrintStream out) {
    this.hotpot = hotpot;
    this.guest = guest;
    this.activities = activities;
    this.out = out;
  }

  /**
   * @param args the host's folder, one for the heap or a device, and memory shared with the host
   */
  public static void main(String[] args) throws Exception {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          failure.printStackTrace();
          Runtime.getRuntime().halt(1);
        });
    Path host = Path.of(args[0]);
    String dispatcher = Files.readString(host.resolve(ORDER)).strip();
    String name = System.getProperty("hotpot.guest.name");
    int guest = name.equals("g0") ? 0 : 1;
    Path place = Path.of(args[1]);
    boolean isDevice = place.toString().startsWith(DaxDevice.PREFIX);
    Path folder = isDevice ? Path.of(System.getProperty("hotpot.guest.fsdax")) : place;
    HotpotOptions store =
        HotpotOptions.defaults().withMaxBytes(MAX_BYTES).withDurability(Durability.POWER);
    // One of each kind, but that only one is for devices.
    HeapKind heap = guest == 0 ? HeapKind.LLPL : HeapKind.MAPPED;
    ClusterOptions options =
        ClusterOptions.withHeap(folder.resolve("node-" + name))
            .withStore(isDevice ? store.withDevice(place) : store.withHeap(heap))
            .at(System.getProperty("hotpot.guest.address"), 0)
            .withSecurity(new ClusterSecurity.Secret(SECRET))
            .withDispatcherWait(Duration.ofSeconds(60))
            .withFabric(ClusterFabric.RDMA);
    PrintStream out = open(host.resolve(TOLD));
    Hotpot hotpot = Hotpot.join(dispatcher, options);
    out.println("joined " + hotpot.member().orElseThrow().nodeId());
    new PowerPairWorker(hotpot, guest, new Activities(Path.of(args[2])), out).work();
  }

  private static PrintStream open(Path file) throws IOException {
    return new PrintStream(
        new BufferedOutputStream(Files.newOutputStream(file)), true, StandardCharsets.UTF_8);
  }

  /** The guest that counts a counter. */
  static int guestOf(int counter) {
    return counter / KINDS;
  }

  /** 0: both halves in its own partition; 1: in both partitions; 2: in the other's. */
  static int kindOf(int counter) {
    return counter % KINDS;
  }

  private static int guestOfLeft(int counter) {
    return kindOf(counter) < 2 ? guestOf(counter) : 1 - guestOf(counter);
  }

  private static int guestOfRight(int counter) {
    return kindOf(counter) < 1 ? guestOf(counter) : 1 - guestOf(counter);
  }

  private void work() throws InterruptedException {
    findAll();
    out.println("begun");
    for (int kind = 0; kind < KINDS; kind++) {
      int counter = guest * KINDS + kind;
      Thread.ofPlatform().start(() -> count(counter));
    }
    for (int i = 0; ; i++) {
      look(i % LOOKS_OF_A_CHECK == 0);
      turns.acquire(COMMITS_OF_A_LOOK);
    }
  }

  /** Finds all counters; in the first life each guest makes what lies in its partition. */
  private void findAll() {
    while (true) {
      try {
        datasets.clear();
        for (int i = 0; i < GUESTS; i++) {
          // With one of two copies it goes on.
          datasets.add(
              hotpot.dataset(
                  "of g" + i, DatasetOptions.defaults().withDegree(GUESTS).withMinimum(1)));
        }
        if (hotpot.transact(this::find)) {
          return;
        }
      } catch (HotpotException e) {
        // Not a member at the moment, or alone: until there are two nobody is given a partition.
        out.println("unseen " + e);
      }
      LockSupport.parkNanos(PAUSE_NS);
    }
  }

  private boolean find(Transaction tx) {
    left.clear();
    right.clear();
    for (int counter = 0; counter < COUNTERS; counter++) {
      find(tx, "left " + counter, guestOfLeft(counter)).ifPresent(left::add);
      find(tx, "right " + counter, guestOfRight(counter)).ifPresent(right::add);
    }
    return left.size() + right.size() == 2 * COUNTERS;
  }

  private Optional<Ref<Half>> find(Transaction tx, String name, int owner) {
    Dataset dataset = datasets.get(owner);
    Optional<Ref<Half>> found = tx.root(dataset, name);
    if (found.isPresent() || owner != guest) {
      return found;
    }
    Ref<Half> made = tx.allocate(dataset, new Half(0, ""));
    tx.root(dataset, name, made);
    return Optional.of(made);
  }

  private void count(int counter) {
    String text = "x".repeat(150 + 37 * counter);
    while (true) {
      try {
        long value =
            activities.in(Activity.COMMIT, () -> hotpot.transact(tx -> countUp(tx, counter, text)));
        out.println("counted " + counter + " " + value);
      } catch (HotpotException e) {
        out.println("failed " + counter + " " + e);
        LockSupport.parkNanos(PAUSE_NS);
      }
      turns.release();
    }
  }

  private long countUp(Transaction tx, int counter, String text) {
    long next = tx.get(left.get(counter)).value() + 1;
    tx.put(left.get(counter), new Half(next, text));
    tx.put(right.get(counter), new Half(next, text));
    return next;
  }

  private void look(boolean isThorough) {
    try {
      List<String> found = hotpot.read(this::all);
      found.forEach(out::println);
      out.println("looked");
      if (isThorough) {
        out.println("damages " + (hotpot.check().size() + hotpot.recovery().damages().size()));
      }
    } catch (HotpotException e) {
      out.println("unseen " + e);
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
    }
  }

  private List<String> all(Transaction tx) {
    List<String> found = new ArrayList<>();
    for (int counter = 0; counter < COUNTERS; counter++) {
      found.add(
          "found "
              + counter
              + " "
              + tx.get(left.get(counter)).value()
              + " "
              + tx.get(right.get(counter)).value());
    }
    return found;
  }
}
