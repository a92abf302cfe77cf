package io.hotpot.store;

import io.hotpot.history.HistoryChecker;
import io.hotpot.history.Observed;
import io.hotpot.sim.SimNode;
import io.hotpot.sim.Simulation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Random transactions on a simulated store that is killed and opened again, in one thread and by
 * one seed; and what they saw, before and after, as one history.
 *
 * <p>Each life of the store has clients, which transact, read and take snapshots, and a thread that
 * cleans. Power is lost at any moment, also during the opening; or only the process dies. What was
 * acknowledged must be there afterwards. A commit whose answer was lost may have happened: it did
 * if anybody ever saw what it wrote, and then as a whole.
 */
final class SimulatedHistory {

  private static final int LIVES = 4;
  private static final int CLIENTS = 3;
  private static final int TRANSACTIONS = 16;
  private static final int KEYS = 4;
  private static final long MAX_STEPS = 2_000_000;
  private static final long MAX_LIFE_NS = 800_000;
  private static final int ROLL_BYTES = 2_000;

  /** A key's version, and bytes that make the log grow. */
  record Cell(int version, String filling) {}

  /** What an attempt at a transaction has seen and written. */
  private static final class Attempt {
    final Map<Integer, Integer> reads = new HashMap<>();
    final Map<Integer, Integer> writes = new HashMap<>();
    final long begin;
    long end = Long.MAX_VALUE;
    boolean committed;
    boolean answered;

    Attempt(long begin) {
      this.begin = begin;
    }
  }

  private final Simulation simulation;
  private final SplittableRandom random;
  private final SimNode world;
  private final List<Attempt> attempts = new ArrayList<>();
  private final List<Ref<Cell>> keys = new ArrayList<>();
  private SimHeap heap = new SimHeap(40, 0x51L, Durability.POWER);
  private long moments;
  private int versions;
  private int crashes;

  SimulatedHistory(long seed) {
    this.simulation = new Simulation(seed, MAX_STEPS);
    this.random = simulation.random();
    this.world = simulation.node("world");
  }

  /**
   * @return the trace of the run
   * @throws AssertionError if somebody failed, or the history has an anomaly
   */
  long run() {
    world.start("lives", this::lives);
    simulation.run();
    HistoryChecker.anomaly(history())
        .ifPresent(
            anomaly -> {
              throw new AssertionError(anomaly);
            });
    return simulation.trace();
  }

  int crashes() {
    return crashes;
  }

  long committed() {
    return attempts.stream().filter(attempt -> attempt.committed).count();
  }

  long unanswered() {
    return attempts.stream().filter(attempt -> !attempt.answered).count();
  }

  private long moment() {
    return ++moments;
  }

  // ---- lives and deaths

  private void lives() {
    SimNode node = simulation.node("store");
    for (int life = 1; life <= LIVES; life++) {
      SimNode current = node;
      AtomicBoolean over = new AtomicBoolean();
      heap.beforeWork(simulation::interleave);
      node.start("main", () -> live(current, over));
      long endNs = simulation.nowNs() + random.nextLong(1, MAX_LIFE_NS);
      // The first life gets as far as to have keys; the last one comes to its end.
      while (!over.get() && (keys.size() < KEYS || life == LIVES || simulation.nowNs() < endNs)) {
        world.seams().threads().park(this, 1_000 + random.nextLong(20_000));
      }
      crashes += over.get() ? 0 : 1;
      node.kill();
      moment();
      heap = over.get() || random.nextInt(3) == 0 ? heap.afterKill() : heap.afterPowerLoss(random);
      node = node.restart();
    }
  }

  private void live(SimNode node, AtomicBoolean over) {
    HotpotOptions options =
        HotpotOptions.defaults().withCacheBytes(1 << 14).withMaxBytes(160L << 20);
    try (Hotpot store = Hotpot.open(heap, options, node.seams())) {
      if (!store.check().isEmpty()) {
        throw new AssertionError("damaged: " + store.check());
      }
      if (keys.size() < KEYS) {
        prepare(store);
      } else {
        readAll(store);
      }
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        SplittableRandom own = random.split();
        clients.add(node.start("client " + i, () -> transactions(store, own)));
      }
      clients.add(node.start("cleaner", () -> clean(store, node)));
      clients.forEach(SimulatedHistory::join);
      readAll(store);
    }
    over.set(true);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void prepare(Hotpot store) {
    for (int i = 0; i < KEYS; i++) {
      Dataset home = store.dataset(i % 2 == 0 ? "even" : "odd");
      keys.add(home.transact(tx -> tx.allocate(new Cell(0, ""))));
    }
  }

