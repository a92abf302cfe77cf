package io.hotpot.store.spi;

import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.Elsewhere.Result;
import java.util.List;

/**
 * The objects that one attempt of a transaction has acquired exclusively, on whatever nodes
 * (PROTOCOL 15).
 *
 * <p>Thread-safety: confined to the transaction's thread, which may block for answers of other
 * nodes.
 */
public interface TransactionLocks extends ReadLocks {

  /** Whether the objects are kept for the transaction still. */
  enum State {
    HELD,
    /** An older transaction wanted one of them: all were given up. */
    WOUNDED,
    /** An owner does not keep them any more, or cannot be reached: all were given up. */
    LOST
  }

  /**
   * Acquires further objects: all of them, or none. Returns when they are the transaction's and no
   * commit of others to them is under way.
   *
   * @param objectIds each once, and none acquired before
   * @return HELD, or what has become of all of its locks meanwhile
   * @throws io.hotpot.store.ConflictException if another transaction kept one of them for too long;
   *     none of these was acquired, and what was before still is
   * @throws io.hotpot.store.HotpotException if nobody serves one of their partitions
   */
  @Override
  State acquire(long[] objectIds);

  State state();

  /**
   * As {@link Elsewhere#commit}, if all objects are still the transaction's; they are released
   * afterwards. From now on it is not wounded any more.
   *
   * @param parts among them all partitions in which something was acquired
   */
  Result commit(List<Part> parts, int copiesWanted);
}
