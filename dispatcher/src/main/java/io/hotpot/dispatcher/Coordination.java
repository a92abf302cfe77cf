package io.hotpot.dispatcher;

import io.hotpot.replication.TransactionMessage;

/**
 * A transaction that this node drives, or the question how one ended.
 *
 * <p>Thread-safety: on the node's loop only.
 */
sealed interface Coordination permits SinglePartitionCommit, TwoPhaseCommit, LostAnswer {

  /** A partition has answered, here or on another node. */
  void answered(TransactionMessage answer);

  /** A session has begun or ended, or the configuration has changed. */
  void lookAgain();

  /** The caller waits no longer: it is told now, be the outcome known or not. */
  void giveUp();

  /** The incarnation that began it is no member any more. */
  void membershipEnded();
}
