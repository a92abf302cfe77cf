package io.hotpot.store;

/**
 * Is told how far a long piece of work has come. It is called often, by the thread that works, and
 * holds it up for as long as it takes; what it throws ends the work.
 */
@FunctionalInterface
public interface Progress {

  /**
   * @param done units of work done, of a kind that is the same throughout one piece of work
   * @param total units that there are, as far as known by now; at least {@code done}
   */
  void report(long done, long total);

  /** Nobody wants to know. */
  static Progress none() {
    return (done, total) -> {};
  }
}
