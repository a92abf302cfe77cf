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

  /** Parks for some time, an interrupted thread too: the interrupt is put off until after it. */
  static void park(long ns) {
    boolean interrupted = Thread.interrupted();
    LockSupport.parkNanos(ns);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
