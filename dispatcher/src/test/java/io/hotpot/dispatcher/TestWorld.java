package io.hotpot.dispatcher;

import io.hotpot.replication.NodeLoop;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;

/** Virtual time and a queue of what happens in it: one thread, everything drawn from one seed. */
final class TestWorld {

  private record Event(long atNs, long number, Runnable task) {}

  final Random random;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNs).thenComparingLong(Event::number));
  private long nowNs;
  long count;

  TestWorld(long seed) {
    random = new Random(seed);
  }

  /** Real time, which nobody in the world can read. */
  long nowNs() {
    return nowNs;
  }

  void at(long atNs, Runnable task) {
    events.add(new Event(Math.max(atNs, nowNs), count++, task));
  }

  void runUntil(long endNs) {
    for (Event next = events.peek(); next != null && next.atNs() <= endNs; next = events.peek()) {
      events.remove();
      nowNs = next.atNs();
      next.task().run();
    }
    nowNs = endNs;
  }

  long between(long from, long to) {
    return from + (long) (random.nextDouble() * (to - from));
  }

  /** A clock that is right, or as wrong as assumption A1 allows, or in between. */
  Loop loop() {
    long rate =
        switch (random.nextInt(4)) {
          case 0 -> 970_001;
          case 1 -> 1_029_999;
          default -> between(970_001, 1_029_999);
        };
    return new Loop(rate, between(0, 1_000_000_000_000L));
  }

  /** The loop of one process. */
  final class Loop implements NodeLoop {
    private final long ratePerMillion;
    private final long offsetNs;
    private boolean ended;

    private Loop(long ratePerMillion, long offsetNs) {
      this.ratePerMillion = ratePerMillion;
      this.offsetNs = offsetNs;
    }

    void end() {
      ended = true;
    }

    @Override
    public void execute(Runnable task) {
      at(nowNs, () -> runIfAlive(task));
    }

    private void runIfAlive(Runnable task) {
      if (!ended) {
        task.run();
      }
    }

    @Override
    public Timer after(long delayNs, Runnable task) {
      boolean[] cancelled = new boolean[1];
      at(
          nowNs + delayNs * 1_000_000 / ratePerMillion + 1,
          () -> {
            if (!cancelled[0]) {
              runIfAlive(task);
            }
          });
      return () -> cancelled[0] = true;
    }

    @Override
    public long bootNs() {
      return offsetNs
          + nowNs / 1_000_000 * ratePerMillion
          + nowNs % 1_000_000 * ratePerMillion / 1_000_000;
    }

    @Override
    public long wallMs() {
      return 0;
    }

    @Override
    public boolean isCurrent() {
      return true;
    }
  }
}
