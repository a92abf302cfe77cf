package io.hotpot.store;

import java.util.concurrent.locks.LockSupport;

/**
 * How a thread passes the time until another one, which is about to finish, has finished.
 *
 * <p>It lets others run, also where an interrupt keeps it from parking: the one it waits for may be
 * a virtual thread that needs the same carrier.
 */
final class Waiting {

  private static final int SPINS = 100;
  private static final long PARK_NS = 20_000;

  private Waiting() {}

  static void pause(int round) {
    if (round < SPINS) {
      Thread.onSpinWait();
    } else {
      park(PARK_NS);
    }
  }

  /**
   * Parks for some time. An interrupt is put off meanwhile: the thread stays interrupted. To yield
   * would not do, since a virtual thread that yields may come back before one that was started.
   */
  static void park(long ns) {
    boolean interrupted = Thread.interrupted();
    if (interrupted) {
      // Uses up the permit to go on that every interrupt leaves.
      LockSupport.parkNanos(1);
    }
    LockSupport.parkNanos(ns);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
