package io.hotpot.dispatcher;

import io.hotpot.replication.Peer;
import io.hotpot.store.spi.TransactionId;
import java.util.TreeSet;

/**
 * The ids of this node's transactions, and below which of them it will never ask again: partitions
 * forget the outcomes of those (PROTOCOL 9.4).
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class TransactionIds {

  private Peer self = Peer.STRANGER;
  private long next = 1;

  /** Given and not settled. */
  private final TreeSet<Long> open = new TreeSet<>();

  /** Ids of another incarnation are another sequence. */
  TransactionId give(Peer now) {
    if (!now.equals(self)) {
      self = now;
      next = 1;
      open.clear();
    }
    open.add(next);
    return new TransactionId(now.nodeId(), now.incarnation(), next++);
  }

  /** Its outcome is known, or will never be asked for. */
  void settle(TransactionId id) {
    if (id.nodeId() == self.nodeId() && id.incarnation() == self.incarnation()) {
      open.remove(id.sequence());
    }
  }

  long settledBelow() {
    return open.isEmpty() ? next : open.first();
  }
}
