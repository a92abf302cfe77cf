package io.hotpot.peers;

import io.hotpot.tools.bench.ClusterTable;
import io.hotpot.tools.bench.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Drivers that update items without an end, while nodes come and go: the price of an item is the
 * number of its last update. Each driver has items of its own.
 *
 * <p>Thread-safety: for one thread, beside its drivers.
 */
final class SteadyCommits {

  /** So many commits after the kill, and what stood still has resumed. */
  private static final int COMMITS_AFTER = 100;

  private static final int MOST_FAILURES = 1000;
  private static final long PATIENCE_SECONDS = 60;

  private final ClusterTable<Item> items;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong acknowledged = new AtomicLong();
  private final CompletableFuture<Long> resumed = new CompletableFuture<>();
  private volatile long killedAt = Long.MAX_VALUE;
  private volatile boolean stopped;

  private SteadyCommits(ClusterTable<Item> items) {
    this.items = items;
  }

  /** Begins, with so many drivers, on the items from a number on up to another. */
  static SteadyCommits begin(ClusterTable<Item> items, int drivers, int from, int to) {
    SteadyCommits commits = new SteadyCommits(items);
    for (int d = 0; d < drivers; d++) {
      int first = from + (int) ((long) (to - from) * d / drivers);
      int last = from + (int) ((long) (to - from) * (d + 1) / drivers);
      commits.threads.add(
          Thread.ofPlatform().daemon().start(() -> commits.drive(new Driver(first, last))));
    }
    return commits;
  }

  /** One driver's items, and what it has been told of each. */
  private static final class Driver {
    private final int from;
    private final long[] promised;
    private final SplittableRandom random;
    private long failures;
    private long since;
    private long longest;
    private long resumedAt;

    Driver(int from, int to) {
      this.from = from;
      promised = new long[to - from];
      random = new SplittableRandom(from);
    }
  }

  private void drive(Driver driver) {
    for (long n = 1; !stopped; n++) {
      int i = driver.random.nextInt(driver.promised.length);
      long number = n;
      long begin = System.nanoTime();
      try {
        items.update(driver.from + i, old -> numbered(old, number, driver.promised[i]));
      } catch (IllegalStateException e) {
        resumed.completeExceptionally(e);
        return;
      } catch (RuntimeException e) {
        // Not acknowledged, and it may have happened or not.
        if (++driver.failures > MOST_FAILURES) {
          resumed.completeExceptionally(e);
          return;
        }
        continue;
      }
      driver.promised[i] = number;
      acknowledged.incrementAndGet();
      note(driver, begin, System.nanoTime());
    }
  }

  /** The next state of an item, in which its last acknowledged update must be found. */
  private static Item numbered(Item old, long number, long promised) {
    if (old.price() < promised) {
      throw new IllegalStateException(
          "update "
              + promised
              + " of item "
              + old.id()
              + " was acknowledged and is lost: it is at "
              + old.price());
    }
    return new Item(old.id(), old.kind(), old.name(), number, old.active(), old.note());
  }

  private void note(Driver driver, long begin, long end) {
    if (end <= killedAt) {
      return;
    }
    if (end - begin > driver.longest) {
      driver.longest = end - begin;
      driver.resumedAt = end;
    }
    if (++driver.since == COMMITS_AFTER) {
      resumed.complete(driver.resumedAt);
    }
  }

  /** How many commits have been acknowledged so far. */
  long count() {
    return acknowledged.get();
  }

  /**
   * When the commit was acknowledged that had to wait longest after a moment, by {@link
   * System#nanoTime}, which all processes of a Linux machine share.
   */
  long resumedAfter(long moment) throws InterruptedException, ExecutionException, TimeoutException {
    killedAt = moment;
    return resumed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Ends the drivers; fails if one of them has failed. */
  void stop() throws InterruptedException, ExecutionException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    if (resumed.isCompletedExceptionally()) {
      resumed.get();
    }
  }
}
