package io.hotpot.store;

import io.hotpot.history.HistoryChecker;
import io.hotpot.history.Observed;
import io.hotpot.sim.Simulation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;

/**
 * Registers that clients on all nodes read and overwrite, each write after a read; and what all of
 * them saw as one history. A commit whose answer was lost may have happened: it did if anybody ever
 * saw what it wrote, and then as a whole.
 */
final class ClusterHistory {

  /** A register's version, and bytes that make the log grow. */
  record Cell(int version, String filling) {}

  private static final class Attempt {
    final Map<Integer, Integer> reads = new HashMap<>();
    final Map<Integer, Integer> writes = new HashMap<>();
    final Place place;
    final int life;
    final long begin;
    long end = Long.MAX_VALUE;
    boolean committed;
    boolean answered;

    /** It may have seen what was current together, but was not any more (7.7). */
    boolean wasWithoutLease;

    /** To be called after a read: a lease that there is now there was then. */
    void lookAtLease() {
      wasWithoutLease |= life == 0 || life != place.life.getAsInt();
    }

    Attempt(Place place, long begin) {
      this.place = place;
      this.life = place.life.getAsInt();
      this.begin = begin;
    }
  }

  /**
   * A client's place.
   *
   * @param life the incarnation of its node; 0: the node has no lease
   */
  record Place(String where, Hotpot store, IntSupplier life) {}

  private final Simulation simulation;
  private final List<Attempt> attempts = new ArrayList<>();
  private final Map<Integer, Ref<Cell>> keys = new HashMap<>();
  private long moments;
  private int versions;

  ClusterHistory(Simulation simulation) {
    this.simulation = simulation;
  }

  /** A register of its own for whoever calls it. */
  void create(int key, Dataset home) {
    keys.put(key, home.transact(tx -> tx.allocate(new Cell(0, ""))));
  }

  int keys() {
    return keys.size();
  }

  Ref<Cell> key(int number) {
    return keys.get(number);
  }

  private Attempt begin(Place place) {
    Attempt attempt = new Attempt(place, ++moments);
    attempts.add(attempt);
    return attempt;
  }

  private void end(Attempt attempt, boolean committed) {
    attempt.end = ++moments;
    attempt.committed = committed;
    attempt.answered = true;
    attempt.lookAtLease();
    simulation.note(committed ? attempt.end : -attempt.end);
  }

  /** Reads some registers, and overwrites some of them. */
  void transact(Place place, SplittableRandom own) {
    if (own.nextInt(3) == 0) {
      // Two of these that write one each, and do not mind the other's, skew one another.
      int pair = own.nextInt(keys.size() / 2);
      int written = own.nextInt(2);
      transact(place, own, List.of(2 * pair + 1 - written), List.of(2 * pair + written));
      return;
    }
    List<Integer> read = new ArrayList<>();
    List<Integer> written = new ArrayList<>();
    int steps = own.nextInt(1, 4);
    for (int step = 0; step < steps; step++) {
      (own.nextInt(3) > 0 ? written : read).add(own.nextInt(keys.size()));
    }
    transact(place, own, read, written);
  }

  /** Reads some registers, then reads and overwrites some. */
  void transact(Place place, SplittableRandom own, List<Integer> read, List<Integer> written) {
    Attempt attempt = begin(place);
    boolean committed = false;
    try (Transaction tx = place.store.begin()) {
      read.forEach(key -> step(tx, key, false, own, attempt));
      written.forEach(key -> step(tx, key, true, own, attempt));
      tx.commit();
      committed = true;
    } catch (CommitOutcomeUnknown e) {
      return;
    } catch (ConflictException | NotAMember | NotEnoughReplicas e) {
      // It counts as a reader of what it had read.
    }
    end(attempt, committed);
  }

  private void step(
      Transaction tx, int key, boolean writes, SplittableRandom own, Attempt attempt) {
    if (attempt.reads.containsKey(key)) {
      return;
    }
    attempt.reads.put(key, tx.get(keys.get(key)).version());
    attempt.lookAtLease();
    simulation.interleave();
    if (writes) {
      int version = ++versions;
      attempt.writes.put(key, version);
      tx.put(keys.get(key), new Cell(version, "x".repeat(own.nextInt(200))));
    }
  }

  /** Reads all registers at one moment. */
  boolean readAll(Place place) {
    List<Attempt> tried = new ArrayList<>();
    try {
      place.store.read(
          tx -> {
            if (!tried.isEmpty()) {
              end(tried.getLast(), false);
            }
            Attempt attempt = begin(place);
            tried.add(attempt);
            for (int key = 0; key < keys.size(); key++) {
              attempt.reads.put(key, tx.get(keys.get(key)).version());
              attempt.lookAtLease();
              simulation.interleave();
            }
            return true;
          });
    } catch (ConflictException | NotAMember | NotEnoughReplicas e) {
      if (!tried.isEmpty()) {
        end(tried.getLast(), false);
      }
      return false;
    }
    end(tried.getLast(), true);
    return true;
  }

  long committed() {
    return attempts.stream().filter(attempt -> attempt.committed).count();
  }

  long unanswered() {
    return attempts.stream().filter(attempt -> !attempt.answered).count();
  }

  int attempts() {
    return attempts.size();
  }

  /** What is wrong with it. */
  Optional<String> anomaly() {
    Set<Integer> seen = new HashSet<>();
    attempts.forEach(attempt -> seen.addAll(attempt.reads.values()));
    List<Observed> history = new ArrayList<>();
    for (Attempt attempt : attempts) {
      boolean committed =
          attempt.committed
              || (!attempt.answered && attempt.writes.values().stream().anyMatch(seen::contains));
      history.add(
          new Observed(
              history.size(),
              committed || !attempt.wasWithoutLease ? attempt.begin : 0,
              attempt.end,
              committed,
              Map.copyOf(attempt.reads),
              Map.copyOf(attempt.writes)));
    }
    return HistoryChecker.anomaly(history).map(anomaly -> anomaly + where(anomaly));
  }

  /** Where the transactions that it names ran. */
  private String where(String anomaly) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < attempts.size(); i++) {
      if (anomaly.matches("(?s).*\\bT?" + i + "\\b.*")) {
        Attempt attempt = attempts.get(i);
        text.append("\n  ").append(i).append(" at ").append(attempt.place.where);
        text.append(" from ").append(attempt.begin).append(" to ").append(attempt.end);
        text.append(attempt.committed ? ", committed" : attempt.answered ? ", failed" : ", lost");
        text.append(", read ").append(attempt.reads).append(", wrote ").append(attempt.writes);
      }
    }
    return text.toString();
  }
}
