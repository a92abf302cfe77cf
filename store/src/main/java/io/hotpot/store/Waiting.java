package io.hotpot.store;

import java.util.concurrent.locks.LockSupport;

/** How a thread passes the time until another one, which is about to finish, has finished. */
final class Waiting {

  private static final int SPINS = 100;
  private static final long PARK_NS = 20_000;

  private Waiting() {}

  static void pause(int round) {
    if (round < SPINS) {
      Thread.onSpinWait();
    } else {
      LockSupport.parkNanos(PARK_NS);
    }
  }
}
