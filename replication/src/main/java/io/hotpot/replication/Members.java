package io.hotpot.replication;

import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import java.util.List;

/**
 * Who is in a configuration: members, those that are being evicted too, until they are excluded.
 */
final class Members {

  private Members() {}

  static boolean isPresent(Configuration configuration, Peer peer) {
    Node node = configuration.nodes().get(peer.nodeId());
    return node != null && node.peer().equals(peer) && node.status() != NodeStatus.EXCLUDED;
  }

  static boolean isPresent(Configuration configuration, int nodeId) {
    Node node = configuration.nodes().get(nodeId);
    return node != null && node.status() != NodeStatus.EXCLUDED;
  }

  /** By ascending node id. */
  static List<Node> present(Configuration configuration) {
    return configuration.nodes().values().stream()
        .filter(node -> node.status() != NodeStatus.EXCLUDED)
        .sorted((a, b) -> Integer.compare(a.id(), b.id()))
        .toList();
  }
}
