package io.hotpot.replication;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Carries messages between nodes (docs/PROTOCOL.md, section 3): first-in first-out within a session
 * and lane, each whole or not at all, nothing after the end of a session, no promise between
 * sessions. A pair of nodes has at most one session at a time; the fabric opens it by itself as
 * long as both are among each other's peers, and again after it ended.
 *
 * <p>Thread-safety: {@link #send} from any thread; what it sends from one thread keeps its order.
 * Everything else on the node's loop, where all calls of the {@link Listener} come too.
 */
public interface Fabric extends AutoCloseable {

  /** Where a peer listens. */
  record Address(String host, int port) {
    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /** Who may be spoken with, and where it listens. */
  record Member(Peer peer, Address address) {}

  /** Two lanes; the order of messages is kept within each, and no step needs it across them. */
  enum Lane {
    /** Leases, invalidations, acknowledgements, configurations: never behind bulk bytes. */
    CONTROL,
    BULK
  }

  /** By what a session goes. */
  enum Carriage {
    TCP,
    RDMA
  }

  /**
   * What carries a session.
   *
   * @param reason why it is this one; empty: because both ends can
   */
  record Carrier(Carriage carriage, String reason) {}

  /** Told of everything on the node's loop. */
  interface Listener {

    /**
     * A session begins; it is also the word that the peer holds no copy of any earlier one.
     *
     * @param session numbers rise
     */
    void sessionBegan(Peer peer, long session);

    void received(Peer peer, long session, Message message);

    /** Nothing more comes from this session, and nothing more is delivered in it. */
    void sessionEnded(Peer peer, long session, String reason);
  }

  /** Begins to listen and to open sessions. */
  void start(Listener listener);

  /**
   * Who this node is from now on: sessions of an earlier identity end. Before a node has joined it
   * is {@link Peer#STRANGER}, and only a dispatcher speaks with it.
   */
  void identity(Peer self);

  /** Exactly these may be spoken with from now on; sessions with all others end. */
  void members(Collection<Member> members);

  /**
   * Sends a message in the session with a peer.
   *
   * @return false if there is none: the message is dropped, as all are that a session did not
   *     deliver before it ended
   */
  boolean send(int nodeId, Message message);

  /**
   * Sends a message in exactly this session: the way to answer one of several strangers, which have
   * no node id yet.
   *
   * @param session as {@link Listener#received} named it
   * @return false if it has ended
   */
  boolean answer(Peer peer, long session, Message message);

  /** Ends the session with a peer, which broke the protocol or must not be believed any more. */
  void disconnect(int nodeId, String reason);

  /** What carries the present session with a node; null: there is none. From any thread. */
  default @Nullable Carrier carrier(int nodeId) {
    return null;
  }

  /** One-sided access to the memory of other nodes; null: this fabric has none. */
  default @Nullable RemoteMemory remoteMemory() {
    return null;
  }

  /** What was said and heard since the start. From any thread. */
  Traffic traffic();

  /** Ends all sessions and stops listening. */
  @Override
  void close();
}
