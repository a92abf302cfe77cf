package io.hotpot.tools.bench;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Values by key, seen from one node. What changes values is one transaction; if it conflicts with
 * another, it is repeated until it has committed.
 *
 * <p>Thread-safety: any platform thread.
 */
public interface ClusterTable<V> {

  /** Adds values, each new, in one transaction. */
  void insert(List<V> values);

  /**
   * Is called on each node when all nodes have inserted all they will: a store that finds nothing
   * by a key of the caller's learns here where everything is.
   */
  default void loaded() throws InterruptedException {}

  /**
   * A committed value, from a cache if the node has it there. Where caches may be stale, this may
   * be.
   *
   * @throws RuntimeException if there is none
   */
  V read(long key);

  /** Replaces a value, which may be done without reading the old one. */
  void replace(long key, V value);

  /**
   * Changes a value by what it is.
   *
   * @param change may be called again if the transaction is repeated
   * @throws RuntimeException if there is none
   */
  void update(long key, UnaryOperator<V> change);

  /** Changes two values in one transaction: reads both, then writes both. The keys differ. */
  void updateBoth(
      long first, long second, UnaryOperator<V> changeFirst, UnaryOperator<V> changeSecond);
}
