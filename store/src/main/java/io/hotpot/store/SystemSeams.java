package io.hotpot.store;

import io.hotpot.store.spi.Seams;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/** The real world, as a store sees it: the machine's clocks, random numbers and threads. */
final class SystemSeams {

  private SystemSeams() {}

  static Seams all() {
    return with(new SystemTime());
  }

  /**
   * The real world with other dates, for who wants the same bytes again.
   *
   * @param wallMs milliseconds since 1970
   */
  static Seams dated(LongSupplier wallMs) {
    return with(new SystemTime(wallMs));
  }

  private static Seams with(SystemTime time) {
    return new Seams(
        time, bound -> ThreadLocalRandom.current().nextLong(bound), new SystemThreads());
  }
}
