package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.Peer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** Who owns and holds each partition (sections 5.4, 11, 12 and 16). */
final class PartitionChanges {

  private PartitionChanges() {}

  static Result create(Draft draft, Command.CreatePartition create) {
    DatasetInfo dataset = draft.dataset(create.dataset());
    for (PartitionInfo partition : draft.partitions.values()) {
      // One for each dataset and node: so an answer that was lost makes no second one.
      if (partition.dataset() == dataset.id() && partition.owner() == create.creator()) {
        return new Result.Accepted(partition.id(), 0);
      }
    }
    List<Integer> members =
        create.candidates().stream().distinct().filter(draft::isMember).toList();
    Refusal.unless(members.size() >= dataset.degree(), tooFew(draft, dataset, members.size()));
    Refusal.unless(
        draft.partitions.size() < ClusterState.MAX_PARTITIONS,
        "the cluster has " + ClusterState.MAX_PARTITIONS + " partitions, and takes no more");
    List<Integer> chosen = members.subList(0, dataset.degree());
    int id = draft.nextPartition();
    draft.put(
        new PartitionInfo(
            id,
            dataset.id(),
            1,
            0,
            chosen.getFirst(),
            sorted(chosen),
            List.of(),
            PartitionStatus.NEW));
    if (dataset.home() == 0) {
      draft.datasets.put(dataset.id(), DatasetChanges.withHome(dataset, id));
    }
    return new Result.Accepted(id, 0);
  }

  /** What an operator can do about it depends on whether nodes are missing, or room. */
  private static String tooFew(Draft draft, DatasetInfo dataset, int withRoom) {
    long withHeap =
        draft.nodes.values().stream()
            .filter(node -> node.status() == NodeStatus.MEMBER && node.capacityBytes() > 0)
            .count();
    String wants =
        "dataset %s wants %d copies, each on another node"
            .formatted(dataset.name(), dataset.degree());
    return withHeap < dataset.degree()
        ? "%s, and the cluster has %d with a heap at the moment: start more ('hotpot node')"
            .formatted(wants, withHeap)
        : "%s, and only %d of %d have room: give them larger heaps, or start more ('hotpot node')"
            .formatted(wants, withRoom, withHeap);
  }

  static Result changeReplicas(Draft draft, Command.ChangeReplicas change) {
    PartitionInfo partition = draft.partition(change.partition());
    requirePresent(partition, change.epoch(), change.revision());
    requireOwner(draft, partition, change.owner());
    requireLive(partition);
    List<Integer> inSync = sorted(change.inSync());
    List<Integer> learners = sorted(change.learners());
    // It may read what it holds without a message, until it sees an epoch or its lease is over.
    Refusal.unless(
        inSync.containsAll(partition.inSync()),
        "members stay in the in-sync set " + partition.inSync() + " within an epoch");
    for (int node : inSync) {
      Refusal.unless(
          partition.inSync().contains(node) || partition.learners().contains(node),
          "node " + node + " was no learner of partition " + partition.id());
    }
    TreeSet<Integer> all = new TreeSet<>(inSync);
    all.addAll(learners);
    Refusal.unless(
        all.size() == inSync.size() + learners.size() && all.size() <= 2 * ClusterState.MAX_DEGREE,
        "a node is in both sets, or they are too large: " + inSync + " and " + learners);
    for (int node : all) {
      Refusal.unless(draft.isIn(node), "node " + node + " is no member");
    }
    draft.put(withSets(partition, inSync, learners));
    return new Result.Accepted(partition.id(), 0);
  }

  static Result addLearner(Draft draft, Command.AddLearner add) {
    PartitionInfo partition = draft.partition(add.partition());
    requirePresent(partition, add.epoch(), add.revision());
    requireLive(partition);
    Refusal.unless(
        draft.isMember(add.node()) && !holds(partition, add.node()),
        "node " + add.node() + " is no member, or holds partition " + add.partition());
    Refusal.unless(
        wantsCopies(draft, partition), "partition " + partition.id() + " has its copies");
    draft.put(withLearner(partition, add.node()));
    return new Result.Accepted(partition.id(), 0);
  }

  static Result serving(Draft draft, Command.Serving serving) {
    PartitionInfo partition = draft.partition(serving.partition());
    Refusal.unless(
        partition.epoch() == serving.epoch(),
        "partition " + partition.id() + " is in epoch " + partition.epoch());
    requireOwner(draft, partition, serving.owner());
    if (partition.status() == PartitionStatus.NEW) {
      draft.put(withStatus(partition, PartitionStatus.SERVING));
    }
    return new Result.Accepted(partition.id(), 0);
  }

  static Result migrate(Draft draft, Command.Migrate migrate) {
    PartitionInfo partition = draft.partition(migrate.partition());
    requirePresent(partition, migrate.epoch(), migrate.revision());
    requireOwner(draft, partition, migrate.owner());
    requireLive(partition);
    int target = migrate.target();
    Refusal.unless(
        draft.isMember(target) && partition.inSync().contains(target),
        "node " + target + " is not in the in-sync set " + partition.inSync());
    Refusal.unless(target != partition.owner(), "node " + target + " owns it already");
    draft.put(nextEpoch(partition, target, partition.inSync(), partition.learners()));
    return new Result.Accepted(partition.id(), 0);
  }

