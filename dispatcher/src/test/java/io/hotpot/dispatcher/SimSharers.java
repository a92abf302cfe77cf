package io.hotpot.dispatcher;

import io.hotpot.replication.CopyMessage.Absent;
import io.hotpot.replication.CopyMessage.Copy;
import io.hotpot.replication.CopyMessage.Fetch;
import io.hotpot.replication.CopyMessage.Invalidate;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.OwnedPartition.Fetched;
import io.hotpot.store.spi.Spared;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Who holds copies of a partition's objects, and whose acknowledgement is missing. */
final class SimSharers {

  private record Waiting(int node, Fetch fetch) {}

  private final SimPartition partition;
  private final Map<Long, TreeSet<Integer>> listed = new TreeMap<>();
  private final Map<Long, SimPartition.Pending> rounds = new TreeMap<>();
  private List<Waiting> waiting = new ArrayList<>();
  private long lastRound;

  SimSharers(SimPartition partition) {
    this.partition = partition;
  }

  void fetch(int from, Fetch fetch) {
    switch (partition.fetch(fetch.objectId())) {
      case Fetched.Found found -> {
        listed.computeIfAbsent(fetch.objectId(), k -> new TreeSet<>()).add(from);
        partition.node.send(
            from,
            new Copy(
                fetch.fetch(), partition.epoch, fetch.objectId(), found.stamp(), found.payload()));
      }
      case Fetched.Nothing nothing -> {
        listed.computeIfAbsent(fetch.objectId(), k -> new TreeSet<>()).add(from);
        partition.node.send(from, new Absent(fetch.fetch(), partition.epoch, fetch.objectId()));
      }
      case Fetched.Locked locked -> waiting.add(new Waiting(from, fetch));
      case Fetched.Unreadable unreadable -> throw new AssertionError("nothing is damaged here");
    }
  }

  void unlocked() {
    List<Waiting> before = waiting;
    waiting = new ArrayList<>();
    // Later, when all words of the transaction are swung.
    partition.world.after(
        0,
        () -> {
          if (!partition.isDeposed && !partition.node.isDead) {
            before.forEach(each -> fetch(each.node(), each.fetch()));
          }
        });
  }

  void invalidate(List<ObjectWrite> changed, Spared except, SimPartition.Pending pending) {
    Map<Integer, List<Long>> bySharer = new TreeMap<>();
    for (ObjectWrite write : changed) {
      TreeSet<Integer> sharers = listed.remove(write.objectId());
      if (sharers != null) {
        sharers.remove(except.node());
        sharers.forEach(
            node -> bySharer.computeIfAbsent(node, k -> new ArrayList<>()).add(write.objectId()));
      }
    }
    if (except.keptAs() != 0 && partition.world.bug != Bug.COMMITTER_NOT_LISTED) {
      for (ObjectWrite write : changed) {
        listed.computeIfAbsent(write.objectId(), k -> new TreeSet<>()).add(except.node());
      }
    }
    if (bySharer.isEmpty()) {
      return;
    }
    long round = ++lastRound;
    rounds.put(round, pending);
    bySharer.forEach(
        (node, ids) -> {
          if (partition.world.isMember(node)) {
            pending.sharers.add(node);
            partition.node.send(
                node,
                new Invalidate(
                    partition.id(),
                    partition.epoch,
                    round,
                    ids.stream().mapToLong(Long::longValue).toArray()));
          }
        });
  }

  void acknowledged(int from, long round) {
    SimPartition.Pending pending = rounds.get(round);
    if (pending != null) {
      pending.sharers.remove(from);
      partition.publish();
    }
  }

  /** It holds nothing of an earlier session, or is excluded. */
  void holdsNothing(int node) {
    partition.pending().forEach(each -> each.sharers.remove(node));
    waiting.removeIf(each -> each.node() == node);
    partition.publish();
  }
}
