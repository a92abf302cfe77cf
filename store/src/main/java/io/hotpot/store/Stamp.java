package io.hotpot.store;

/**
 * Commit timestamps: hybrid logical, milliseconds in the upper 44 bits and a counter in the lower
 * 20.
 */
final class Stamp {

  private static final int COUNTER_BITS = 20;

  private Stamp() {}

  /** The least stamp that is above {@code floor} and not before {@code nowMs}. */
  static long after(long floor, long nowMs) {
    return Math.max(floor + 1, nowMs << COUNTER_BITS);
  }

  /** A stamp so many milliseconds later. */
  static long laterBy(long stamp, long ms) {
    return stamp + (ms << COUNTER_BITS);
  }

  static long toMs(long stamp) {
    return stamp >>> COUNTER_BITS;
  }
}
