package io.hotpot.replication;

/**
 * The mailbox and the timers of one node. All protocol state of the node is confined to its loop:
 * tasks run one after another, each to its end, and none may block.
 *
 * <p>Implementations: the event loop of the TCP fabric, and a task of the simulation.
 *
 * <p>Thread-safety: all methods from any thread.
 */
public interface NodeLoop {

  /** What {@link #after} has set. */
  interface Timer {
    /** The task does not run any more, if it has not begun. On the loop only. */
    void cancel();
  }

  /** Runs a task after those that were handed over before it. */
  void execute(Runnable task);

  /** Runs a task when so many nanoseconds have passed on the node's boot clock. */
  Timer after(long delayNs, Runnable task);

  /** The node's boot clock: it counts while the machine sleeps, and never jumps. Nanoseconds. */
  long bootNs();

  /** The time of day in milliseconds, for stamps only: no decision of the protocol rests on it. */
  long wallMs();

  /** Whether the calling thread is the loop's. */
  boolean isCurrent();
}
