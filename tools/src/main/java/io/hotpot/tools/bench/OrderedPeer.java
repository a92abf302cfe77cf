package io.hotpot.tools.bench;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A peer that keeps its keys in order: what YCSB needs. */
public interface OrderedPeer extends Peer {

  /**
   * Replaces a value by what is made of it, in one transaction that no other writer comes between.
   *
   * @param change may be called again if another transaction was in the way
   * @throws Missing if there is no such key
   */
  void update(long key, UnaryOperator<byte[]> change);

  /**
   * Visits values in ascending order of their keys.
   *
   * @param from the least key
   * @param count how many at most
   * @param visitor gets bytes that are valid only during the call
   */
  void scan(long from, int count, Consumer<ByteBuffer> visitor);
}
