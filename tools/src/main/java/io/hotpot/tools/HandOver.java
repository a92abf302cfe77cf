package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.OperatorAnswer;
import io.hotpot.replication.OperatorAnswer.GivenAway;
import io.hotpot.replication.OperatorAnswer.Holding;
import io.hotpot.replication.OperatorAnswer.HoldingsAre;
import io.hotpot.replication.OperatorAnswer.NotDone;
import io.hotpot.replication.OperatorQuestion.AskHoldings;
import io.hotpot.replication.OperatorQuestion.GiveAway;
import io.hotpot.replication.PartitionRole;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Lets a partition's owner give it to another node, and waits until that one serves it.
 *
 * @param target who is to own it
 * @param pauseNs how long nobody served it; below 0: that is not known
 * @param failure why it did not happen, or what is not known of it; empty: it is well
 * @param hasMoved whether the target is the owner
 */
record HandOver(
    PartitionInfo partition,
    String dataset,
    int target,
    long pauseNs,
    String failure,
    boolean hasMoved) {

  /** How long the new owner may take, and how often it is looked at. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final long LOOK_MS = 20;

  /** The name of the dataset that a partition is part of. */
  static String dataset(Configuration cluster, PartitionInfo partition) {
    var dataset = cluster.datasets().get(partition.dataset());
    return dataset == null ? "#" + partition.dataset() : dataset.name();
  }

  /** The member of the in-sync set that owns least, other than the owner; null: there is none. */
  static @Nullable Integer leastLoaded(Configuration cluster, PartitionInfo partition) {
    return partition.inSync().stream()
        .filter(id -> id != partition.owner() && isMember(cluster, id))
        .min(
            Comparator.comparingLong((Integer id) -> owned(cluster, id))
                .thenComparing(Comparator.naturalOrder()))
        .orElse(null);
  }

  static boolean isMember(Configuration cluster, int id) {
    Node node = cluster.nodes().get(id);
    return node != null && node.status() == NodeStatus.MEMBER;
  }

  /**
   * Checks that a node is there.
   *
   * @throws Failure if it is not
   */
  static void checkMember(Configuration cluster, int id) {
    List<Integer> members = ClusterCounterReader.members(cluster);
    if (!members.contains(id)) {
      String present = members.stream().map(String::valueOf).collect(Collectors.joining(", "));
      throw new Failure(
          ExitCode.PROBLEM,
          "there is no node "
              + id
              + " in the cluster; it has "
              + (present.isEmpty() ? "none at the moment" : present));
    }
  }

  /** How many partitions a node owns. */
  static long owned(Configuration cluster, int id) {
    return cluster.partitions().values().stream()
        .filter(partition -> partition.owner() == id)
        .filter(partition -> partition.status() != Configuration.PartitionStatus.DROPPED)
        .count();
  }

  /** Does it. */
  static HandOver run(
      ClusterVisit visit, Configuration cluster, PartitionInfo partition, int target)
      throws InterruptedException {
    String dataset = dataset(cluster, partition);
    OperatorAnswer answer =
        visit.ask(request -> new GiveAway(request, partition.owner(), partition.id(), target));
    return switch (answer) {
      case GivenAway(long _, boolean hasMoved, long pauseNs, String _) when hasMoved ->
          awaitServing(visit, partition, dataset, target, pauseNs);
      case GivenAway(long _, boolean _, long _, String reason) ->
          new HandOver(partition, dataset, target, -1, reason, false);
      case NotDone(long _, String reason) ->
          new HandOver(partition, dataset, target, -1, reason, false);
      default -> throw new IllegalStateException("not about a migration: " + answer);
    };
  }

  private static HandOver awaitServing(
      ClusterVisit visit, PartitionInfo partition, String dataset, int target, long pauseNs)
      throws InterruptedException {
    long endNs = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < endNs) {
      if (visit.ask(request -> new AskHoldings(request, target))
          instanceof HoldingsAre(long _, var holdings, var _)) {
        for (Holding held : holdings) {
          if (held.partition() == partition.id()
              && held.role() == PartitionRole.OWNER
              && held.epoch() > partition.epoch()) {
            return new HandOver(partition, dataset, target, pauseNs + held.takeoverNs(), "", true);
          }
        }
      }
      Thread.sleep(LOOK_MS);
    }
    return new HandOver(
        partition,
        dataset,
        target,
        -1,
        "node " + target + " owns it, and does not serve it after " + PATIENCE.toSeconds() + " s",
        true);
  }

  /** A line for people. */
  @Override
  public String toString() {
    if (!hasMoved) {
      return "partition "
          + partition.id()
          + " stays with node "
          + partition.owner()
          + ": "
          + failure;
    }
    String what =
        String.format(
            Locale.ROOT,
            "partition %-5d %-20s node %d -> %d",
            partition.id(),
            dataset,
            partition.owner(),
            target);
    return failure.isEmpty()
        ? String.format(Locale.ROOT, "%s   not served for %,d ms", what, ms())
        : what + "   " + failure;
  }

  private long ms() {
    return Math.round(pauseNs / 1e6);
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("partition", partition.id());
    map.put("dataset", dataset);
    map.put("from", partition.owner());
    map.put("to", target);
    map.put("moved", hasMoved);
    if (pauseNs >= 0) {
      map.put("pauseMs", Math.round(pauseNs / 1e3) / 1e3);
    }
    if (!failure.isEmpty()) {
      map.put("reason", failure);
    }
    return map;
  }
}
