package io.hotpot.replication;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The fabric between nodes of one process: a message is encoded, handed to the other node's loop,
 * and decoded there, so that what passes here passes anywhere.
 *
 * <p>Thread-safety: as {@link Fabric} says. What both ends of a session share is guarded by the
 * hub's lock; what a loop is told is told in the order of the hub's decisions.
 */
public final class LocalFabric implements Fabric {

  /** One node's end of a session. */
  static final class End {
    final LocalFabric owner;
    final Peer peer;
    final long session;
    @Nullable End other;

    /** Of the owner's loop: set with sessionEnded, after which nothing is delivered. */
    private boolean isOver;

    End(LocalFabric owner, Peer peer, long session) {
      this.owner = owner;
      this.peer = peer;
      this.session = session;
    }
  }

  private final LocalHub hub;
  private final NodeLoop loop;
  private final Map<Integer, End> sessions = new ConcurrentHashMap<>();

  // Guarded by the hub's lock.
  private Peer self = Peer.STRANGER;
  private Map<Integer, Peer> members = Map.of();
  private volatile @Nullable Listener listener;
  private final Traffic traffic = new Traffic();
  private final LocalMemory memory;

  /** A node at a hub, with the loop on which it is told of everything. */
  public LocalFabric(LocalHub hub, NodeLoop loop) {
    this.hub = hub;
    this.loop = loop;
    this.memory = new LocalMemory(hub, this, loop);
  }

  @Override
  public RemoteMemory remoteMemory() {
    return memory;
  }

  @Override
  public void start(Listener to) {
    hub.change(
        () -> {
          listener = to;
          hub.add(this);
        });
  }

  @Override
  public void identity(Peer now) {
    hub.change(
        () -> {
          if (!now.equals(self)) {
            hub.endAll(this, "the node is " + now + " from now on");
            self = now;
          }
        });
  }

  /** Addresses mean nothing here. */
  @Override
  public void members(Collection<Member> now) {
    hub.change(
        () -> {
          Map<Integer, Peer> byId = new HashMap<>();
          now.forEach(member -> byId.put(member.peer().nodeId(), member.peer()));
          members = byId;
        });
  }

  @Override
  public boolean send(int nodeId, Message message) {
    End mine = sessions.get(nodeId);
    if (mine == null) {
      return false;
    }
    End theirs = mine.other;
    if (theirs == null) {
      return false;
    }
    ByteBuffer bytes = MessageFormat.encode(message);
    traffic.sent(bytes);
    theirs.owner.loop.execute(() -> theirs.owner.deliver(theirs, bytes));
    return true;
  }

  @Override
  public boolean answer(Peer peer, long session, Message message) {
    End mine = sessions.get(peer.nodeId());
    return mine != null && mine.session == session && send(peer.nodeId(), message);
  }

  private void deliver(End end, ByteBuffer bytes) {
    Listener to = listener;
    if (!end.isOver && to != null) {
      traffic.received(bytes);
      to.received(end.peer, end.session, MessageFormat.decode(bytes));
    }
  }

  @Override
  public void disconnect(int nodeId, String reason) {
    hub.change(
        () -> {
          End end = sessions.get(nodeId);
          if (end != null) {
            hub.end(end, reason);
          }
        });
  }

  @Override
  public Traffic traffic() {
    return traffic;
  }

  @Override
  public void close() {
    hub.change(
        () -> {
          hub.endAll(this, "the node closes");
          hub.remove(this);
        });
  }

  // For the hub, under its lock.

  Peer self() {
    return self;
  }

  LocalMemory memory() {
    return memory;
  }

  Map<Integer, End> sessions() {
    return sessions;
  }

  /** Whether this node would speak with another: as a member, or as one who wants to join. */
  boolean accepts(Peer peer) {
    boolean isJoining = self.isDispatcher() && peer.equals(Peer.STRANGER);
    return isJoining || peer.equals(members.get(peer.nodeId()));
  }

  /** Tells of a session; only when both ends have been told may either be sent anything. */
  void announce(End end) {
    Listener to = listener;
    loop.execute(
        () -> {
          if (to != null) {
            to.sessionBegan(end.peer, end.session);
          }
        });
  }

  void finish(End end, String reason) {
    sessions.remove(end.peer.nodeId(), end);
    Listener to = listener;
    loop.execute(
        () -> {
          end.isOver = true;
          if (to != null) {
            to.sessionEnded(end.peer, end.session, reason);
          }
        });
  }
}
