package io.hotpot.peers;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for peers that do not say when they are ready. */
final class Waiting {

  private static final long MOST_SECONDS = 60;
  private static final long MILLIS_BETWEEN_LOOKS = 20;

  private Waiting() {}

  /** Returns a value when there is one; fails if there is none for a minute. */
  static <T> T forValue(String what, Supplier<Optional<T>> look) throws InterruptedException {
    AtomicReference<Optional<T>> found = new AtomicReference<>(Optional.empty());
    until(
        what,
        () -> {
          found.set(look.get());
          return found.get().isPresent();
        });
    return found.get().orElseThrow();
  }

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
