package io.hotpot.replication;

import io.hotpot.replication.CopyMessage.ForgetPlaces;
import io.hotpot.replication.CopyMessage.Invalidate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Invalidations that have not been answered by all sharers (PROTOCOL 7.4, 7.10). A sharer has
 * answered when it says so, when a later session with it begins, or when it is excluded; never
 * because time has passed.
 *
 * <p>Confined to the loop.
 */
final class InvalidationRounds {

  /** Entries of a list in one message; the rest goes in the next one. */
  static final int MAX_OBJECTS = 4096;

  private static final class Round {
    /** How many messages each node has not answered. */
    final SortedMap<Integer, Integer> waiting = new TreeMap<>();

    final long sinceNs;
    final Runnable answered;

    Round(long sinceNs, Runnable answered) {
      this.sinceNs = sinceNs;
      this.answered = answered;
    }
  }

  private final NodeContext context;
  private final int partition;
  private final int epoch;
  private final SortedMap<Long, Round> open = new TreeMap<>();
  private long lastRound;

  InvalidationRounds(NodeContext context, int partition, int epoch) {
    this.context = context;
    this.partition = partition;
    this.epoch = epoch;
  }

  /**
   * Tells sharers to drop their copies.
   *
   * @param objects by node; not empty
   * @param answered called when all have
   */
  void begin(SortedMap<Integer, List<Long>> objects, Runnable answered) {
    long number = ++lastRound;
    Round round = new Round(context.loop().bootNs(), answered);
    open.put(number, round);
    for (Map.Entry<Integer, List<Long>> entry : objects.entrySet()) {
      long[] ids = entry.getValue().stream().mapToLong(Long::longValue).toArray();
      context.counters().add(ClusterCounter.INVALIDATIONS_ASKED, ids.length);
      for (int from = 0; from < ids.length; from += MAX_OBJECTS) {
        long[] part = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + MAX_OBJECTS));
        round.waiting.merge(entry.getKey(), 1, Integer::sum);
        // Where there is no session it stays open: a later session, or the exclusion, answers it.
        context.send(entry.getKey(), new Invalidate(partition, epoch, number, part));
      }
    }
  }

  /**
   * Tells nodes to read nothing in a chunk any more.
   *
   * @param nodes not empty
   * @param answered called when all have
   */
  void beginForgetting(SortedSet<Integer> nodes, int sequence, Runnable answered) {
    long number = ++lastRound;
    Round round = new Round(context.loop().bootNs(), answered);
    open.put(number, round);
    for (int node : nodes) {
      round.waiting.put(node, 1);
      context.send(node, new ForgetPlaces(partition, epoch, number, sequence));
    }
  }

  void answered(int node, long number) {
    Round round = open.get(number);
    if (round != null && round.waiting.containsKey(node)) {
      round.waiting.computeIfPresent(node, (id, count) -> count == 1 ? null : count - 1);
      endIfAnswered(number, round);
    }
  }

  /** A node holds no copy of any earlier session: a new one began, or it is excluded. */
  void answeredAll(int node) {
    for (Map.Entry<Long, Round> entry : new ArrayList<>(open.entrySet())) {
      if (entry.getValue().waiting.remove(node) != null) {
        endIfAnswered(entry.getKey(), entry.getValue());
      }
    }
  }

  private void endIfAnswered(long number, Round round) {
    if (round.waiting.isEmpty() && open.remove(number) != null) {
      round.answered.run();
    }
  }

  /** Nodes that have not answered for so long. */
  SortedSet<Integer> overdue(long ns, long nowNs) {
    SortedSet<Integer> nodes = new TreeSet<>();
    for (Round round : open.values()) {
      if (nowNs - round.sinceNs < ns) {
        break;
      }
      nodes.addAll(round.waiting.keySet());
    }
    return nodes;
  }
}
