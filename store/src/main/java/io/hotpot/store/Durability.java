package io.hotpot.store;

/** What a committed transaction survives. Ordered from weaker to stronger. */
public enum Durability {
  /**
   * Survives the death of the process (kill -9), not the loss of power or a crash of the operating
   * system.
   */
  PROCESS,
  /**
   * Survives the loss of power: the bytes were flushed to the medium before {@code commit}
   * returned.
   */
  POWER
}
