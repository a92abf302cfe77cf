package io.hotpot.store;

import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How transactions ended that a committer may still ask about, and the commit decisions that not
 * all participants have recorded (PROTOCOL 9.4). What it holds is in the log.
 *
 * <p>Thread-safety: under the commit lock.
 */
final class OutcomeTable {

  /**
   * How one ended.
   *
   * @param end of the batch that says so: whoever asks is answered when that is settled
   */
  record Ended(Outcome outcome, long stamp, long end) {}

  private final TreeMap<TransactionId, Ended> ended = new TreeMap<>();
  private final TreeMap<TransactionId, TreeSet<Integer>> unlearned = new TreeMap<>();

  /** By node: incarnation and sequence below which nothing is asked for. */
  private final Map<Integer, TransactionId> settledBelow = new HashMap<>();

  @Nullable Ended find(TransactionId id) {
    return ended.get(id);
  }

  void add(TransactionId id, Ended outcome) {
    ended.put(id, outcome);
  }

  /** Whether its committer has said that it will not use or ask about this id. */
  boolean isBelowSettled(TransactionId id) {
    TransactionId floor = settledBelow.get(id.nodeId());
    return floor != null && id.compareTo(floor) < 0;
  }

  /** The committer of {@code id} needs nothing below this sequence any more. */
  void settledBelow(TransactionId id, long sequence) {
    TransactionId floor = new TransactionId(id.nodeId(), id.incarnation(), sequence);
    TransactionId known = settledBelow.get(id.nodeId());
    if (known != null && known.compareTo(floor) >= 0) {
      return;
    }
    settledBelow.put(id.nodeId(), floor);
    TransactionId from = new TransactionId(id.nodeId(), id.incarnation(), Long.MIN_VALUE);
    ended.subMap(from, true, floor, false).keySet().removeIf(old -> !unlearned.containsKey(old));
  }

  // ---- decisions to commit, at the home

  void mustLearn(TransactionId id, List<Integer> participants) {
    if (!participants.isEmpty()) {
      unlearned.put(id, new TreeSet<>(participants));
    }
  }

  void learned(TransactionId id, int participant) {
    TreeSet<Integer> left = unlearned.get(id);
    if (left != null && left.remove(participant) && left.isEmpty()) {
      unlearned.remove(id);
    }
  }

  Map<TransactionId, List<Integer>> unlearned() {
    Map<TransactionId, List<Integer>> all = new TreeMap<>();
    unlearned.forEach((id, left) -> all.put(id, new ArrayList<>(left)));
    return all;
  }
}
