package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Objects that are created and deleted on all nodes, so that slots are used again: a reference
 * names its object or nothing, and what was deleted does not come back.
 */
final class ClusterChurn {

  record Thing(int number) {}

  private static final class Known {
    final Ref<Thing> ref;
    final int number;
    boolean deletionBegan;
    boolean isDeleted;

    Known(Ref<Thing> ref, int number) {
      this.ref = ref;
      this.number = number;
    }
  }

  private final List<Known> known = new ArrayList<>();
  private int numbers;

  void step(String where, Hotpot store, SplittableRandom own) {
    try {
      if (known.isEmpty() || own.nextInt(3) == 0) {
        create(store, own);
      } else {
        Known thing = known.get(own.nextInt(known.size()));
        if (own.nextInt(3) == 0) {
          delete(store, thing);
        } else {
          look(where, store, thing);
        }
      }
    } catch (ConflictException | NotAMember | NotEnoughReplicas | CommitOutcomeUnknown e) {
      // Another attempt may do better.
    }
  }

  private void create(Hotpot store, SplittableRandom own) {
    int number = ++numbers;
    Dataset home = store.findDataset(own.nextBoolean() ? "even" : "odd").orElseThrow();
    Ref<Thing> ref = store.transact(tx -> tx.allocate(home, new Thing(number)));
    known.add(new Known(ref, number));
  }

  private static void delete(Hotpot store, Known thing) {
    thing.deletionBegan = true;
    store.run(tx -> tx.find(thing.ref).ifPresent(found -> tx.delete(thing.ref)));
    thing.isDeleted = true;
  }

  private static void look(String where, Hotpot store, Known thing) {
    boolean wasDeleted = thing.isDeleted;
    var found = store.read(tx -> tx.find(thing.ref));
    if (found.isPresent() && (wasDeleted || found.get().number() != thing.number)) {
      throw new AssertionError(
          thing.ref
              + (wasDeleted ? " was deleted and came back" : " names another object")
              + ", read at "
              + where
              + ": "
              + found.get());
    }
    if (found.isEmpty() && !thing.deletionBegan) {
      throw new AssertionError(thing.ref + " is lost, read at " + where);
    }
  }
}
