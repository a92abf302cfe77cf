package io.hotpot.store;

import java.time.Duration;

/** Durations that callers give, in nanoseconds. */
final class Limits {

  /** 292 years, the most that nanoseconds can say. */
  static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

  private Limits() {}

  static long nanos(Duration limit) {
    return limit.compareTo(FOR_EVER) < 0 ? limit.toNanos() : Long.MAX_VALUE;
  }
}
