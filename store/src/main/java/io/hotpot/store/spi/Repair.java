package io.hotpot.store.spi;

/**
 * The other nodes that hold a partition's log, asked for the bytes of a batch that is damaged here,
 * before anybody is told that it is (PROTOCOL 13.5).
 *
 * <p>Thread-safety: all methods from any thread; {@link #heal} not from the node's loop, and not
 * where a partition's commit lock is held.
 */
public interface Repair {

  /**
   * Has a batch healed. Blocks for other nodes and for the medium.
   *
   * @param address of the batch, or of something in it
   * @return whether it is worthwhile to look again; false: none of them has sound bytes of it
   */
  boolean heal(int partition, long address);

  /** The same for who has no time to wait. */
  void healLater(int partition, long address);
}
