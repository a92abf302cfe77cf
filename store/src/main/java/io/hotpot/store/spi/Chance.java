package io.hotpot.store.spi;

/**
 * Random numbers, for pauses that must not fall together. Not for secrets.
 *
 * <p>Thread-safety: from any thread.
 */
@FunctionalInterface
public interface Chance {

  /**
   * A number from 0 to {@code bound} - 1, each as likely as any other.
   *
   * @param bound positive
   */
  long nextLong(long bound);
}
