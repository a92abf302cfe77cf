package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Peer;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which member has to go when two cannot reach each other, and how long it stays out (5.7). Known
 * to the leader only: a new one hears of the pairs again, and lets a node in that its predecessor
 * would have made wait.
 *
 * <p>Confined to the loop; reads no clock.
 */
final class Evictions {

  private static final long MAX_PAUSE_NS = 60_000_000_000L;

  private final LeaseTimes times;

  /** Reporter, then peer that it cannot reach, then since when it has said so. */
  private final TreeMap<Integer, TreeMap<Integer, Long>> reports = new TreeMap<>();

  private final Map<Integer, Integer> count = new HashMap<>();
  private final Map<Integer, Long> readmitNs = new HashMap<>();

  Evictions(LeaseTimes times) {
    this.times = times;
  }

  void lead() {
    reports.clear();
    count.clear();
    readmitNs.clear();
  }

  /** What a member says of its peers: whom it does not name any more, it reaches again. */
  void reported(int reporter, Collection<Integer> unreachable, long nowNs) {
    TreeMap<Integer, Long> earlier = reports.computeIfAbsent(reporter, id -> new TreeMap<>());
    earlier.keySet().retainAll(new HashSet<>(unreachable));
    for (int peer : unreachable) {
      if (peer != reporter) {
        earlier.putIfAbsent(peer, nowNs);
      }
    }
    if (earlier.isEmpty()) {
      reports.remove(reporter);
    }
  }

  /** What was said by, or of, those that are no members now. */
  void keepOnly(Configuration configuration) {
    reports.keySet().removeIf(id -> !isMember(configuration, id));
    reports.values().forEach(r -> r.keySet().removeIf(id -> !isMember(configuration, id)));
    reports.values().removeIf(Map::isEmpty);
  }

  /**
   * The member to be evicted now. Members say so after a lease without an answer; half a lease more
   * lets the others say what they see.
   */
  @Nullable Peer due(long nowNs, Configuration configuration) {
    keepOnly(configuration);
    for (Map.Entry<Integer, TreeMap<Integer, Long>> report : reports.entrySet()) {
      for (Map.Entry<Integer, Long> unreachable : report.getValue().entrySet()) {
        if (nowNs - unreachable.getValue() >= times.leaseNs() / 2) {
          int chosen = choose(report.getKey(), unreachable.getKey(), configuration);
          return nodeOf(configuration, chosen).peer();
        }
      }
    }
    return null;
  }

  private int choose(int one, int other, Configuration configuration) {
    int byPeers = Integer.compare(unreachable(one).size(), unreachable(other).size());
    if (byPeers != 0) {
      return byPeers > 0 ? one : other;
    }
    boolean oneAccused = isAccusedByOwner(one, configuration);
    if (oneAccused != isAccusedByOwner(other, configuration)) {
      return oneAccused ? one : other;
    }
    return Math.max(one, other);
  }

  /** All pairs that it is in, whoever of the two said so. */
  private Set<Integer> unreachable(int node) {
    Set<Integer> peers = new HashSet<>(reports.getOrDefault(node, new TreeMap<>()).keySet());
    reports.forEach(
        (reporter, of) -> {
          if (of.containsKey(node)) {
            peers.add(reporter);
          }
        });
    return peers;
  }

  private boolean isAccusedByOwner(int node, Configuration configuration) {
    return reports.entrySet().stream()
        .anyMatch(
            report ->
                report.getValue().containsKey(node)
                    && configuration.partitions().values().stream()
                        .anyMatch(partition -> partition.owner() == report.getKey()));
  }

  private static boolean isMember(Configuration configuration, int id) {
    Node node = configuration.nodes().get(id);
    return node != null && node.status() == NodeStatus.MEMBER;
  }

  private static Node nodeOf(Configuration configuration, int id) {
    Node node = configuration.nodes().get(id);
    if (node == null) {
      throw new IllegalStateException("node " + id + " was reported and is not known");
    }
    return node;
  }

  /** Notes an eviction: each further one of a node doubles the pause before it may join again. */
  void evicted(int node, long nowNs) {
    int times = count.merge(node, 1, Integer::sum);
    long pauseNs = this.times.leaseNs() << Math.min(times - 1, 16);
    readmitNs.put(node, nowNs + Math.min(pauseNs, MAX_PAUSE_NS));
  }

  boolean mayJoin(int node, long nowNs) {
    return readmitNs.getOrDefault(node, nowNs) <= nowNs;
  }
}
