package io.hotpot.store;

/**
 * Wall-clock time, as protocol code may see it: only to give commit stamps a date, never to decide
 * anything.
 */
@FunctionalInterface
interface StoreClock {
  /** Milliseconds since 1970. */
  long nowMs();
}
