package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;

/** What holds of every state, whatever commands led to it. */
final class StateInvariants {

  private final ClusterState state;
  private final Configuration configuration;

  StateInvariants(ClusterState state) {
    this.state = state;
    this.configuration = state.configuration();
  }

  void check() {
    for (Node node : configuration.nodes().values()) {
      require(node.id() > 0 && node.id() < state.next().node(), node);
      require(node.incarnation() > 0 && node.incarnation() < state.next().incarnation(), node);
    }
    var names = new HashSet<String>();
    for (DatasetInfo dataset : configuration.datasets().values()) {
      require(dataset.id() < state.next().dataset(), dataset);
      require(dataset.minimum() >= 1 && dataset.minimum() <= dataset.degree(), dataset);
      require(dataset.dropped() || names.add(dataset.name()), dataset);
      require(
          dataset.home() == 0
              || configuration.partitions().containsKey(dataset.home())
              || dataset.dropped(),
          dataset);
    }
    configuration.partitions().values().forEach(this::checkPartition);
    state
        .barriers()
        .values()
        .forEach(barrier -> require(barrier.arrived().size() < barrier.parties(), barrier));
    for (int waiting : state.returned().keySet()) {
      PartitionInfo partition = configuration.partitions().get(waiting);
      require(partition != null && partition.status() == PartitionStatus.WAITING, waiting);
    }
  }

  private void checkPartition(PartitionInfo partition) {
    require(partition.id() < state.next().partition(), partition);
    require(configuration.datasets().containsKey(partition.dataset()), partition);
    require(!partition.inSync().isEmpty(), partition);
    require(isAscending(partition.inSync()) && isAscending(partition.learners()), partition);
    require(Collections.disjoint(partition.inSync(), partition.learners()), partition);
    if (partition.status() == PartitionStatus.SERVING) {
      require(partition.inSync().contains(partition.owner()), partition);
      partition.inSync().forEach(node -> require(isIn(node), partition));
      partition.learners().forEach(node -> require(isIn(node), partition));
    }
    if (partition.status() == PartitionStatus.WAITING) {
      require(!isIn(partition.owner()) || state.returned().containsKey(partition.id()), partition);
    }
  }

  private boolean isIn(int id) {
    Node node = configuration.nodes().get(id);
    return node != null && node.status() != NodeStatus.EXCLUDED;
  }

  private static boolean isAscending(List<Integer> nodes) {
    List<Integer> sorted = new ArrayList<>(new java.util.TreeSet<>(nodes));
    return sorted.equals(nodes);
  }

  private void require(boolean condition, Object what) {
    if (!condition) {
      throw new IllegalStateException("the cluster's state contradicts itself at " + what);
    }
  }
}
