package io.hotpot.store;

import io.hotpot.store.spi.Threads;
import io.hotpot.store.spi.Time;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Named barriers of a store that stands alone: for the threads of its process. What is kept of a
 * barrier is who waits there now.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class LocalBarriers {

  /** How late an interrupt, or the store's closing, may be noticed. */
  private static final long LOOK_NS = 100_000_000L;

  /** As many as the cluster keeps. */
  private static final int MOST = 1024;

  private static final int MOST_NAME_CHARACTERS = 80;
  private static final int MOST_PARTIES = 1024;

  /** Those who wait together. */
  private static final class Round {
    final int parties;
    final List<Thread> arrived = new ArrayList<>();
    volatile boolean isComplete;

    Round(int parties) {
      this.parties = parties;
    }
  }

  private final StoreState state;
  private final Threads threads;
  private final Time time;
  private final ReentrantLock lock = new ReentrantLock();

  /** Rounds that are not complete, by the barrier's name; under the lock. */
  private final Map<String, Round> open = new TreeMap<>();

  LocalBarriers(StoreState state, Threads threads, Time time) {
    this.state = state;
    this.threads = threads;
    this.time = time;
  }

  /**
   * @throws MisuseException if there cannot be such a barrier, here or in a cluster
   */
  static void check(String name, int parties) {
    if (name.isEmpty() || name.length() > MOST_NAME_CHARACTERS) {
      throw new MisuseException(
          "a barrier's name has 1 to "
              + MOST_NAME_CHARACTERS
              + " characters, not "
              + name.length());
    }
    if (parties < 1 || parties > MOST_PARTIES) {
      throw new MisuseException(
          "between 1 and " + MOST_PARTIES + " parties meet at a barrier, not " + parties);
    }
  }

  /** As {@link io.hotpot.store.spi.Elsewhere#barrier}. */
  boolean await(String name, int parties, long limitNs) throws InterruptedException {
    long beganNs = time.bootNs();
    Round round = arrive(name, parties);
    while (!round.isComplete) {
      long leftNs = limitNs - (time.bootNs() - beganNs);
      boolean isInterrupted = Thread.currentThread().isInterrupted();
      if ((isInterrupted || leftNs <= 0 || state.isClosed()) && withdraw(name, round)) {
        state.checkOpen();
        if (isInterrupted && Thread.interrupted()) {
          throw new InterruptedException();
        }
        return false;
      }
      threads.park(round, Math.clamp(leftNs, 1, LOOK_NS));
    }
    return true;
  }

  private Round arrive(String name, int parties) {
    lock.lock();
    try {
      Round round = open.get(name);
      if (round != null && round.parties != parties) {
        throw new MisuseException(
            "barrier '" + name + "' waits for " + round.parties + " parties, not " + parties);
      }
      if (round == null) {
        if (open.size() >= MOST) {
          throw new MisuseException(MOST + " barriers are being waited at, and more are not kept");
        }
        round = new Round(parties);
        open.put(name, round);
      }
      round.arrived.add(Thread.currentThread());
      if (round.arrived.size() == parties) {
        round.isComplete = true;
        open.remove(name);
        round.arrived.forEach(threads::unpark);
      }
      return round;
    } finally {
      lock.unlock();
    }
  }

  /** False: it was complete before. */
  private boolean withdraw(String name, Round round) {
    lock.lock();
    try {
      if (round.isComplete) {
        return false;
      }
      round.arrived.remove(Thread.currentThread());
      if (round.arrived.isEmpty()) {
        open.remove(name);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }
}
