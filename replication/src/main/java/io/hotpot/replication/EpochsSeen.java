package io.hotpot.replication;

import java.util.HashMap;
import java.util.Map;

/**
 * Which incarnations have said that they hold no copies of a partition's earlier epochs (PROTOCOL
 * 10.5). It is kept for partitions that this node does not own yet, too: the word may come before
 * the configuration that makes it the owner.
 *
 * <p>Confined to the loop.
 */
final class EpochsSeen {

  private final Map<Integer, Map<Peer, Integer>> byPartition = new HashMap<>();

  void seen(Peer peer, int partition, int epoch) {
    byPartition.computeIfAbsent(partition, p -> new HashMap<>()).merge(peer, epoch, Math::max);
  }

  boolean hasSeen(Peer peer, int partition, int epoch) {
    Map<Peer, Integer> peers = byPartition.get(partition);
    return peers != null && peers.getOrDefault(peer, 0) >= epoch;
  }

  /**
   * Forgets incarnations that are members no more, and partitions that are gone. Those that neither
   * configuration knows stay: who has spoken of them knows a later one, and says it only once.
   */
  void forget(Configuration before, Configuration now) {
    byPartition
        .keySet()
        .removeIf(id -> before.partitions().containsKey(id) && !now.partitions().containsKey(id));
    byPartition
        .values()
        .forEach(
            peers ->
                peers
                    .keySet()
                    .removeIf(p -> Members.isPresent(before, p) && !Members.isPresent(now, p)));
  }

  void clear() {
    byPartition.clear();
  }
}
