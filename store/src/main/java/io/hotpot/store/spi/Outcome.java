package io.hotpot.store.spi;

/** How a transaction ended. */
public enum Outcome {
  COMMIT,
  ABORT,
  /** The record of it is gone: it is too old to be asked for. */
  EXPIRED,
  /**
   * The record of it may be in a batch that has rotted in all copies there are: nobody can tell.
   */
  LOST
}
