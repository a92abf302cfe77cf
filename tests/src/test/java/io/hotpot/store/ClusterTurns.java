package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Objects of mode MRSW on all nodes, which clients acquire before they change them, one after the
 * other in any order: each counts what was done to it. Who has acquired all that it touches never
 * fails because somebody was faster.
 */
final class ClusterTurns {

  static final String DATASET = "turns";

  record Turn(long count) {}

  private final List<Ref<Turn>> turns = new ArrayList<>();

  /** By object: what was acknowledged, and all that may have happened, if its client was killed. */
  private final Map<Integer, Long> acknowledged = new TreeMap<>();

  private final Map<Integer, Long> possible = new TreeMap<>();
  private long done;

  static void define(Hotpot store) {
    store.dataset(DATASET, DatasetOptions.defaults().withDegree(2).withMode(TransactionMode.MRSW));
  }

  void open(Hotpot store) {
    Dataset home = store.findDataset(DATASET).orElseThrow();
    turns.add(home.transact(tx -> tx.allocate(new Turn(0))));
    turns.add(home.transact(tx -> tx.allocate(new Turn(0))));
  }

  /** Counts up one to three of them, in an order of its own. */
  void take(Hotpot store, SplittableRandom own) {
    List<Integer> chosen = new ArrayList<>();
    for (int i = own.nextInt(1, 4); i > 0; i--) {
      int next = own.nextInt(turns.size());
      if (!chosen.contains(next)) {
        chosen.add(next);
      }
    }
    boolean isStepwise = own.nextBoolean();
    chosen.forEach(each -> possible.merge(each, 1L, Long::sum));
    try {
      store.run(tx -> count(tx, chosen, isStepwise));
      done++;
      chosen.forEach(each -> acknowledged.merge(each, 1L, Long::sum));
    } catch (CommitOutcomeUnknown e) {
      // It happened or it did not.
    } catch (LockLost | NotAMember | NotEnoughReplicas e) {
      chosen.forEach(each -> possible.merge(each, -1L, Long::sum));
    } catch (ConflictException e) {
      checkWaited(e);
      chosen.forEach(each -> possible.merge(each, -1L, Long::sum));
    }
  }

  private void count(Transaction tx, List<Integer> chosen, boolean isStepwise) {
    if (!isStepwise) {
      tx.acquire(chosen.stream().map(turns::get).toArray(Ref<?>[]::new));
    }
    for (int each : chosen) {
      Ref<Turn> ref = turns.get(each);
      if (isStepwise) {
        tx.acquire(ref);
      }
      tx.put(ref, new Turn(tx.get(ref).count() + 1));
    }
  }

  private static void checkWaited(ConflictException e) {
    // Else it was tried again, as often as options say, and somebody was faster each time.
    if (!String.valueOf(e.getMessage()).contains("stayed acquired")) {
      throw new AssertionError("a turn was taken from who had acquired it", e);
    }
  }

  /**
   * Without faults everything can be acquired, and holds what was done to it.
   *
   * @return false if the node could not tell at the moment
   */
  boolean look(String where, Hotpot store) {
    List<Long> counts;
    try {
      counts =
          store.transact(
              tx -> {
                tx.acquire(turns.toArray(Ref<?>[]::new));
                return turns.stream().map(ref -> tx.get(ref).count()).toList();
              });
    } catch (NotAMember | NotEnoughReplicas | LockLost e) {
      return false;
    }
    for (int each : new TreeSet<>(acknowledged.keySet())) {
      long sure = acknowledged.get(each);
      long most = possible.get(each);
      long count = counts.get(each);
      if (count < sure || count > most) {
        throw new AssertionError(
            "a turn is lost: %s found %d of object %d, acknowledged %d, possible %d"
                .formatted(where, count, each, sure, most));
      }
    }
    return true;
  }

  long done() {
    return done;
  }
}
