package io.hotpot.replication;

import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.store.spi.OwnedPartition;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a partition is served now, as this node knows: at which owner, in which epoch, and in which
 * session it is reached. What was asked along a route is answered along it or, once the route does
 * not stand any more, perhaps never.
 *
 * <p>Thread-safety: on the node's loop only.
 */
public final class Owners {

  /** In {@link Route#session}: the partition is owned here, and used by plain calls. */
  public static final long HERE = 0;

  /**
   * A way to a partition's owner.
   *
   * @param session {@link #HERE}, or the number of a session with the owner
   */
  public record Route(int node, int epoch, long session) {
    public boolean isHere() {
      return session == HERE;
    }
  }

  private record Session(Peer peer, long number) {}

  private final NodeContext context;

  /** By node id. */
  private final Map<Integer, Session> sessions = new TreeMap<>();

  public Owners(NodeContext context) {
    this.context = context;
  }

  /** The partition that an object lies in: the upper 18 bits of its id (FORMAT.md). */
  public static int partitionOf(long objectId) {
    return (int) (objectId >>> 46);
  }

  public void sessionBegan(Peer peer, long number) {
    sessions.put(peer.nodeId(), new Session(peer, number));
  }

  public void sessionEnded(Peer peer, long number) {
    Session known = sessions.get(peer.nodeId());
    if (known != null && known.number() == number) {
      sessions.remove(peer.nodeId());
    }
  }

  /** What the configuration says of a partition; null: it does not know it (yet, or any more). */
  public @Nullable PartitionInfo info(int partition) {
    return context.configuration().partitions().get(partition);
  }

  /** The way to the owner; null: nobody serves it now, or it cannot be reached. */
  public @Nullable Route route(int partition) {
    PartitionInfo info = info(partition);
    if (info == null
        || info.status() == PartitionStatus.NEW
        || info.status() == PartitionStatus.WAITING) {
      return null;
    }
    if (info.owner() == context.self().nodeId()) {
      OwnedPartition owned = context.owned(partition);
      return owned != null && owned.epoch() == info.epoch()
          ? new Route(info.owner(), info.epoch(), HERE)
          : null;
    }
    Session session = sessions.get(info.owner());
    Configuration.Node owner = context.configuration().nodes().get(info.owner());
    if (session == null
        || owner == null
        || owner.status() == NodeStatus.EXCLUDED
        || !owner.peer().equals(session.peer())) {
      return null;
    }
    return new Route(info.owner(), info.epoch(), session.number());
  }

  /** Whether an answer may still come along a route. */
  public boolean stands(int partition, Route route) {
    return route.equals(route(partition));
  }
}
