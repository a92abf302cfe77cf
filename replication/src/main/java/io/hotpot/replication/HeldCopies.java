package io.hotpot.replication;

import io.hotpot.store.spi.HeldLog;

/**
 * The copies of other nodes' objects that a node holds, as membership uses them: it says what must
 * be dropped. Each method drops the copies, dooms the transactions that have read one of them and
 * poisons the fetches in flight, before it returns (PROTOCOL 7.10, 7.12, 5.5).
 *
 * <p>Called on the loop.
 */
public interface HeldCopies {

  /** A partition has a new epoch: nothing of an earlier one counts any more. */
  void dropPartition(int partition, int epoch);

  /** The session with a node ended, or the node is excluded: what it had granted is void. */
  void dropOwner(int nodeId);

  /** This node's lease is over. */
  void dropAll();

  /**
   * This node's copy of a partition's log has all that was acknowledged, and follows the owner of
   * an epoch: it may be read, until this node is told otherwise by any of these methods.
   */
  void readable(int partition, int epoch, HeldLog log);

  /** It may not be read any more. */
  void unreadable(int partition);

  /** A copy of a log that may be read has a new version of an object: of it alone. */
  void changed(long objectId);
}
