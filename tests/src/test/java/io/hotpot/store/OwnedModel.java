package io.hotpot.store;

import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What an owned partition must hold, from what was appended to its log: each step counts for
 * whoever has the log up to its end.
 */
final class OwnedModel {

  /** What a transaction leaves behind; null: nothing. */
  static final class Writes extends TreeMap<Long, Long> {
    private static final long serialVersionUID = 1;
  }

  /** A transaction that is prepared. */
  record Prepared(int home, List<ObjectRead> reads, Writes writes) {}

  /** Where a step's last batch ends, and what it does. */
  private record Step(long end, Consumer<OwnedModel> effect) {}

  private final List<Step> steps = new ArrayList<>();
  final Map<Long, Long> values = new TreeMap<>();
  final TreeMap<TransactionId, Prepared> open = new TreeMap<>();
  final TreeMap<TransactionId, Outcome> outcomes = new TreeMap<>();
  final Map<TransactionId, Set<Integer>> participants = new HashMap<>();

  /** Every id there ever was, so that none is given twice. */
  final Set<Long> used = new HashSet<>();

  /** Who has said that they know: that is not in the log, and may be asked for again. */
  final Map<TransactionId, Set<Integer>> learned = new HashMap<>();

  private void step(long end, Consumer<OwnedModel> effect) {
    steps.add(new Step(end, effect));
    effect.accept(this);
  }

  void committed(TransactionId id, Writes writes, long end) {
    used.addAll(writes.keySet());
    step(
        end,
        then -> {
          then.values.putAll(writes);
          then.outcomes.put(id, Outcome.COMMIT);
        });
  }

  void prepared(TransactionId id, Prepared prepared, long end) {
    used.addAll(prepared.writes.keySet());
    step(end, then -> then.open.put(id, prepared));
  }

  void decided(TransactionId id, Outcome outcome, List<Integer> told, long end) {
    step(
        end,
        then -> {
          Prepared prepared = then.open.remove(id);
          if (prepared != null && outcome == Outcome.COMMIT) {
            then.values.putAll(prepared.writes);
            then.participants.put(id, Set.copyOf(told));
          }
          then.outcomes.put(id, outcome);
        });
  }

  /** As it was when the log ended at an address. */
  OwnedModel at(long tail) {
    OwnedModel then = new OwnedModel();
    steps.stream().filter(step -> step.end <= tail).forEach(step -> step.effect.accept(then));
    return then;
  }

  /** Another node has become the owner, with the log up to an address. */
  void cut(long tail) {
    steps.removeIf(step -> step.end > tail);
    values.clear();
    open.clear();
    outcomes.clear();
    participants.clear();
    steps.forEach(step -> step.effect.accept(this));
  }

  /** Whether a prepared transaction writes it, or creates another one in its slot. */
  boolean isLocked(long objectId) {
    return open.values().stream()
        .flatMap(prepared -> prepared.writes.keySet().stream())
        .anyMatch(id -> ObjectId.slot(id) == ObjectId.slot(objectId));
  }

  /** Participants that must still be told. */
  Set<Integer> unlearned(TransactionId id) {
    Set<Integer> left = new HashSet<>(participants.getOrDefault(id, Set.of()));
    left.removeAll(learned.getOrDefault(id, Set.of()));
    return left;
  }
}
