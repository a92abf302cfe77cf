package io.hotpot.tools.bench;

import io.hotpot.store.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The measures that Hotpot and its peers run alike. A loop ends after its operations or when its
 * time is over, whichever is first: peers differ by a factor of thousands.
 */
final class Loops {

  /** Small enough to be in every cache: what is measured is the store, not the memory. */
  private static final int ITEMS = 10_000;

  /** Of durable commits, so few that filling them in takes no time even where it is slow. */
  private static final int DURABLE_ITEMS = 1024;

  /** The time of a loop, for each unit of scale: 3 seconds at the full scale of 20. */
  private static final long NANOS_PER_SCALE = 150_000_000L;

  /** What a loop that only warms up has more, so that even a quick run measures compiled code. */
  private static final long WARM_NANOS = 300_000_000L;

  /** How often a loop of commits looks at the clock. */
  private static final int COMMITS_BETWEEN_LOOKS = 16;

  private static final int READS_BETWEEN_LOOKS = 4096;

  private Loops() {}

  /** Nanoseconds for a commit of so many objects that survives the process. */
  static double commits(Subject subject, Path directory, int scale, int each) throws IOException {
    try (ItemStore store = subject.open(directory, Durability.PROCESS)) {
      store.fill(ITEMS);
      int most = 200_000 * scale / each;
      commitLoop(store, ITEMS, each, Math.max(200_000, most), WARM_NANOS + NANOS_PER_SCALE * scale);
      return commitLoop(store, ITEMS, each, most, NANOS_PER_SCALE * scale);
    }
  }

  private static double commitLoop(ItemStore store, int items, int each, int most, long nanos) {
    int[] numbers = new int[each];
    long begin = System.nanoTime();
    int done = 0;
    while (done < most) {
      for (int k = 0; k < each; k++) {
        numbers[k] = (done * each + k) % items;
      }
      store.commit(numbers, done);
      done++;
      if (done % COMMITS_BETWEEN_LOOKS == 0 && System.nanoTime() - begin > nanos) {
        break;
      }
    }
    return (System.nanoTime() - begin) / (double) done;
  }

  /** Nanoseconds from commit to commit on the medium, counted over all committers. */
  static double durableCommits(
      Subject subject, Path directory, int scale, int each, Thread.@Nullable Builder kind)
      throws IOException, InterruptedException {
    // Thousands of waits for a disk are too few for the compiler: it learns from commits that do
    // not wait.
    try (ItemStore warm = subject.open(directory.resolve("warm"), Durability.PROCESS)) {
      warm.fill(DURABLE_ITEMS);
      commitLoop(warm, DURABLE_ITEMS, each, 200_000, WARM_NANOS + NANOS_PER_SCALE * scale / 4);
    }
    try (ItemStore store = subject.open(directory.resolve("measured"), Durability.POWER)) {
      store.fill(DURABLE_ITEMS);
      if (kind == null) {
        commitLoop(store, DURABLE_ITEMS, each, 250 * scale, NANOS_PER_SCALE * scale / 4);
        return commitLoop(store, DURABLE_ITEMS, each, 500 * scale, NANOS_PER_SCALE * scale);
      }
      // As long as the measured part: the compiler shares the processors with the committers.
      committers(store, kind, 200 * scale, NANOS_PER_SCALE * scale);
      return committers(store, kind, 200 * scale, NANOS_PER_SCALE * scale);
    }
  }

  private static double committers(ItemStore store, Thread.Builder kind, int most, long nanos)
      throws InterruptedException {
    int threads = 64;
    LongAdder done = new LongAdder();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    kind.uncaughtExceptionHandler((thread, e) -> failure.compareAndSet(null, e));
    List<Thread> workers = new ArrayList<>();
    long begin = System.nanoTime();
    for (int t = 0; t < threads; t++) {
      int first = t * (DURABLE_ITEMS / threads);
      workers.add(
          kind.start(
              () -> {
                for (int i = 0; i < most && System.nanoTime() - begin < nanos; i++) {
                  store.commit(new int[] {first + i % (DURABLE_ITEMS / threads)}, i);
                  done.increment();
                }
              }));
    }
    for (Thread worker : workers) {
      worker.join();
    }
    Throwable failed = failure.get();
    if (failed != null) {
      throw new IllegalStateException("a committer failed: " + failed, failed);
    }
    return (System.nanoTime() - begin) / (double) done.sum();
  }

  /** Nanoseconds for a read, of the slowest of the threads. */
  static double reads(Subject subject, Path directory, int scale, int threads)
      throws IOException, InterruptedException {
    try (ItemStore store = subject.open(directory, Durability.PROCESS)) {
      store.fill(ITEMS);
      int most = 1_000_000 * scale;
      readLoop(store, most, WARM_NANOS + NANOS_PER_SCALE * scale, 1);
      CountDownLatch ready = new CountDownLatch(threads);
      double[] nanos = new double[threads];
      List<Thread> workers = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int number = t;
        workers.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      ready.countDown();
                      try {
                        ready.await();
                        nanos[number] = readLoop(store, most, NANOS_PER_SCALE * scale, number + 2L);
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                    }));
      }
      double worst = 0;
      for (int t = 0; t < threads; t++) {
        workers.get(t).join();
        if (nanos[t] == 0) {
          throw new IllegalStateException("a reader failed");
        }
        worst = Math.max(worst, nanos[t]);
      }
      return worst;
    }
  }

  private static double readLoop(ItemStore store, int most, long nanos, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long begin = System.nanoTime();
    int done = 0;
    while (done < most) {
      int number = random.nextInt(ITEMS);
      Item item = store.read(number);
      if (item.id() != number) {
        throw new IllegalStateException("item " + number + " was read as " + item);
      }
      done++;
      if (done % READS_BETWEEN_LOOKS == 0 && System.nanoTime() - begin > nanos) {
        break;
      }
    }
    return (System.nanoTime() - begin) / (double) done;
  }

  /** Bytes on the medium by bytes of values, after each object was overwritten ten times or so. */
  static double space(Subject subject, Path directory, int scale) throws IOException {
    int objects = 10_000 * scale;
    try (ItemStore store = subject.open(directory, Durability.PROCESS)) {
      store.fill(objects);
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < 10 * objects / 100; i++) {
        store.commit(random.ints(100, 0, objects).distinct().toArray(), i);
      }
      return (double) store.usedBytes() / store.liveBytes();
    }
  }

  /** Another process fills the store that {@link #opening} opens. */
  static void prepareOpening(Subject subject, Path directory, int scale) throws IOException {
    try (ItemStore store = subject.open(directory, Durability.PROCESS)) {
      store.fill(25_000 * scale);
    }
  }

  /** Milliseconds to open a store and read one object. */
  static double opening(Subject subject, Path directory) throws IOException {
    long begin = System.nanoTime();
    try (ItemStore store = subject.open(directory, Durability.PROCESS)) {
      if (store.readFirst().id() != 0) {
        throw new IllegalStateException("the first item is not item 0");
      }
      return (System.nanoTime() - begin) / 1e6;
    }
  }
}
