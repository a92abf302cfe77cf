package io.hotpot.dispatcher;

import io.hotpot.replication.Peer;
import io.hotpot.store.spi.TransactionId;
import java.util.TreeSet;

/**
 * The ids of this node's transactions, each of which names its home, and below which of them it
 * will never ask again: partitions forget the outcomes of those (PROTOCOL 9.4).
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class TransactionIds {

  /** For so many transactions more an outcome that could not be told is kept by its partition. */
  static final int KEPT_FOR = 1 << 14;

  /** The last bits of a sequence, in which the home is named: as many as a partition has. */
  private static final int HOME_BITS = 18;

  private Peer self = Peer.STRANGER;

  /** Of the next id; what counts it are the bits above its home. */
  private long next = 1;

  /** Given and not settled. */
  private final TreeSet<Long> open = new TreeSet<>();

  /** Whose outcome could not be told, and may be asked for. */
  private final TreeSet<Long> kept = new TreeSet<>();

  /**
   * Ids of another incarnation are another sequence.
   *
   * @param home where it is decided
   */
  TransactionId give(Peer now, int home) {
    if (!now.equals(self)) {
      self = now;
      next = 1;
      open.clear();
      kept.clear();
    }
    while (!kept.isEmpty() && kept.first() >> HOME_BITS < next - KEPT_FOR) {
      kept.removeFirst();
    }
    long sequence = next++ << HOME_BITS | home;
    open.add(sequence);
    return new TransactionId(now.nodeId(), now.incarnation(), sequence);
  }

  /** The partition that records the outcome of a transaction. */
  static int home(TransactionId id) {
    return (int) (id.sequence() & ((1L << HOME_BITS) - 1));
  }

  /** Its outcome is known, or will never be asked for. */
  void settle(TransactionId id) {
    if (isOfThisIncarnation(id)) {
      open.remove(id.sequence());
    }
  }

  /** Its outcome may be asked for later; not for ever, since partitions keep all that follow. */
  void keep(TransactionId id) {
    if (isOfThisIncarnation(id)) {
      kept.add(id.sequence());
    }
  }

  private boolean isOfThisIncarnation(TransactionId id) {
    return id.nodeId() == self.nodeId() && id.incarnation() == self.incarnation();
  }

  long settledBelow() {
    long first = open.isEmpty() ? next << HOME_BITS : open.first();
    return kept.isEmpty() ? first : Math.min(first, kept.first());
  }
}
