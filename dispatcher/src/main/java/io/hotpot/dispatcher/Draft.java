package io.hotpot.dispatcher;

import io.hotpot.dispatcher.ClusterState.Barrier;
import io.hotpot.dispatcher.ClusterState.Numbers;
import io.hotpot.dispatcher.ClusterState.Schema;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.MembershipMessage.Held;
import io.hotpot.replication.Peer;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A copy of the state that one command changes. Its maps are sorted, so that whatever walks them
 * does so in the same order on every member. Confined to the application of that command.
 */
final class Draft {

  private final ClusterState before;
  long clusterId;
  final TreeMap<String, String> settings;
  final TreeMap<Integer, Node> nodes;
  final TreeMap<Integer, DatasetInfo> datasets;
  final TreeMap<Integer, PartitionInfo> partitions;
  final TreeMap<Integer, Schema> schemas;
  final TreeMap<String, Barrier> barriers;
  final TreeMap<Integer, SortedMap<Integer, Held>> returned;
  Numbers next;

  Draft(ClusterState before) {
    this.before = before;
    Configuration configuration = before.configuration();
    clusterId = configuration.clusterId();
    settings = new TreeMap<>(before.settings());
    nodes = new TreeMap<>(configuration.nodes());
    datasets = new TreeMap<>(configuration.datasets());
    partitions = new TreeMap<>(configuration.partitions());
    schemas = new TreeMap<>(before.schemas());
    barriers = new TreeMap<>(before.barriers());
    returned = new TreeMap<>(before.returned());
    next = before.next();
  }

  /** The changed state; its version is higher if what members are told has changed. */
  ClusterState finish() {
    Configuration old = before.configuration();
    Configuration same =
        new Configuration(
            old.version(),
            clusterId,
            Collections.unmodifiableMap(nodes),
            Collections.unmodifiableMap(datasets),
            Collections.unmodifiableMap(partitions));
    Configuration configuration =
        same.equals(old)
            ? old
            : new Configuration(
                old.version() + 1, clusterId, same.nodes(), same.datasets(), same.partitions());
    return new ClusterState(
        configuration,
        Collections.unmodifiableSortedMap(settings),
        Collections.unmodifiableSortedMap(schemas),
        Collections.unmodifiableSortedMap(barriers),
        Collections.unmodifiableSortedMap(returned),
        next);
  }

  boolean isMember(int nodeId) {
    Node node = nodes.get(nodeId);
    return node != null && node.status() == NodeStatus.MEMBER;
  }

  /** Whether its lease may still run: a member, evicted or not. */
  boolean isIn(int nodeId) {
    Node node = nodes.get(nodeId);
    return node != null && node.status() != NodeStatus.EXCLUDED;
  }

  boolean isPresent(Peer peer) {
    Node node = nodes.get(peer.nodeId());
    return node != null && node.incarnation() == peer.incarnation() && isIn(peer.nodeId());
  }

  void put(PartitionInfo partition) {
    partitions.put(partition.id(), partition);
  }

  PartitionInfo partition(int id) {
    PartitionInfo partition = partitions.get(id);
    if (partition == null) {
      throw new Refusal("there is no partition " + id);
    }
    return partition;
  }

  DatasetInfo dataset(int id) {
    DatasetInfo dataset = datasets.get(id);
    if (dataset == null || dataset.dropped()) {
      throw new Refusal("there is no dataset " + id + (dataset == null ? "" : ": it was dropped"));
    }
    return dataset;
  }

  int nextNode() {
    int given = next.node();
    next =
        new Numbers(given + 1, next.incarnation(), next.dataset(), next.partition(), next.schema());
    return given;
  }

  int nextIncarnation() {
    int given = next.incarnation();
    next = new Numbers(next.node(), given + 1, next.dataset(), next.partition(), next.schema());
    return given;
  }

  int nextDataset() {
    int given = next.dataset();
    next = new Numbers(next.node(), next.incarnation(), given + 1, next.partition(), next.schema());
    return given;
  }

  int nextPartition() {
    int given = next.partition();
    next = new Numbers(next.node(), next.incarnation(), next.dataset(), given + 1, next.schema());
    return given;
  }

  int nextSchema() {
    int given = next.schema();
    next =
        new Numbers(next.node(), next.incarnation(), next.dataset(), next.partition(), given + 1);
    return given;
  }
}
