package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where copies go: to the nodes with most room, and first of all to the node that asked. Room is
 * what members say in their renewals; it is known to the leader only.
 *
 * <p>Confined to the loop.
 */
final class Placement {

  /** With less than this a node takes no further copy: four chunks, what an owner may run ahead. */
  static final long LEAST_ROOM_BYTES = 16L * 1024 * 1024;

  /** A node catches up with so many partitions at a time (11.7). */
  static final int LEARNING_AT_ONCE = 2;

  private final Map<Integer, Long> freeBytes = new HashMap<>();

  /** Copies that were given to a node, and that what it has reported does not show yet. */
  private final Map<Integer, Integer> given = new HashMap<>();

  /** The same, before the node's last report: that may have been on its way already. */
  private final Map<Integer, Integer> givenBefore = new HashMap<>();

  void lead() {
    freeBytes.clear();
    given.clear();
    givenBefore.clear();
  }

  void reported(int node, long bytes) {
    freeBytes.put(node, bytes);
    Integer lately = given.remove(node);
    if (lately == null) {
      givenBefore.remove(node);
    } else {
      givenBefore.put(node, lately);
    }
  }

  /** A copy will go to a node: until its reports show that, others come first. */
  void give(int node) {
    given.merge(node, 1, Integer::sum);
  }

  void keepOnly(Configuration configuration) {
    freeBytes.keySet().retainAll(configuration.nodes().keySet());
    given.keySet().retainAll(configuration.nodes().keySet());
    givenBefore.keySet().retainAll(configuration.nodes().keySet());
  }

  private long room(Node node) {
    return Math.min(node.capacityBytes(), freeBytes.getOrDefault(node.id(), node.capacityBytes()));
  }

  /** What will be left when the copies that were given to it are there. */
  private long roomLeft(Node node) {
    long copies = (long) given.getOrDefault(node.id(), 0) + givenBefore.getOrDefault(node.id(), 0);
    return room(node) - copies * LEAST_ROOM_BYTES;
  }

  /** Members with room: the one that asked if it has some, then the one with most. */
  List<Integer> candidates(Configuration configuration, int asking) {
    List<Node> nodes = new ArrayList<>();
    for (Node node : configuration.nodes().values()) {
      if (node.status() == NodeStatus.MEMBER && room(node) >= LEAST_ROOM_BYTES) {
        nodes.add(node);
      }
    }
    nodes.sort(
        Comparator.comparing((Node node) -> node.id() != asking)
            .thenComparingLong(node -> -roomLeft(node))
            .thenComparingInt(Node::id));
    return nodes.stream().map(Node::id).toList();
  }

  /** The partition of a dataset whose owner has most room: where a node without any allocates. */
  @Nullable PartitionInfo roomiest(Configuration configuration, int dataset) {
    PartitionInfo best = null;
    long bestRoom = -1;
    for (PartitionInfo partition : configuration.partitions().values()) {
      Node owner = configuration.nodes().get(partition.owner());
      if (partition.dataset() == dataset
          && partition.status() != PartitionStatus.DROPPED
          && owner != null
          && owner.status() == NodeStatus.MEMBER
          && room(owner) > bestRoom) {
        best = partition;
        bestRoom = room(owner);
      }
    }
    return best;
  }

  /** One more copy for the first partition that lacks one, if a node can take it (11.7). */
  Command.@Nullable AddLearner nextLearner(Configuration configuration) {
    for (PartitionInfo partition : configuration.partitions().values()) {
      DatasetInfo dataset = configuration.datasets().get(partition.dataset());
      if (dataset != null
          && partition.status() == PartitionStatus.SERVING
          && partition.inSync().size() + partition.learners().size() < dataset.degree()) {
        for (int node : candidates(configuration, 0)) {
          if (!PartitionChanges.holds(partition, node)
              && learning(configuration, node) < LEARNING_AT_ONCE) {
            return new Command.AddLearner(
                partition.id(), partition.epoch(), partition.revision(), node);
          }
        }
      }
    }
    return null;
  }

  /** Whether a learner has come in step: its node can take the next copy. */
  static boolean haveFinished(Configuration before, Configuration after) {
    for (PartitionInfo partition : before.partitions().values()) {
      PartitionInfo now = after.partitions().get(partition.id());
      if (now != null && partition.learners().stream().anyMatch(now.inSync()::contains)) {
        return true;
      }
    }
    return false;
  }

  private static long learning(Configuration configuration, int node) {
    return configuration.partitions().values().stream()
        .filter(partition -> partition.learners().contains(node))
        .count();
  }
}
