package io.hotpot.store.spi;

/**
 * What is told when something that was appended to a log is settled: durable here, and acknowledged
 * by all who must.
 *
 * <p>Called once, by the thread that found it out, without a lock held. It must not block.
 */
public interface Settling {

  /** It happened, and is visible as far as it is meant to be. */
  void settled(long stamp);

  /** Nothing of it was written. */
  void refused(Refusal refusal);
}
