package io.hotpot.store;

import io.hotpot.store.Ledger.Entry;
import io.hotpot.store.Ledger.Kind;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How transactions ended that a committer may still ask about, and the commit decisions that not
 * all participants have recorded (PROTOCOL 9.4). What it holds is in the log, or in the ledger of
 * its newest checkpoints.
 *
 * <p>Bounded: of a committer's present incarnation by what it still needs, of all earlier ones by
 * {@link #MAX_EXCLUDED}, oldest first; an outcome that a participant must learn stays.
 *
 * <p>Thread-safety: under the commit lock.
 */
final class OutcomeTable {

  /** Outcomes kept for incarnations that are over: nobody says that they are not needed. */
  static final int MAX_EXCLUDED = 1 << 16;

  /** In a ledger, the floor of all nodes: outcomes of its incarnation may have been given up. */
  private static final int NO_NODE = 0;

  static final int MAX_FLOORS = 1 << 10;

  private static final Comparator<TransactionId> BY_INCARNATION =
      (a, b) -> {
        int c = Integer.compare(a.incarnation(), b.incarnation());
        return c == 0 ? Integer.compare(a.nodeId(), b.nodeId()) : c;
      };

  /**
   * How one ended.
   *
   * @param end of the batch that says so: whoever asks is answered when that is settled
   */
  record Ended(Outcome outcome, long stamp, long end) {}

  private record Decided(Outcome outcome, long beginAddress) {}

  private final TreeMap<TransactionId, Ended> ended = new TreeMap<>();
  private final TreeMap<TransactionId, TreeSet<Integer>> unlearned = new TreeMap<>();

  /** By node: incarnation and sequence below which nothing is asked for. */
  private final Map<Integer, TransactionId> settledBelow = new HashMap<>();

  /** The last floor of incarnations that are over; bounded by {@link #MAX_FLOORS}. */
  private final TreeSet<TransactionId> finalFloors = new TreeSet<>(BY_INCARNATION);

  /** How many were added since a checkpoint listed them. */
  private final AtomicInteger sinceCheckpoint = new AtomicInteger();

  /** The latest incarnation of whose outcomes some may have been given up; of any node. */
  private int givenUp;

  /** Those of incarnations that are over, oldest first. */
  private final ArrayDeque<TransactionId> excluded = new ArrayDeque<>();

  /**
   * What was prepared here and is decided. Whoever replays the log from before its prepare must
   * know, also where the batch with the decision is gone.
   */
  private final TreeMap<TransactionId, Decided> decidedPrepares = new TreeMap<>();

  @Nullable Ended find(TransactionId id) {
    return ended.get(id);
  }

  int size() {
    return ended.size();
  }

  /** Replicas keep so many, since only a checkpoint tells them which nobody needs. Any thread. */
  int sinceCheckpoint() {
    return sinceCheckpoint.get();
  }

  void add(TransactionId id, Ended outcome) {
    boolean isNew = ended.put(id, outcome) == null;
    sinceCheckpoint.incrementAndGet();
    if (isNew && isOfEarlierIncarnation(id)) {
      excluded.addLast(id);
      boundExcluded();
    }
  }

  /**
   * A transaction that was prepared here is decided.
   *
   * @param beginAddress where its prepare begins
   */
  void decidedPrepare(TransactionId id, Outcome outcome, long beginAddress) {
    decidedPrepares.put(id, new Decided(outcome, beginAddress));
  }

  // ---- what is not needed

  /** Whether its committer has said that it will not use or ask about this id. */
  boolean isBelowSettled(TransactionId id) {
    TransactionId floor = settledBelow.get(id.nodeId());
    return floor != null && id.compareTo(floor) < 0;
  }

  /**
   * Whether an id of an incarnation that is over has no outcome here for certain, and never will:
   * nothing of that incarnation is on its way any more. False: it has one, or it may be forgotten.
   */
  boolean neverCame(TransactionId id) {
    if (!isOfEarlierIncarnation(id) || ended.containsKey(id) || id.incarnation() <= givenUp) {
      return false;
    }
    TransactionId last = finalFloors.floor(id);
    return last == null
        || BY_INCARNATION.compare(last, id) != 0
        || last.sequence() <= id.sequence();
  }

  private boolean isOfEarlierIncarnation(TransactionId id) {
    TransactionId floor = settledBelow.get(id.nodeId());
    return floor != null && id.incarnation() < floor.incarnation();
  }

  /** The committer of {@code id} needs nothing below this sequence any more. */
  void settledBelow(TransactionId id, long sequence) {
    raise(new TransactionId(id.nodeId(), id.incarnation(), sequence));
  }

  /** An incarnation is over: it sends nothing any more, but others may ask what became of it. */
  void excluded(int nodeId, int incarnation) {
    raise(new TransactionId(nodeId, incarnation + 1, Long.MIN_VALUE));
  }

  private void raise(TransactionId floor) {
    TransactionId known = settledBelow.get(floor.nodeId());
    if (known != null && known.compareTo(floor) >= 0) {
      return;
    }
    replaceFloor(floor);
    int first = known == null ? Integer.MIN_VALUE : known.incarnation();
    if (first < floor.incarnation()) {
      exclude(
          new ArrayList<>(
              ended.subMap(firstOf(floor, first), firstOf(floor, floor.incarnation())).entrySet()));
    }
    ended
        .subMap(firstOf(floor, floor.incarnation()), true, floor, false)
        .keySet()
        .removeIf(old -> !unlearned.containsKey(old));
  }

  private void replaceFloor(TransactionId floor) {
    TransactionId before = settledBelow.put(floor.nodeId(), floor);
    if (before != null
        && before.incarnation() < floor.incarnation()
        && before.sequence() != Long.MIN_VALUE) {
      finalFloors.add(before);
      if (finalFloors.size() > MAX_FLOORS) {
        givenUp = Math.max(givenUp, finalFloors.removeFirst().incarnation());
      }
    }
  }

  private static TransactionId firstOf(TransactionId floor, int incarnation) {
    return new TransactionId(floor.nodeId(), incarnation, Long.MIN_VALUE);
  }

  private void exclude(List<Map.Entry<TransactionId, Ended>> over) {
    over.sort(Comparator.comparingLong(entry -> entry.getValue().end));
    over.forEach(entry -> excluded.addLast(entry.getKey()));
    boundExcluded();
  }

  private void boundExcluded() {
    for (int looked = excluded.size(); looked > 0 && excluded.size() > MAX_EXCLUDED; looked--) {
      TransactionId oldest = excluded.removeFirst();
      if (unlearned.containsKey(oldest)) {
        excluded.addLast(oldest);
      } else {
        ended.remove(oldest);
        givenUp = Math.max(givenUp, oldest.incarnation());
      }
    }
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
      TransactionId floor = settledBelow.get(id.nodeId());
      if (isBelowSettled(id) && floor != null && floor.incarnation() == id.incarnation()) {
        ended.remove(id);
      }
    }
  }

  Map<TransactionId, List<Integer>> unlearned() {
    Map<TransactionId, List<Integer>> all = new TreeMap<>();
    unlearned.forEach((id, left) -> all.put(id, new ArrayList<>(left)));
    return all;
  }

  // ---- checkpoints

  /**
   * All of it, for a checkpoint.
   *
   * @param replayBegin of that checkpoint: prepares before it are not read again
   */
  Ledger ledger(long replayBegin) {
    sinceCheckpoint.set(0);
    decidedPrepares.values().removeIf(decided -> decided.beginAddress < replayBegin);
    List<Entry> entries = new ArrayList<>();
    if (givenUp > 0) {
      entries.add(new Entry(new TransactionId(NO_NODE, givenUp, 0), Kind.FLOOR, 0, 0));
    }
    finalFloors.forEach(floor -> entries.add(new Entry(floor, Kind.FLOOR, 0, 0)));
    settledBelow.values().stream()
        .sorted()
        .forEach(floor -> entries.add(new Entry(floor, Kind.FLOOR, 0, 0)));
    ended.forEach(
        (id, end) -> {
          Kind kind = end.outcome == Outcome.COMMIT ? Kind.COMMITTED : Kind.ABORTED;
          entries.add(new Entry(id, kind, end.stamp, end.end));
        });
    unlearned.forEach(
        (id, left) -> left.forEach(p -> entries.add(new Entry(id, Kind.NOT_LEARNED, p, 0))));
    decidedPrepares.forEach(
        (id, decided) -> {
          boolean committed = decided.outcome == Outcome.COMMIT;
          Kind kind = committed ? Kind.PREPARE_COMMITTED : Kind.PREPARE_ABORTED;
          entries.add(new Entry(id, kind, 0, decided.beginAddress));
        });
    return new Ledger(entries);
  }

  /** Takes over what a checkpoint says, into an empty table. */
  void takeOver(Ledger ledger) {
    List<Map.Entry<TransactionId, Ended>> over = new ArrayList<>();
    for (Entry entry : ledger.entries()) {
      TransactionId id = entry.id();
      switch (entry.kind()) {
        case FLOOR -> {
          if (id.nodeId() == NO_NODE) {
            givenUp = id.incarnation();
          } else {
            replaceFloor(id);
          }
        }
        case COMMITTED, ABORTED -> {
          Outcome outcome = entry.kind() == Kind.COMMITTED ? Outcome.COMMIT : Outcome.ABORT;
          Ended end = new Ended(outcome, entry.value(), entry.address());
          ended.put(id, end);
          if (isOfEarlierIncarnation(id)) {
            over.add(Map.entry(id, end));
          }
        }
        case NOT_LEARNED ->
            unlearned.computeIfAbsent(id, i -> new TreeSet<>()).add((int) entry.value());
        case PREPARE_COMMITTED -> decidedPrepare(id, Outcome.COMMIT, entry.address());
        case PREPARE_ABORTED -> decidedPrepare(id, Outcome.ABORT, entry.address());
        case BOUND -> {
          // Not about a transaction: SnapshotBound's.
        }
      }
    }
    exclude(over);
  }

  /** How a transaction ended that was prepared here; null: it was not decided, or is forgotten. */
  @Nullable Outcome ofDecidedPrepare(TransactionId id) {
    Decided decided = decidedPrepares.get(id);
    return decided == null ? null : decided.outcome;
  }
}
