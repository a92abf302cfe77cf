package io.hotpot.store;

import io.hotpot.history.HistoryChecker;
import io.hotpot.history.Observed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Random transactions of several threads on one store, and what they saw as one history.
 *
 * <p>What the history speaks of are keys. A key is an object that refers to another one, its cell;
 * a write of the key either replaces the cell's value, or deletes the cell and refers to a new one.
 * So whoever sees a key without its cell has seen two moments at once; and a reference to a deleted
 * cell, or to one whose transaction failed, must never name anything again.
 */
final class HistoryRun {

  private static final int THREADS = 4;
  private static final int KEYS = 6;
  private static final int MAX_DEAD = 500;

  /** The heap has room for twice as many: a snapshot keeps some for a while. */
  private static final int MAX_CHUNKS = 12;

  private final long seed;
  private final int transactions;
  private final TransactionMode mode;
  private final AtomicInteger ids = new AtomicInteger();
  private final AtomicInteger versions = new AtomicInteger(1);
  private final AtomicInteger replaced = new AtomicInteger();
  private final AtomicInteger created = new AtomicInteger();
  private final ConcurrentLinkedQueue<Observed> history = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final List<Ref<Key>> keys = new ArrayList<>();
  private final List<Dataset> homes = new ArrayList<>();
  private int slotsUsed;

  record Key(Ref<Cell> cell) {}

  /** A key's version, and bytes that make the log grow. */
  record Cell(int version, String filling) {}

  /** What an attempt at a transaction has seen and written. */
  private static final class Attempt {
    final Map<Integer, Integer> reads = new HashMap<>();
    final Map<Integer, Integer> writes = new HashMap<>();
    final List<Ref<Cell>> deleted = new ArrayList<>();
    final List<Ref<Cell>> created = new ArrayList<>();
    final long begin = System.nanoTime();
  }

  /** References that name nothing any more, of one thread. */
  private static final class Dead {
    final List<Ref<Cell>> refs = new ArrayList<>();

    void add(List<Ref<Cell>> more) {
      refs.addAll(more);
      if (refs.size() > MAX_DEAD) {
        refs.subList(0, refs.size() - MAX_DEAD).clear();
      }
    }
  }

  HistoryRun(long seed, int transactions, TransactionMode mode) {
    this.seed = seed;
    this.transactions = transactions;
    this.mode = mode;
  }

  long committed() {
    return history.stream().filter(Observed::committed).count();
  }

  int replaced() {
    return replaced.get();
  }

  /** Objects created, those of transactions that failed included. */
  int created() {
    return created.get();
  }

  int slotsUsed() {
    return slotsUsed;
  }

  /**
   * @return the store's counters
   * @throws AssertionError if the history has an anomaly, or somebody failed
   */
  Map<String, Long> run(Path directory, Durability durability) {
    HotpotOptions options =
        HotpotOptions.defaults()
            .withHeap(HotpotOptions.HeapKind.MAPPED)
            .withDurability(durability)
            .withMaxBytes(96L << 20)
            .withCacheBytes(1 << 14);
    Map<String, Long> counters;
    try (Hotpot store = Hotpot.open(directory, options)) {
      prepare(store);
      runThreads(store);
      counters = store.counters();
      slotsUsed = store.partitions().stream().mapToInt(p -> p.slots.count()).sum();
      if (failures.isEmpty() && !store.check().isEmpty()) {
        throw new AssertionError("seed " + seed + ": " + store.check());
      }
    }
    Throwable failure = failures.peek();
    if (failure != null) {
      throw new AssertionError("seed " + seed + ": " + failure, failure);
    }
    Optional<String> anomaly = HistoryChecker.anomaly(List.copyOf(history));
    if (anomaly.isPresent()) {
      throw new AssertionError("seed " + seed + ": " + anomaly.get());
    }
    return counters;
  }

  private void prepare(Hotpot store) {
    DatasetOptions second = DatasetOptions.defaults().withMode(mode);
    for (int i = 0; i < KEYS; i++) {
      Dataset home =
          switch (i % 3) {
            case 0 -> store.dataset("one");
            case 1 -> store.dataset("two", second);
            default -> store.dataset("three");
          };
      homes.add(home);
      keys.add(home.transact(tx -> tx.allocate(new Key(tx.allocate(new Cell(0, ""))))));
    }
  }

