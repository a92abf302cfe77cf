package io.hotpot.peers;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for peers that do not say when they are ready. */
final class Waiting {

  private static final long MOST_SECONDS = 60;
  private static final long MILLIS_BETWEEN_LOOKS = 20;

  private Waiting() {}

  /** Returns when a condition holds; fails if it does not for a minute. */
  static void until(String what, BooleanSupplier condition) throws InterruptedException {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(MOST_SECONDS)) {
        throw new IllegalStateException("waited " + MOST_SECONDS + " s in vain until " + what);
      }
      Thread.sleep(MILLIS_BETWEEN_LOOKS);
    }
  }
}
