package io.hotpot.replication;

/**
 * What one node says to another: one record each, laid out by {@code MessageFormat}. The table in
 * docs/PROTOCOL.md, section 4, says who sends it, what must be durable before, and what the
 * receiver checks.
 *
 * <p>Arrays belong to the message: neither side changes them after it was sent or received.
 */
public sealed interface Message
    permits MembershipMessage,
        LogMessage,
        CopyMessage,
        TransactionMessage,
        OperatorQuestion,
        OperatorAnswer {

  /** The lane in which its order is kept. */
  default Fabric.Lane lane() {
    return Fabric.Lane.CONTROL;
  }
}
