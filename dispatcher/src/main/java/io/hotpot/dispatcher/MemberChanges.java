package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.MembershipMessage.Held;
import io.hotpot.replication.MembershipMessage.Setting;
import io.hotpot.replication.Peer;
import java.util.TreeMap;

/** Who is a member: joining, being evicted, being excluded (5.3, 5.4, 17). */
final class MemberChanges {

  private MemberChanges() {}

  static Result join(Draft draft, Command.Join join) {
    agree(draft, join);
    int id = join.nodeId();
    if (id == 0) {
      forgetExcluded(draft);
      Refusal.unless(
          draft.nodes.size() < ClusterState.MAX_NODES,
          "the cluster has " + ClusterState.MAX_NODES + " nodes, and takes no more");
      id = draft.nextNode();
    }
    Refusal.unless(
        !draft.isIn(id), "node " + id + " is still a member; its lease must run out first");
    int incarnation = draft.nextIncarnation();
    draft.nodes.put(
        id, new Node(id, incarnation, join.address(), join.capacityBytes(), NodeStatus.MEMBER));
    OwnerElection.nodeReturned(draft, id, join.held());
    learnAgain(draft, id, join);
    return new Result.Joined(id, incarnation, draft.clusterId);
  }

  /** The first node's settings become the cluster's; all later ones must have the same. */
  private static void agree(Draft draft, Command.Join join) {
    TreeMap<String, String> asked = new TreeMap<>();
    for (Setting setting : join.settings()) {
      asked.put(setting.name(), setting.value());
    }
    if (draft.clusterId == 0) {
      Refusal.unless(
          join.nodeId() == 0,
          "cluster id: the heap belongs to node "
              + join.nodeId()
              + " of another cluster, and this dispatcher knows no cluster yet; ask the dispatchers"
              + " that it joined, or restore their files");
      Refusal.unless(
          asked.size() <= ClusterState.MAX_SETTINGS, "settings: too many, " + asked.size());
      draft.clusterId = join.clusterId() != 0 ? join.clusterId() : join.freshClusterId();
      draft.settings.putAll(asked);
      return;
    }
    Refusal.unless(
        join.clusterId() == 0 || join.clusterId() == draft.clusterId,
        "cluster id: the heap belongs to "
            + Long.toHexString(join.clusterId())
            + ", this cluster is "
            + Long.toHexString(draft.clusterId));
    Refusal.unless(
        join.nodeId() >= 0 && join.nodeId() < draft.next.node(),
        "node id: no node " + join.nodeId() + " ever joined this cluster");
    TreeMap<String, String> all = new TreeMap<>(draft.settings);
    all.putAll(asked);
    for (String name : all.keySet()) {
      String agreed = draft.settings.get(name);
      String value = asked.get(name);
      Refusal.unless(
          value != null && value.equals(agreed),
          name + ": the cluster has " + agreed + ", the node that wants to join " + value);
    }
  }

  /**
   * A returning node learns again what it has held, as long as copies are wanted: what it has
   * agrees for the most part.
   */
  private static void learnAgain(Draft draft, int id, Command.Join join) {
    for (Held held : join.held()) {
      PartitionInfo partition = draft.partitions.get(held.partition());
      if (partition != null
          && partition.status() == PartitionStatus.SERVING
          && PartitionChanges.wantsCopies(draft, partition)
          && !PartitionChanges.holds(partition, id)) {
        draft.put(PartitionChanges.withLearner(partition, id));
      }
    }
  }

  /** Makes room by forgetting excluded nodes that no partition names, the longest gone first. */
  private static void forgetExcluded(Draft draft) {
    while (draft.nodes.size() >= ClusterState.MAX_NODES) {
      Node oldest = null;
      for (Node node : draft.nodes.values()) {
        if (node.status() == NodeStatus.EXCLUDED
            && draft.partitions.values().stream().noneMatch(p -> names(p, node.id()))
            && (oldest == null || node.incarnation() < oldest.incarnation())) {
          oldest = node;
        }
      }
      if (oldest == null) {
        return;
      }
      draft.nodes.remove(oldest.id());
    }
  }

  private static boolean names(PartitionInfo partition, int node) {
    return partition.owner() == node || PartitionChanges.holds(partition, node);
  }

  static Result evict(Draft draft, Peer peer) {
    Refusal.unless(draft.isPresent(peer), peer + " is no member");
    setStatus(draft, peer, NodeStatus.EVICTING);
    return new Result.Accepted(peer.nodeId(), 0);
  }

  /** Excludes all at once (5.4), if the leader that judged it was the one that wrote the entry. */
  static Result exclude(Draft draft, Command.Exclude exclude, long term) {
    Refusal.unless(
        exclude.term() == term,
        "judged in term " + exclude.term() + ", but the entry is of term " + term);
    boolean changed = false;
    for (Peer peer : exclude.nodes()) {
      if (draft.isPresent(peer)) {
        setStatus(draft, peer, NodeStatus.EXCLUDED);
        changed = true;
      }
    }
    Refusal.unless(changed, "none of " + exclude.nodes() + " is a member");
    for (PartitionInfo partition : draft.partitions.values().toArray(PartitionInfo[]::new)) {
      PartitionChanges.membersLeft(draft, partition);
    }
    BarrierChanges.membersLeft(draft);
    return new Result.Accepted(0, 0);
  }

  private static void setStatus(Draft draft, Peer peer, NodeStatus status) {
    draft.nodes.computeIfPresent(
        peer.nodeId(),
        (id, node) ->
            new Node(id, node.incarnation(), node.address(), node.capacityBytes(), status));
  }
}
