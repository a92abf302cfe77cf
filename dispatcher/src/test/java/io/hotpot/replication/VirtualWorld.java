package io.hotpot.replication;

import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.Executor;

/** Time, and what happens in it, one thing after another. The same seed gives the same run. */
final class VirtualWorld {

  static final long MS = 1_000_000;

  private static final class Event implements Comparable<Event> {
    long atNs;
    final long order;
    final Runnable task;
    boolean isCancelled;

    Event(long atNs, long order, Runnable task) {
      this.atNs = atNs;
      this.order = order;
      this.task = task;
    }

    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atNs, other.atNs);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  final Random random;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long nowNs = 1_000_000_000_000L;
  private long order;

  VirtualWorld(long seed) {
    random = new Random(seed);
  }

  long nowNs() {
    return nowNs;
  }

  /** Between two numbers, the second one excluded. */
  long between(long from, long to) {
    return from + (long) (random.nextDouble() * (to - from));
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  private Event at(long atNs, Runnable task) {
    Event event = new Event(atNs, order++, task);
    events.add(event);
    return event;
  }

  void after(long delayNs, Runnable task) {
    at(nowNs + delayNs, task);
  }

  void atTime(long atNs, Runnable task) {
    at(Math.max(nowNs, atNs), task);
  }

  boolean step(long untilNs) {
    Event next = events.peek();
    if (next == null || next.atNs > untilNs) {
      nowNs = Math.max(nowNs, untilNs);
      return false;
    }
    events.poll();
    nowNs = Math.max(nowNs, next.atNs);
    if (!next.isCancelled) {
      next.task.run();
    }
    return true;
  }

  /** The loop of one life of a node; it may stand still for a while, and ends with the node. */
  final class Loop implements NodeLoop {
    private boolean isDead;
    private long standsUntilNs;
    private final long clockOffsetNs = between(0, 1_000_000_000_000L);

    void die() {
      isDead = true;
    }

    void standStill(long ns) {
      standsUntilNs = nowNs + ns;
    }

    private void run(Runnable task) {
      if (isDead) {
        return;
      }
      if (nowNs < standsUntilNs) {
        at(standsUntilNs, () -> run(task));
      } else {
        task.run();
      }
    }

    @Override
    public void execute(Runnable task) {
      at(nowNs, () -> run(task));
    }

    @Override
    public Timer after(long delayNs, Runnable task) {
      boolean[] isCancelled = {false};
      at(
          nowNs + Math.max(0, delayNs),
          () ->
              run(
                  () -> {
                    if (!isCancelled[0]) {
                      task.run();
                    }
                  }));
      return () -> isCancelled[0] = true;
    }

    @Override
    public long bootNs() {
      return nowNs + clockOffsetNs;
    }

    /** What the loop calls a time, as the world does. */
    long worldNs(long bootNs) {
      return bootNs - clockOffsetNs;
    }

    @Override
    public long wallMs() {
      return nowNs / MS;
    }

    @Override
    public boolean isCurrent() {
      return true;
    }

    /** Work beside the loop, one after another, each takes a while. */
    Executor worker(long mostNs) {
      long[] freeAtNs = {0};
      return task -> {
        freeAtNs[0] = Math.max(freeAtNs[0], nowNs) + between(1, mostNs);
        at(
            freeAtNs[0],
            () -> {
              if (!isDead) {
                task.run();
              }
            });
      };
    }
  }
}
