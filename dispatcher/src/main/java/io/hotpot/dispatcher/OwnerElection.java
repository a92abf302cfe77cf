package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.MembershipMessage.Held;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Who owns a partition of which the whole in-sync set was gone (section 17). */
final class OwnerElection {

  /** Stands for "the node is back, and holds nothing of the partition". */
  private static final Held NOTHING = new Held(0, 0, 0, 0, true, false);

  /** Nothing lost before something lost, whole before damaged, then the longest log (17.2). */
  private static final Comparator<Held> BEST =
      Comparator.comparing(Held::complete)
          .thenComparing(held -> !held.damaged())
          .thenComparing(Held::lastEpoch, Integer::compareUnsigned)
          .thenComparing(Held::tail, Long::compareUnsigned);

  private OwnerElection() {}

  /** Notes what a node that joins has found, and chooses where everybody is back. */
  static void nodeReturned(Draft draft, int node, List<Held> found) {
    for (PartitionInfo partition : draft.partitions.values().toArray(PartitionInfo[]::new)) {
      switch (partition.status()) {
        case NEW -> {
          if (!draft.isIn(partition.owner())) {
            PartitionChanges.placeAnew(draft, partition);
          }
        }
        case WAITING -> {
          if (partition.inSync().contains(node)) {
            Held held =
                found.stream()
                    .filter(each -> each.partition() == partition.id())
                    .findFirst()
                    .orElse(NOTHING);
            note(draft, partition.id(), node, held);
            electIfAllAreBack(draft, partition);
          }
        }
        case DROPPED -> {
          if (!draft.isIn(partition.owner()) && partition.inSync().contains(node)) {
            draft.put(
                PartitionChanges.nextEpoch(partition, node, List.of(node), partition.learners()));
          }
        }
        case SERVING -> {}
      }
    }
  }

  private static void note(Draft draft, int partition, int node, Held held) {
    SortedMap<Integer, Held> back =
        new TreeMap<>(draft.returned.getOrDefault(partition, new TreeMap<>()));
    back.put(node, held);
    draft.returned.put(partition, back);
  }

  /** Those that went away again while they waited do not count as back. */
  static void membersLeft(Draft draft, PartitionInfo partition) {
    SortedMap<Integer, Held> back =
        new TreeMap<>(draft.returned.getOrDefault(partition.id(), new TreeMap<>()));
    back.keySet().removeIf(node -> !draft.isIn(node));
    if (back.isEmpty()) {
      draft.returned.remove(partition.id());
    } else {
      draft.returned.put(partition.id(), back);
    }
  }

  private static void electIfAllAreBack(Draft draft, PartitionInfo partition) {
    SortedMap<Integer, Held> back = back(draft, partition);
    if (back.keySet().containsAll(partition.inSync())) {
      Integer best = best(back);
      if (best != null) {
        promote(draft, partition, best);
      }
    }
  }

  static Result afterWaiting(Draft draft, int id, int epoch) {
    PartitionInfo partition = waiting(draft, id);
    Refusal.unless(partition.epoch() == epoch, "partition " + id + " is in another epoch");
    SortedMap<Integer, Held> back = back(draft, partition);
    long whole = back.values().stream().filter(OwnerElection::isWhole).count();
    DatasetInfo dataset = draft.dataset(partition.dataset());
    Integer best = best(back);
    if (best == null || whole < dataset.minimum()) {
      throw new Refusal(
          "partition %d of %s waits for nodes %s: of those that are back, %d hold all of it, %d are needed; if the others never return, name one by hand: recover --accept-loss"
              .formatted(id, dataset.name(), partition.inSync(), whole, dataset.minimum()));
    }
    promote(draft, partition, best);
    return new Result.Accepted(id, 0);
  }

  static Result acceptLoss(Draft draft, int id, int node) {
    PartitionInfo partition = waiting(draft, id);
    Held held = back(draft, partition).get(node);
    Refusal.unless(
        held != null && held.lastEpoch() != 0,
        "node "
            + node
            + " is not back, or holds nothing of partition "
            + id
            + "; back are "
            + back(draft, partition).keySet());
    promote(draft, partition, node);
    return new Result.Accepted(id, 0);
  }

  private static PartitionInfo waiting(Draft draft, int id) {
    PartitionInfo partition = draft.partition(id);
    Refusal.unless(
        partition.status() == PartitionStatus.WAITING,
        "partition " + id + " does not wait: it is " + partition.status());
    return partition;
  }

  private static SortedMap<Integer, Held> back(Draft draft, PartitionInfo partition) {
    return draft.returned.getOrDefault(partition.id(), new TreeMap<>());
  }

  private static @Nullable Integer best(SortedMap<Integer, Held> back) {
    Integer best = null;
    for (Map.Entry<Integer, Held> entry : back.entrySet()) {
      Held held = entry.getValue();
      if (held.lastEpoch() != 0 && (best == null || BEST.compare(held, back.get(best)) > 0)) {
        best = entry.getKey();
      }
    }
    return best;
  }

  private static boolean isWhole(Held held) {
    return held.complete() && !held.damaged() && held.lastEpoch() != 0;
  }

  /**
   * The others that lost nothing stay in the set, and the owner brings their ends in line (10.4);
   * those that may have lost something learn anew. The epoch is above every promise.
   */
  private static void promote(Draft draft, PartitionInfo partition, int owner) {
    TreeSet<Integer> inSync = new TreeSet<>(List.of(owner));
    TreeSet<Integer> learners = new TreeSet<>(partition.learners());
    int epoch = partition.epoch();
    for (Map.Entry<Integer, Held> entry : back(draft, partition).entrySet()) {
      Held held = entry.getValue();
      epoch = Math.max(epoch, held.promised());
      if (isWhole(held)) {
        inSync.add(entry.getKey());
      } else if (entry.getKey() != owner) {
        learners.add(entry.getKey());
      }
    }
    learners.removeAll(inSync);
    learners.removeIf(node -> !draft.isIn(node));
    draft.returned.remove(partition.id());
    draft.put(
        new PartitionInfo(
            partition.id(),
            partition.dataset(),
            epoch + 1,
            0,
            owner,
            List.copyOf(inSync),
            List.copyOf(learners),
            PartitionStatus.SERVING));
  }
}
