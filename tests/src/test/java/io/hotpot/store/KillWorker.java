package io.hotpot.store;

import io.hotpot.store.Activities.Activity;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The process that {@link KillTest} kills: says what it found in the store, then commits without
 * end and says so after each commit.
 *
 * <p>Each thread counts in an object of one dataset and in one of another at once; one more moves
 * money between accounts; the main thread compacts, or closes, which writes checkpoints, and opens
 * again. {@link Activities} tell what it was at when it died.
 */
final class KillWorker {

  static final int COUNTERS = 2;
  static final int ACCOUNTS = 8;
  static final int DEPOSIT = 1000;

  /** The state of one counter; the text makes the log grow. */
  record Counter(long value, String text) {}

  private final PrintStream out;
  private final SplittableRandom random;
  private final Activities activities;
  private volatile Hotpot store;
  private volatile boolean pausing;

  private KillWorker(Hotpot store, Activities activities, long seed, PrintStream out) {
    this.store = store;
    this.activities = activities;
    this.out = out;
    this.random = new SplittableRandom(seed);
  }

  static HotpotOptions options(HotpotOptions.HeapKind kind, Durability durability) {
    return HotpotOptions.defaults()
        .withHeap(kind)
        .withDurability(durability)
        .withMaxBytes(256L << 20);
  }

  public static void main(String[] args) throws InterruptedException, IOException {
    work(
        Path.of(args[0]),
        options(HotpotOptions.HeapKind.valueOf(args[1]), Durability.valueOf(args[2])),
        Long.parseLong(args[3]),
        new Activities(Path.of(args[4])),
        new PrintStream(System.out, true, StandardCharsets.UTF_8));
  }

  /**
   * Works without end.
   *
   * @param out gets a line for all that is found and for each commit; who has read it relies on it
   */
  static void work(
      Path directory, HotpotOptions options, long seed, Activities activities, PrintStream out)
      throws InterruptedException {
    KillWorker worker = new KillWorker(open(directory, options, activities), activities, seed, out);
    worker.tellFound();
    worker.work(directory, options);
  }

  /** Tells what a store holds, and closes it. */
  static void look(Path directory, HotpotOptions options, Activities activities, PrintStream out) {
    KillWorker worker = new KillWorker(open(directory, options, activities), activities, 0, out);
    worker.tellFound();
    worker.store.close();
  }

  private static Hotpot open(Path directory, HotpotOptions options, Activities activities) {
    return activities.in(
        Activity.OPENING,
        () -> {
          Heap heap =
              new HookedHeap(
                  Heaps.open(directory, options),
                  () -> {},
                  () -> {},
                  grow -> activities.in(Activity.GROWTH, grow::getAsInt));
          return Hotpot.open(heap, options, SystemSeams.all(), new EventsFile(directory));
        });
  }

  private void tellFound() {
    List<Ref<Counter>> left = counters("left");
    List<Ref<Counter>> right = counters("right");
    List<Ref<Integer>> accounts = accounts();
    for (int i = 0; i < COUNTERS; i++) {
      int number = i;
      long[] values =
          store.read(
              tx ->
                  new long[] {tx.get(left.get(number)).value(), tx.get(right.get(number)).value()});
      out.println("found " + i + " " + values[0] + " " + values[1]);
    }
    int total = store.read(tx -> accounts.stream().mapToInt(tx::get).sum());
    out.println("total " + total);
    out.println("damages " + (store.check().size() + store.recovery().damages().size()));
  }

  private List<Ref<Counter>> counters(String dataset) {
    List<Ref<Counter>> refs = new ArrayList<>();
    for (int i = 0; i < COUNTERS; i++) {
      refs.add(store.dataset(dataset).root("counter " + i, () -> new Counter(0, "")));
    }
    return refs;
  }

  /** All accounts are made in one transaction, so that their sum is never less. */
  private List<Ref<Integer>> accounts() {
    Dataset bank = store.dataset("bank");
    return bank.transact(
        tx -> {
          List<Ref<Integer>> refs = new ArrayList<>();
          for (int i = 0; i < ACCOUNTS; i++) {
            String name = "account " + i;
            refs.add(
                tx.<Integer>root(name)
                    .orElseGet(
                        () -> {
                          Ref<Integer> made = tx.allocate(DEPOSIT);
                          tx.root(name, made);
                          return made;
                        }));
          }
          return refs;
        });
  }

  private void work(Path directory, HotpotOptions options) throws InterruptedException {
    while (true) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < COUNTERS; i++) {
        int number = i;
        threads.add(Thread.ofPlatform().start(() -> count(number)));
      }
      threads.add(Thread.ofPlatform().start(this::transfer));
      int rounds = random.nextInt(1, 6);
      for (int i = 0; i < rounds; i++) {
        activities.run(Activity.CLEANING, store::compact);
      }
      pausing = true;
      for (Thread thread : threads) {
        thread.join();
      }
      activities.run(Activity.CHECKPOINT, store::close);
      store = open(directory, options, activities);
      pausing = false;
    }
  }

  private <T> T commit(TransactionWork<T> work) {
    return activities.in(Activity.COMMIT, () -> store.transact(work));
  }

  private void count(int number) {
    Ref<Counter> left = counters("left").get(number);
    Ref<Counter> right = counters("right").get(number);
    String text = "x".repeat(200 + 37 * number);
    while (!pausing) {
      long value =
          commit(
              tx -> {
                long next = tx.get(left).value() + 1;
                tx.put(left, new Counter(next, text));
                tx.put(right, new Counter(next, text));
                return next;
              });
      out.println("counted " + number + " " + value);
    }
  }

  private void transfer() {
    List<Ref<Integer>> accounts = accounts();
    Dataset bank = store.dataset("bank");
    SplittableRandom mine = new SplittableRandom(random.nextLong());
    while (!pausing) {
      Ref<Integer> from = accounts.get(mine.nextInt(ACCOUNTS));
      Ref<Integer> to = accounts.get(mine.nextInt(ACCOUNTS));
      int amount = mine.nextInt(100);
      bank.run(
          tx -> {
            tx.update(from, balance -> balance - amount);
            tx.update(to, balance -> balance + amount);
            // Objects that come and go.
            tx.delete(tx.allocate("a receipt that nobody keeps"));
          });
      Ref<String> receipt = bank.transact(tx -> tx.allocate("a receipt"));
      bank.run(tx -> tx.delete(receipt));
    }
  }
}
