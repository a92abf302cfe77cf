package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Gives all that a node owns to others, a partition at a time, each to the node in step that owns
 * least. A partition that cannot be given away stays, and the others go all the same.
 */
final class Drain {

  /** What could not settle in time may a little later. */
  private static final int ATTEMPTS = 3;

  /**
   * How it ended.
   *
   * @param moved what went
   * @param stays a sentence for each partition that did not, by its id
   */
  record Result(List<HandOver> moved, Map<Integer, String> stays) {}

  private final ClusterVisit visit;
  private final int node;
  private final Consumer<HandOver> progress;
  private final Map<Integer, Integer> attempts = new HashMap<>();
  private final Map<Integer, String> stays = new TreeMap<>();
  private final List<HandOver> moved = new ArrayList<>();

  /**
   * @param progress is told of each partition that has gone
   */
  Drain(ClusterVisit visit, int node, Consumer<HandOver> progress) {
    this.visit = visit;
    this.node = node;
    this.progress = progress;
  }

  /**
   * Until nothing is left that can go.
   *
   * @throws Failure if there is no such node
   */
  Result run() throws InterruptedException {
    Configuration cluster = visit.configuration();
    HandOver.checkMember(cluster, node);
    for (Optional<PartitionInfo> next = next(cluster); next.isPresent(); next = next(cluster)) {
      giveAway(cluster, next.get());
      cluster = visit.configuration();
    }
    return new Result(moved, stays);
  }

  private Optional<PartitionInfo> next(Configuration cluster) {
    return new TreeMap<>(cluster.partitions())
        .values().stream()
            .filter(partition -> partition.owner() == node)
            .filter(partition -> partition.status() != PartitionStatus.DROPPED)
            .filter(partition -> !stays.containsKey(partition.id()))
            .findFirst();
  }

  private void giveAway(Configuration cluster, PartitionInfo partition)
      throws InterruptedException {
    Integer target = HandOver.leastLoaded(cluster, partition);
    if (target == null) {
      stays.put(partition.id(), nowhere(cluster, partition));
      return;
    }
    HandOver done = HandOver.run(visit, cluster, partition, target);
    if (done.hasMoved()) {
      moved.add(done);
      progress.accept(done);
    } else if (attempts.merge(partition.id(), 1, Integer::sum) >= ATTEMPTS) {
      stays.put(partition.id(), "partition " + partition.id() + ": " + done.failure());
    }
  }

  private static String nowhere(Configuration cluster, PartitionInfo partition) {
    return "partition "
        + partition.id()
        + " of '"
        + HandOver.dataset(cluster, partition)
        + "' has no copy in step on another node"
        + (partition.learners().isEmpty()
            ? ": it needs a dataset of degree 2 or more, and another node with room"
            : " yet: node " + partition.learners().getFirst() + " is copying it; try again later");
  }
}
