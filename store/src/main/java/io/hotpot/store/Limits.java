package io.hotpot.store;

import java.time.Duration;

/** Durations that callers give, in nanoseconds. */
final class Limits {

  /** 292 years, the most that nanoseconds can say. */
  static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

  private Limits() {}

  /**
   * How long that is, as far as nanoseconds can say.
   *
   * @throws MisuseException if it is below zero
   */
  static long nanos(Duration limit) {
    if (limit.isNegative()) {
      throw new MisuseException("nobody can wait for " + limit + "; a limit is 0 or more");
    }
    return limit.compareTo(FOR_EVER) < 0 ? limit.toNanos() : Long.MAX_VALUE;
  }
}
