package io.hotpot.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.ConflictException;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import io.hotpot.store.Snapshot;
import io.hotpot.store.Transaction;
import io.hotpot.store.TransactionMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Threads run random transactions against a real store, over several datasets, beside the cleaner
 * and snapshots; what all of them saw is then checked as one history (invariant 5).
 */
@Timeout(300)
class HistoryTest {

  private static final long SEED = Long.getLong("hotpot.seed", System.nanoTime());
  private static final int TRANSACTIONS = Integer.getInteger("hotpot.transactions", 12_000);
  private static final int THREADS = 4;
  private static final int OBJECTS = 6;

  private final AtomicInteger ids = new AtomicInteger();
  private final AtomicInteger versions = new AtomicInteger(1);
  private final ConcurrentLinkedQueue<Observed> history = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

  /** An object's value: its version, and bytes that make the log grow. */
  record Cell(int version, String filling) {}

  /** What an attempt at a transaction has seen and written. */
  private static final class Attempt {
    final Map<Integer, Integer> reads = new HashMap<>();
    final Map<Integer, Integer> writes = new HashMap<>();
    final long begin = System.nanoTime();
  }

  @ParameterizedTest
  @CsvSource({"POWER, MRMW", "PROCESS, MRMW", "PROCESS, MRSW"})
  void isStrictlySerializableAndOpaque(
      Durability durability, TransactionMode mode, @TempDir Path directory)
      throws InterruptedException {
    HotpotOptions options =
        HotpotOptions.defaults()
            .withDurability(durability)
            .withMaxBytes(128L << 20)
            .withCacheBytes(1 << 14);
    try (Hotpot store = Hotpot.open(directory.resolve("store"), options)) {
      Dataset one = store.dataset("one", DatasetOptions.defaults());
      Dataset two = store.dataset("two", DatasetOptions.defaults().withMode(mode));
      List<Ref<Cell>> cells = new ArrayList<>();
      for (int i = 0; i < OBJECTS; i++) {
        Dataset home = i % 2 == 0 ? one : two;
        cells.add(home.transact(tx -> tx.allocate(new Cell(0, ""))));
      }
      runThreads(store, cells, mode);
      assertThat(failures).as("seed " + SEED).isEmpty();
      assertThat(store.check()).isEmpty();
    }
    List<Observed> observed = List.copyOf(history);
    assertThat(observed.stream().filter(Observed::committed).count())
        .isGreaterThan(TRANSACTIONS / 4);
    assertThat(HistoryChecker.anomaly(observed)).as("seed " + SEED).isEmpty();
  }

  private void runThreads(Hotpot store, List<Ref<Cell>> cells, TransactionMode mode)
      throws InterruptedException {
    AtomicBoolean done = new AtomicBoolean();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      SplittableRandom random = new SplittableRandom(SEED + i);
      workers.add(start(() -> work(store, cells, mode, random)));
    }
    Thread snapshots =
        start(
            () -> {
              while (!done.get()) {
                snapshot(store, cells);
                store.compact();
              }
            });
    for (Thread worker : workers) {
      worker.join();
    }
    done.set(true);
    snapshots.join();
  }

  private Thread start(Runnable work) {
    return Thread.ofPlatform()
        .start(
            () -> {
              try {
                work.run();
              } catch (RuntimeException | Error e) {
                failures.add(e);
              }
            });
  }

  private void work(
      Hotpot store, List<Ref<Cell>> cells, TransactionMode mode, SplittableRandom random) {
    for (int i = 0; i < TRANSACTIONS / THREADS; i++) {
      Attempt attempt = new Attempt();
      boolean committed = false;
      try (Transaction tx = store.begin()) {
        steps(tx, cells, mode, random, attempt);
        if (random.nextInt(20) > 0) {
          tx.commit();
          committed = true;
        }
      } catch (ConflictException e) {
        // It counts as a reader of what it had read.
      }
      history.add(
          new Observed(
              ids.incrementAndGet(),
              attempt.begin,
              System.nanoTime(),
              committed,
              attempt.reads,
              attempt.writes));
    }
  }

  private void steps(
      Transaction tx,
      List<Ref<Cell>> cells,
      TransactionMode mode,
      SplittableRandom random,
      Attempt attempt) {
    int steps = random.nextInt(1, 5);
    boolean readOnly = random.nextInt(3) == 0;
    for (int step = 0; step < steps; step++) {
      int object = random.nextInt(OBJECTS);
      if (attempt.reads.containsKey(object)) {
        continue;
      }
      boolean write = !readOnly && random.nextBoolean();
      if (write && mode == TransactionMode.MRSW && object % 2 == 1) {
        tx.acquire(cells.get(object));
      }
      attempt.reads.put(object, tx.get(cells.get(object)).version());
      if (random.nextInt(4) == 0) {
        Thread.yield();
      }
      if (write) {
        int version = versions.incrementAndGet();
        tx.put(cells.get(object), new Cell(version, "x".repeat(random.nextInt(600))));
        attempt.writes.put(object, version);
      }
    }
  }

  private void snapshot(Hotpot store, List<Ref<Cell>> cells) {
    Attempt attempt = new Attempt();
    try (Snapshot snapshot = store.snapshot()) {
      // It stands for one moment while it was taken, whenever it is read.
      long taken = System.nanoTime();
      for (int i = 0; i < OBJECTS; i++) {
        Thread.yield();
        attempt.reads.put(i, snapshot.get(cells.get(i)).version());
      }
      history.add(
          new Observed(ids.incrementAndGet(), attempt.begin, taken, true, attempt.reads, Map.of()));
    }
  }
}
