package io.hotpot.replication;

/**
 * A part of a node that takes messages. The node hands each message to its parts until one of them
 * has taken it, and tells all of them of sessions.
 *
 * <p>Thread-safety: on the node's loop only.
 */
public interface MessageHandler {

  /** Takes a message; false: it is not for this part. */
  boolean handle(Peer peer, long session, Message message);

  /** A session begins: what was sent in an earlier one and not answered never will be. */
  void sessionBegan(Peer peer, long session);

  /**
   * Nothing more comes from this session. Told before this node offers its peer a later one: to do
   * so is the word that it holds no copy of an earlier one (PROTOCOL, section 3).
   */
  void sessionEnded(Peer peer, long session);
}
