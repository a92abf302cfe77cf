package io.hotpot.store.spi;

/** How a transaction ended. */
public enum Outcome {
  COMMIT,
  ABORT,
  /** The record of it is gone: it is too old to be asked for. */
  EXPIRED
}
