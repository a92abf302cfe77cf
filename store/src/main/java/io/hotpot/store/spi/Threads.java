package io.hotpot.store.spi;

import java.util.List;

/**
 * How work gets threads, and how threads wait for time and for one another. Locks of {@code
 * java.util.concurrent} and untimed waits on them may be used beside it; timed waits, sleeps and
 * spinning may not: a simulation would stand still, or depend on the machine's speed.
 *
 * <p>Thread-safety: all methods from any thread.
 */
public interface Threads {

  /** Starts a thread that keeps no process alive. To wait for its end: {@link Thread#join()}. */
  Thread start(String name, Runnable task);

  /**
   * Passes the time until another thread, which is about to finish something, has finished: the
   * caller calls it round after round, counting from 0, and looks in between. Lets others run, also
   * where the caller was interrupted; it stays so.
   */
  void pause(int round);

  /**
   * Waits until {@link #unpark} is called for this thread, or was since it last waited. May return
   * early, at once if the thread is interrupted.
   *
   * @param blocker what is waited for, for who looks at a standing thread
   */
  void park(Object blocker);

  /**
   * As {@link #park(Object)}, for at most so many nanoseconds; an interrupt does not end the wait,
   * the thread stays interrupted.
   */
  void park(Object blocker, long ns);

  /** Ends the present wait of a thread of this node, or its next one. */
  void unpark(Thread thread);

  /**
   * Runs tasks in parallel, as far as there are processors, and returns when all have ended.
   *
   * @throws RuntimeException the first that a task has thrown; the others may have run or not
   */
  void forAll(List<? extends Runnable> tasks);
}
