package io.hotpot.replication;

/**
 * A part of a node that answers messages beside the log and membership: copies that it holds,
 * transactions that it coordinates.
 *
 * <p>Called on the loop, for other members only; sessions of a partition's owner and its own
 * fencing reach {@link HeldCopies} as well.
 */
public interface MessageHandler {

  /**
   * Takes a message.
   *
   * @return false if it is none of this handler's: the next one is asked
   */
  boolean handle(Peer from, long session, Message message);

  default void sessionBegan(Peer peer, long session) {}

  default void sessionEnded(Peer peer, long session) {}

  /** The node has lost its lease: whatever the incarnation had promised or asked for is void. */
  default void fenced() {}
}
