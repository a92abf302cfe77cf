package io.hotpot.store;

import io.hotpot.store.spi.Threads;
import java.util.Collection;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The store's one background thread: prepares chunks ahead of need, cleans, writes the checkpoints
 * that slots wait for, and the file of events. It may wait for the medium; nobody waits for it but
 * a commit that needs a chunk that it is just preparing.
 *
 * <p>It ends when the store is closed or the medium has refused. What else goes wrong is counted in
 * the events ({@code housekeepingFailures}) and tried again.
 */
final class Housekeeper {

  private static final long BUSY_PAUSE_NS = 1_000_000;
  private static final long IDLE_PAUSE_NS = 20_000_000;

  private final Events events;
  private final StoreCounters counters;
  private final ChunkPool pool;
  private final Cleaner cleaner;
  private final GroupCommit groupCommit;
  private final Supplier<Collection<Partition>> partitions;
  private final Threads threads;
  private final String name;
  private volatile boolean stopping;
  private @Nullable Thread thread;
  private long lastAppended;
  private boolean worked;

  /**
   * @param name of the thread
   * @param partitions whose logs grow, copies of other nodes' included
   * @param counters whose file it writes
   */
  Housekeeper(
      String name,
      ChunkPool pool,
      Cleaner cleaner,
      GroupCommit groupCommit,
      Supplier<Collection<Partition>> partitions,
      Events events,
      StoreCounters counters,
      Threads threads) {
    this.name = name;
    this.pool = pool;
    this.cleaner = cleaner;
    this.groupCommit = groupCommit;
    this.partitions = partitions;
    this.events = events;
    this.counters = counters;
    this.threads = threads;
  }

  /** That of an open store. */
  static Housekeeper of(StoreComponents store, StoreCounters counters) {
    return new Housekeeper(
        "hotpot-housekeeper " + store.heap.info().location(),
        store.pool,
        store.cleaner,
        store.groupCommit,
        store::logs,
        store.events,
        counters,
        store.seams.threads());
  }

  void start() {
    thread = threads.start(name, this::loop);
  }

  void stop() {
    stopping = true;
    Thread running = thread;
    if (running != null) {
      threads.unpark(running);
      boolean interrupted = false;
      while (running.isAlive()) {
        try {
          running.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void loop() {
    while (!stopping && turn()) {
      long appended = 0;
      for (Partition partition : partitions.get()) {
        appended += partition.log.appendedBytes();
      }
      if (!worked) {
        threads.park(this, appended == lastAppended ? IDLE_PAUSE_NS : BUSY_PAUSE_NS);
      }
      lastAppended = appended;
    }
  }

  /** One turn of the thread. Returns whether there will be another. */
  boolean turn() {
    worked = false;
    try {
      counters.writeSometimes();
    } catch (RuntimeException e) {
      // The events are a convenience.
      failed();
    }
    try {
      worked = step();
      return true;
    } catch (StoreClosed e) {
      return false;
    } catch (RuntimeException e) {
      failed();
      // Commits report it to whoever waits for them; there is nothing to do here any more.
      return !groupCommit.hasFailed();
    }
  }

  private void failed() {
    events.housekeepingFailures.increment();
  }

  /** One round of work; returns whether there was any. */
  boolean step() {
    boolean any = false;
    Collection<Partition> all = partitions.get();
    for (Partition partition : all) {
      // Where chunks are scarce, they go to the commits that need them.
      if (pool.available() > pool.reserveFor(ChunkPool.Purpose.GROWTH) + all.size()) {
        any |= prepare(partition);
      }
    }
    any |= cleaner.checkpointIfDue();
    return cleaner.cleanIfWorthwhile() || any;
  }

  private static boolean prepare(Partition partition) {
    partition.commitLock.lock();
    try {
      if (!partition.log.claimPreparation()) {
        return false;
      }
    } finally {
      partition.commitLock.unlock();
    }
    partition.log.prepareAhead();
    return true;
  }
}
