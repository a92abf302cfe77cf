package io.hotpot.tools.bench;

/**
 * A store of {@link Item}s by number, as the measures see it: Hotpot, or one of its peers.
 *
 * <p>Thread-safety: after {@link #fill}, all methods from any thread.
 */
interface ItemStore extends AutoCloseable {

  /** Puts the items 0 to {@code count} - 1 into the empty store, in transactions of 1000. */
  void fill(int count);

  /**
   * Gives items a new value, in one transaction; returns when it is as durable as was asked for
   * when the store was opened.
   *
   * @param numbers which items; each below the count that was filled in
   * @param round what the new values are made of
   */
  void commit(int[] numbers, int round);

  /** An item that {@link #fill} has put there in this process. */
  Item read(int number);

  /** Item 0, also after the store was opened again. */
  Item readFirst();

  /** What the store takes on the medium now, in bytes. */
  long usedBytes();

  /** Bytes of the encoded values of all items. */
  long liveBytes();

  @Override
  void close();
}