  private void runThreads(Hotpot store) {
    AtomicBoolean done = new AtomicBoolean();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      SplittableRandom random = new SplittableRandom(seed + i);
      workers.add(start(() -> work(store, random)));
    }
    List<Thread> others =
        List.of(
            start(
                () -> {
                  while (!done.get() && failures.isEmpty()) {
                    snapshot(store);
                  }
                }),
            start(
                () -> {
                  while (!done.get() && failures.isEmpty()) {
                    clean(store);
                  }
                }));
    workers.forEach(HistoryRun::join);
    done.set(true);
    others.forEach(HistoryRun::join);
  }

  private static void clean(Hotpot store) {
    if (store.heapUse().chunksInUse() < MAX_CHUNKS) {
      store.partitions().forEach(HistoryRun::roll);
    }
    store.compact();
  }

  /** Closes a chunk long before it is full, so that the cleaner has always something to do. */
  private static void roll(Partition partition) {
    partition.commitLock.lock();
    try {
      LogChunk current = partition.log.current();
      if (current != null && current.usedBytes() > 50_000) {
        partition.log.closeCurrent();
      }
    } finally {
      partition.commitLock.unlock();
    }
  }

  private Thread start(Runnable work) {
    return Thread.ofPlatform().uncaughtExceptionHandler((t, e) -> failures.add(e)).start(work);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void work(Hotpot store, SplittableRandom random) {
    Dead dead = new Dead();
    for (int i = 0; i < transactions / THREADS && failures.isEmpty(); i++) {
      if (random.nextInt(3) == 0) {
        repeated(store, random, dead);
      } else {
        once(store, random, dead);
      }
    }
  }

  /** An explicit transaction, now and then aborted. */
  private void once(Hotpot store, SplittableRandom random, Dead dead) {
    Attempt attempt = new Attempt();
    boolean committed = false;
    try (Transaction tx = store.begin()) {
      steps(tx, random, attempt, dead);
      if (random.nextInt(20) > 0) {
        tx.commit();
        committed = true;
      }
    } catch (ConflictException e) {
      // It counts as a reader of what it had read.
    }
    observe(attempt, committed, dead);
  }

  private void repeated(Hotpot store, SplittableRandom random, Dead dead) {
    List<Attempt> attempts = new ArrayList<>();
    boolean committed = false;
    try {
      store.run(
          tx -> {
            if (!attempts.isEmpty()) {
              observe(attempts.getLast(), false, dead);
            }
            attempts.add(new Attempt());
            steps(tx, random, attempts.getLast(), dead);
          });
      committed = true;
    } catch (ConflictException e) {
      // Of acquire.
    }
    observe(attempts.getLast(), committed, dead);
  }

  private void observe(Attempt attempt, boolean committed, Dead dead) {
    history.add(
        new Observed(
            ids.incrementAndGet(),
            attempt.begin,
            System.nanoTime(),
            committed,
            attempt.reads,
            attempt.writes));
    dead.add(committed ? attempt.deleted : attempt.created);
    if (committed) {
      replaced.addAndGet(attempt.deleted.size());
    }
  }

  private void steps(Transaction tx, SplittableRandom random, Attempt attempt, Dead dead) {
    int steps = random.nextInt(1, 5);
    boolean readOnly = random.nextInt(3) == 0;
    for (int step = 0; step < steps; step++) {
      int key = random.nextInt(KEYS);
      if (attempt.reads.containsKey(key)) {
        continue;
      }
      boolean write = !readOnly && random.nextBoolean();
      boolean acquires = write && mode == TransactionMode.MRSW && key % 3 == 1;
      if (acquires) {
        tx.acquire(keys.get(key));
      }
      Ref<Cell> ref = tx.get(keys.get(key)).cell();
      if (acquires) {
        tx.acquire(ref);
      }
      Cell cell =
          tx.find(ref).orElseThrow(() -> new AssertionError("key " + key + " without its cell"));
      attempt.reads.put(key, cell.version());
      if (random.nextInt(4) == 0) {
        Thread.onSpinWait();
      }
      if (write) {
        write(tx, random, attempt, key, ref);
      }
    }
    if (!dead.refs.isEmpty()) {
      Ref<Cell> gone = dead.refs.get(random.nextInt(dead.refs.size()));
      tx.find(gone)
          .ifPresent(
              cell -> {
                throw new AssertionError("the dead reference " + gone + " names " + cell.version());
              });
    }
  }

  private void write(
      Transaction tx, SplittableRandom random, Attempt attempt, int key, Ref<Cell> ref) {
    int version = versions.incrementAndGet();
    Cell next = new Cell(version, "x".repeat(random.nextInt(3000)));
    if (random.nextInt(3) == 0) {
      tx.delete(ref);
      Ref<Cell> made = tx.allocate(homes.get(key), next);
      tx.put(keys.get(key), new Key(made));
      attempt.deleted.add(ref);
      attempt.created.add(made);
      created.incrementAndGet();
    } else {
      tx.put(ref, next);
    }
    attempt.writes.put(key, version);
  }

  private void snapshot(Hotpot store) {
    Attempt attempt = new Attempt();
    try (Snapshot snapshot = store.snapshot()) {
      // It stands for one moment while it was taken, whenever it is read.
      long taken = System.nanoTime();
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < KEYS; i++) {
          int version = snapshot.get(snapshot.get(keys.get(i)).cell()).version();
          Integer before = attempt.reads.put(i, version);
          if (before != null && before != version) {
            throw new AssertionError("a snapshot saw " + before + " and then " + version);
          }
        }
        if (round == 0 && attempt.begin % 2 == 0) {
          // What it can see is garbage by now, but for the snapshot.
          clean(store);
        }
      }
      history.add(
          new Observed(ids.incrementAndGet(), attempt.begin, taken, true, attempt.reads, Map.of()));
    } catch (SnapshotTooOld e) {
      // It has told so.
    }
  }
}