  /** The last trace of a dropped partition goes, and with the last one its dataset. */
  static Result released(Draft draft, Command.PartitionReleased released) {
    PartitionInfo partition = draft.partition(released.partition());
    Refusal.unless(
        partition.status() == PartitionStatus.DROPPED,
        "partition " + partition.id() + " was not dropped");
    requireOwner(draft, partition, released.owner());
    draft.partitions.remove(partition.id());
    DatasetChanges.forgetIfEmpty(draft, partition.dataset());
    return new Result.Accepted(partition.id(), 0);
  }

  /** Takes those that are excluded out of a partition's sets, and gives it an owner (5.4). */
  static void membersLeft(Draft draft, PartitionInfo partition) {
    List<Integer> learners = partition.learners().stream().filter(draft::isIn).toList();
    List<Integer> inSync = partition.inSync().stream().filter(draft::isIn).toList();
    boolean ownerGone = !draft.isIn(partition.owner());
    if (partition.status() == PartitionStatus.WAITING) {
      OwnerElection.membersLeft(draft, partition);
    } else if (inSync.isEmpty()) {
      nobodyLeft(draft, partition, learners);
    } else if (ownerGone) {
      draft.put(nextEpoch(partition, ownsLeast(draft, inSync), inSync, learners));
    } else if (!inSync.equals(partition.inSync()) || !learners.equals(partition.learners())) {
      draft.put(withSets(partition, inSync, learners));
    }
  }

  /** All members of a set are gone: it stays as it is, for any of them to come back. */
  private static void nobodyLeft(Draft draft, PartitionInfo partition, List<Integer> learners) {
    switch (partition.status()) {
      case NEW -> placeAnew(draft, partition);
      case SERVING ->
          draft.put(
              withStatus(
                  withSets(partition, partition.inSync(), learners), PartitionStatus.WAITING));
      case WAITING, DROPPED -> {}
    }
  }

  /**
   * Nothing was ever served from a partition that is new, so others may begin it anew (16.2). With
   * no member that has a heap it stays as it is until one joins.
   */
  static void placeAnew(Draft draft, PartitionInfo partition) {
    DatasetInfo dataset = draft.dataset(partition.dataset());
    List<Integer> members =
        draft.nodes.values().stream()
            .filter(node -> node.status() == NodeStatus.MEMBER && node.capacityBytes() > 0)
            .map(Node::id)
            .limit(dataset.degree())
            .toList();
    if (members.size() == dataset.degree()) {
      draft.put(nextEpoch(partition, ownsLeast(draft, members), members, List.of()));
    }
  }

  /**
   * The member that owns least, the lowest id of several; one that is being evicted is the last.
   */
  static int ownsLeast(Draft draft, Collection<Integer> candidates) {
    int best = 0;
    long bestRank = Long.MAX_VALUE;
    for (int node : candidates) {
      long owned = draft.partitions.values().stream().filter(p -> p.owner() == node).count();
      long rank = draft.isMember(node) ? owned : owned + Integer.MAX_VALUE;
      if (rank < bestRank) {
        best = node;
        bestRank = rank;
      }
    }
    return best;
  }

  static boolean holds(PartitionInfo partition, int node) {
    return partition.inSync().contains(node) || partition.learners().contains(node);
  }

  static boolean wantsCopies(Draft draft, PartitionInfo partition) {
    DatasetInfo dataset = draft.datasets.get(partition.dataset());
    return dataset != null
        && partition.inSync().size() + partition.learners().size() < dataset.degree();
  }

  private static void requirePresent(PartitionInfo partition, int epoch, int revision) {
    Refusal.unless(
        partition.epoch() == epoch && partition.revision() == revision,
        "stale: partition %d is in epoch %d, revision %d; asked for epoch %d, revision %d"
            .formatted(partition.id(), partition.epoch(), partition.revision(), epoch, revision));
  }

  private static void requireOwner(Draft draft, PartitionInfo partition, Peer owner) {
    Refusal.unless(
        draft.isPresent(owner) && partition.owner() == owner.nodeId(),
        owner + " does not own partition " + partition.id());
  }

  private static void requireLive(PartitionInfo partition) {
    Refusal.unless(
        partition.status() == PartitionStatus.SERVING || partition.status() == PartitionStatus.NEW,
        "partition " + partition.id() + " is " + partition.status());
  }

  static PartitionInfo withLearner(PartitionInfo partition, int node) {
    List<Integer> learners = new ArrayList<>(partition.learners());
    learners.add(node);
    return withSets(partition, partition.inSync(), sorted(learners));
  }

  static PartitionInfo withSets(PartitionInfo of, List<Integer> inSync, List<Integer> learners) {
    return new PartitionInfo(
        of.id(),
        of.dataset(),
        of.epoch(),
        of.revision() + 1,
        of.owner(),
        inSync,
        learners,
        of.status());
  }

  static PartitionInfo withStatus(PartitionInfo of, PartitionStatus status) {
    return new PartitionInfo(
        of.id(),
        of.dataset(),
        of.epoch(),
        of.revision(),
        of.owner(),
        of.inSync(),
        of.learners(),
        status);
  }

  static PartitionInfo nextEpoch(
      PartitionInfo of, int owner, List<Integer> inSync, List<Integer> learners) {
    return new PartitionInfo(
        of.id(), of.dataset(), of.epoch() + 1, 0, owner, inSync, learners, of.status());
  }

  static List<Integer> sorted(Collection<Integer> nodes) {
    return List.copyOf(new TreeSet<>(nodes));
  }
}
