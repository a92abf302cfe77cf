package io.hotpot.store;

import java.util.Collection;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The store's one background thread: prepares chunks ahead of need and cleans. It may wait for the
 * medium; nobody waits for it but a commit that needs a chunk that it is just preparing.
 */
final class Housekeeper {

  private static final long BUSY_PAUSE_NS = 1_000_000;
  private static final long IDLE_PAUSE_NS = 20_000_000;

  private final Hotpot store;
  private final ChunkPool pool;
  private final Cleaner cleaner;
  private final Supplier<Collection<Partition>> partitions;
  private final String name;
  private volatile boolean stopping;
  private @Nullable Thread thread;
  private long lastAppended;

  Housekeeper(
      Hotpot store, ChunkPool pool, Cleaner cleaner, Supplier<Collection<Partition>> partitions) {
    this.store = store;
    this.pool = pool;
    this.cleaner = cleaner;
    this.partitions = partitions;
    this.name = "hotpot-housekeeper " + store.heapInfo().location();
  }

  void start() {
    thread = Thread.ofPlatform().daemon().name(name).start(this::loop);
  }

  void stop() {
    stopping = true;
    Thread running = thread;
    if (running != null) {
      LockSupport.unpark(running);
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
    while (!stopping) {
      boolean worked = false;
      store.writeEvents();
      try {
        worked = step();
      } catch (HotpotException e) {
        // The medium failed: commits report it to whoever waits for them; there is nothing to do
        // here any more.
        return;
      }
      if (!worked) {
        long appended = 0;
        for (Partition partition : partitions.get()) {
          appended += partition.log.appendedBytes();
        }
        LockSupport.parkNanos(this, appended == lastAppended ? IDLE_PAUSE_NS : BUSY_PAUSE_NS);
        lastAppended = appended;
      }
    }
  }

  /** One round of work; returns whether there was any. */
  boolean step() {
    boolean worked = false;
    for (Partition partition : partitions.get()) {
      if (pool.available() > pool.reserveFor(ChunkPool.Purpose.GROWTH)) {
        worked |= prepare(partition);
      }
    }
    return cleaner.cleanIfWorthwhile() || worked;
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
