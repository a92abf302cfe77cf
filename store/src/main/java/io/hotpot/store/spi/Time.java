package io.hotpot.store.spi;

/**
 * The clocks of one node.
 *
 * <p>Thread-safety: all methods from any thread. Neither blocks nor allocates.
 */
public interface Time {

  /**
   * Nanoseconds since some moment that is the same for as long as the process runs; never runs
   * backwards. Where the machine tells it, time counts in which it was suspended: a lease must not
   * outlive its end because its holder slept.
   */
  long bootNs();

  /**
   * Milliseconds since 1970, as this node believes. May jump in either direction: only to give
   * commit stamps a date, never to decide anything.
   */
  long wallMs();
}
