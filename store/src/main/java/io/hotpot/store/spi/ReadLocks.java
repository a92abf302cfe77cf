package io.hotpot.store.spi;

/**
 * The objects that one attempt of a {@code read} has acquired, shared with others that only read,
 * on whatever nodes (PROTOCOL 15.9). While they are held nobody changes them. Nothing rests on
 * that: what was read is current if it is found to be so at the end.
 *
 * <p>Thread-safety: confined to the transaction's thread, which may block for answers of other
 * nodes.
 */
public interface ReadLocks {

  /**
   * Acquires further objects, as {@link TransactionLocks#acquire} does.
   *
   * @return HELD, or what has become of all of its locks meanwhile: WOUNDED also if they were held
   *     for as long as they may be
   */
  TransactionLocks.State acquire(long[] objectIds);

  /** For the next attempt of the same work; 0: nothing was acquired yet. */
  long age();

  /** Gives up all of them. Nothing, if that was done already. */
  void release();
}
