package io.hotpot.replication;

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
}
