package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Datasets that are created, used by clients on all nodes, and dropped again while they are. */
final class ClusterTemporaries {

  /** Each takes chunks of its own on every node that holds it. */
  private static final int MOST = 2;

  record Item(int number) {}

  private static final class Temporary {
    final String name;
    final List<Ref<Item>> items = new ArrayList<>();
    boolean isBeingDropped;

    Temporary(String name) {
      this.name = name;
    }
  }

  private final List<Temporary> all = new ArrayList<>();

  void step(String where, Hotpot store, SplittableRandom own) {
    Temporary last = all.isEmpty() ? null : all.getLast();
    try {
      if (last == null || last.isBeingDropped) {
        create(store, own);
      } else if (own.nextInt(6) == 0) {
        last.isBeingDropped = true;
        store.drop(last.name);
      } else {
        use(where, store, own, last);
      }
    } catch (ConflictException | NotAMember | NotEnoughReplicas | CommitOutcomeUnknown e) {
      // Another attempt may do better.
    } catch (MisuseException | ObjectNotFound e) {
      if (last == null || !last.isBeingDropped) {
        throw e;
      }
    }
  }

  private void create(Hotpot store, SplittableRandom own) {
    if (all.size() == MOST) {
      return;
    }
    Temporary next = new Temporary("temporary " + all.size());
    all.add(next);
    int degree = own.nextInt(1, 4);
    store.dataset(next.name, DatasetOptions.defaults().withDegree(degree));
  }

  private static void use(String where, Hotpot store, SplittableRandom own, Temporary temporary) {
    Dataset home = store.findDataset(temporary.name).orElse(null);
    if (home == null) {
      // Not created yet, as far as this node knows, or gone.
      return;
    }
    if (temporary.items.isEmpty() || own.nextInt(3) == 0) {
      int number = temporary.items.size();
      temporary.items.add(store.transact(tx -> tx.allocate(home, new Item(number))));
      return;
    }
    Ref<Item> item = temporary.items.get(own.nextInt(temporary.items.size()));
    var found = store.transact(tx -> tx.find(item));
    if (found.isEmpty() && !temporary.isBeingDropped) {
      throw new AssertionError(item + " of " + temporary.name + " is lost, read at " + where);
    }
  }
}
