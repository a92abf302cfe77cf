package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.NodeContext;
import io.hotpot.replication.Peer;
import io.hotpot.store.ClusterMember;
import io.hotpot.store.MembershipEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a node knows of its cluster at one moment. Immutable.
 *
 * @param self empty: it is no member
 */
@SuppressWarnings("ReferenceEquality") // A configuration that is another object is another one.
record MembershipView(Optional<ClusterMember> self, Configuration configuration) {

  static final MembershipView NOTHING =
      new MembershipView(Optional.empty(), new Configuration(0, 0, Map.of(), Map.of(), Map.of()));

  /** The present one. From any thread. */
  static MembershipView of(NodeContext context) {
    Peer peer = context.self();
    Configuration configuration = context.configuration();
    Configuration.Node node = configuration.nodes().get(peer.nodeId());
    return new MembershipView(
        node == null || !node.peer().equals(peer) ? Optional.empty() : Optional.of(member(node)),
        configuration);
  }

  private static ClusterMember member(Configuration.Node node) {
    return new ClusterMember(node.id(), node.incarnation(), node.address().toString());
  }

  boolean isSameAs(MembershipView other) {
    return self.equals(other.self) && configuration.version() == other.configuration.version();
  }

  /** What has changed since another view: by the numbers of nodes, then of partitions. */
  List<MembershipEvent> since(MembershipView before) {
    List<MembershipEvent> events = new ArrayList<>();
    boolean isSelfNew = !self.equals(before.self);
    if (isSelfNew) {
      before.self.ifPresent(was -> events.add(new MembershipEvent.LeaseLost(was)));
    }
    if (configuration.version() != before.configuration.version()) {
      Map<Integer, ClusterMember> earlier = before.members();
      Map<Integer, ClusterMember> now = members();
      earlier.forEach(
          (id, member) -> {
            if (!member.equals(now.get(id))) {
              events.add(new MembershipEvent.Left(member));
            }
          });
      now.forEach(
          (id, member) -> {
            if (!member.equals(earlier.get(id))) {
              events.add(new MembershipEvent.Joined(member));
            }
          });
    }
    if (isSelfNew) {
      self.ifPresent(is -> events.add(new MembershipEvent.LeaseHeld(is)));
    }
    if (configuration.version() != before.configuration.version()) {
      addOwners(before, events);
    }
    return events;
  }

  private Map<Integer, ClusterMember> members() {
    Map<Integer, ClusterMember> members = new TreeMap<>();
    configuration
        .nodes()
        .values()
        .forEach(
            node -> {
              if (node.status() != NodeStatus.EXCLUDED) {
                members.put(node.id(), member(node));
              }
            });
    return members;
  }

  private void addOwners(MembershipView before, List<MembershipEvent> events) {
    for (PartitionInfo info : new TreeMap<>(configuration.partitions()).values()) {
      PartitionInfo earlier = before.configuration.partitions().get(info.id());
      boolean isNew =
          earlier == null || earlier.epoch() != info.epoch() || earlier.owner() != info.owner();
      if (isNew && info.status() != PartitionStatus.DROPPED) {
        DatasetInfo dataset = configuration.datasets().get(info.dataset());
        events.add(
            new MembershipEvent.OwnerChanged(
                info.id(), dataset == null ? "" : dataset.name(), info.epoch(), info.owner()));
      }
    }
  }
}