  private void clean(Hotpot store, SimNode node) {
    for (int round = 0; round < 4; round++) {
      for (Partition partition : store.partitions()) {
        partition.commitLock.lock();
        try {
          LogChunk current = partition.log.current();
          if (current != null && current.usedBytes() > ROLL_BYTES) {
            partition.log.closeCurrent();
          }
        } finally {
          partition.commitLock.unlock();
        }
      }
      store.compact();
      node.seams().threads().park(this, 200_000);
    }
  }

  // ---- what clients do

  private void transactions(Hotpot store, SplittableRandom own) {
    for (int i = 0; i < TRANSACTIONS; i++) {
      switch (own.nextInt(6)) {
        case 0 -> snapshot(store);
        case 1 -> readAll(store);
        default -> transact(store, own);
      }
    }
  }

  private Attempt begin() {
    Attempt attempt = new Attempt(moment());
    attempts.add(attempt);
    return attempt;
  }

  private void end(Attempt attempt, boolean committed) {
    attempt.end = moment();
    attempt.committed = committed;
    attempt.answered = true;
    simulation.note(committed ? attempt.end : -attempt.end);
  }

  private void transact(Hotpot store, SplittableRandom own) {
    Attempt attempt = begin();
    boolean committed = false;
    try (Transaction tx = store.begin()) {
      int steps = own.nextInt(1, 4);
      for (int step = 0; step < steps; step++) {
        step(tx, own, attempt);
      }
      tx.commit();
      committed = true;
    } catch (ConflictException e) {
      // It counts as a reader of what it had read.
    }
    end(attempt, committed);
  }

  private void step(Transaction tx, SplittableRandom own, Attempt attempt) {
    int key = own.nextInt(KEYS);
    if (attempt.reads.containsKey(key)) {
      return;
    }
    attempt.reads.put(key, tx.get(keys.get(key)).version());
    simulation.interleave();
    if (own.nextInt(3) > 0) {
      int version = ++versions;
      attempt.writes.put(key, version);
      tx.put(keys.get(key), new Cell(version, "x".repeat(own.nextInt(200))));
    }
  }

  private void readAll(Hotpot store) {
    List<Attempt> tried = new ArrayList<>();
    store.read(
        tx -> {
          if (!tried.isEmpty()) {
            end(tried.getLast(), false);
          }
          Attempt attempt = begin();
          tried.add(attempt);
          for (int key = 0; key < KEYS; key++) {
            attempt.reads.put(key, tx.get(keys.get(key)).version());
            simulation.interleave();
          }
          return true;
        });
    end(tried.getLast(), true);
  }

  private void snapshot(Hotpot store) {
    Attempt attempt = begin();
    try (Snapshot snapshot = store.snapshot()) {
      // It stands for one moment while it was taken, whenever it is read.
      long taken = moment();
      for (int key = 0; key < KEYS; key++) {
        attempt.reads.put(key, snapshot.get(keys.get(key)).version());
        simulation.interleave();
      }
      end(attempt, true);
      attempt.end = taken;
    } catch (SnapshotTooOld e) {
      end(attempt, false);
    }
  }

  // ---- what came of it

  /** A commit without an answer has happened if anybody saw a version of it. */
  private List<Observed> history() {
    Set<Integer> seen = new HashSet<>();
    attempts.forEach(attempt -> seen.addAll(attempt.reads.values()));
    List<Observed> history = new ArrayList<>();
    for (Attempt attempt : attempts) {
      boolean committed =
          attempt.committed
              || (!attempt.answered && attempt.writes.values().stream().anyMatch(seen::contains));
      history.add(
          new Observed(
              history.size(),
              attempt.begin,
              attempt.end,
              committed,
              Map.copyOf(attempt.reads),
              Map.copyOf(attempt.writes)));
    }
    return history;
  }
}
