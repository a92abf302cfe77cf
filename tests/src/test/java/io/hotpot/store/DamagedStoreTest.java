package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damages every region of a small store's log, one place at a time. Whatever is damaged, every
 * object reads as it was or is refused, and the damage is reported (invariants 3 and 11).
 */
@Timeout(300)
class DamagedStoreTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);

  private enum Fault {
    FLIPPED_BIT,
    ZEROED_WORD,
    ZEROED_LINE,
    ZEROED_REST,
    RANDOM_LINE
  }

  /** The store under test and what it holds. */
  private static final class Original {
    final SimHeap heap = new SimHeap(32, 0x5151L, Durability.POWER);
    final Map<Ref<String>, String> values = new HashMap<>();
    final Map<Ref<String>, String> deleted = new HashMap<>();
    final Map<String, String> roots = new TreeMap<>();

    Original(boolean closed) {
      Hotpot store = open(heap);
      Dataset a = store.dataset("a");
      Dataset b = store.dataset("b");
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 3; i++) {
          put(a, "of a, number " + i + ", round " + round);
          put(b, "of b, number " + i + ", round " + round);
        }
        Ref<String> gone = a.transact(tx -> tx.allocate("soon gone"));
        a.run(tx -> tx.delete(gone));
        deleted.put(gone, "soon gone");
        for (Ref<String> ref : List.copyOf(values.keySet())) {
          update(store, ref);
        }
        Ref<String> any = values.keySet().iterator().next();
        Dataset home = store.datasets().get(ObjectId.partition(any.id()) == 1 ? 0 : 1);
        home.run(tx -> tx.root("root", any));
        roots.put(home.name(), values.get(any));
        if (round == 0) {
          store.partitions().forEach(p -> store.checkpointer().write(p));
        }
      }
      both(store);
      // A damaged last batch looks like one that power loss tore: nothing that counts is in it.
      for (int i = 0; i < 2; i++) {
        for (Dataset dataset : List.of(a, b)) {
          dataset.run(tx -> tx.allocate(7));
        }
        store.dataset("unimportant " + i);
      }
      if (closed) {
        store.close();
      }
    }

    private void put(Dataset dataset, String value) {
      values.put(dataset.transact(tx -> tx.allocate(value)), value);
    }

    private void update(Hotpot store, Ref<String> ref) {
      String value = values.get(ref) + ", updated";
      store.run(tx -> tx.put(ref, value));
      values.put(ref, value);
    }

    private void both(Hotpot store) {
      store.run(tx -> values.keySet().forEach(ref -> tx.put(ref, values.get(ref) + " with all")));
      values.replaceAll((ref, value) -> value + " with all");
      roots.replaceAll((root, value) -> value + " with all");
    }
  }

  private static Hotpot open(SimHeap heap) {
    long[] now = {1_700_000_000_000L};
    return Hotpot.open(
        heap,
        HotpotOptions.defaults().withBackground(false).withCacheBytes(0).withMaxBytes(128L << 20),
        SystemSeams.dated(() -> now[0]++));
  }

  @ParameterizedTest(name = "closed in order: {0}")
  @ValueSource(booleans = {true, false})
  void noDamageMakesAWrongValue(boolean closed) {
    Original original = new Original(closed);
    SplittableRandom random = new SplittableRandom(SEED);
    int opened = 0;
    int places = 0;
    for (int chunk = 0; chunk < original.heap.chunks(); chunk++) {
      int end = original.heap.usedBytes(chunk);
      for (int offset = 0; offset < end; offset += 8) {
        for (Fault fault : Fault.values()) {
          if ((fault == Fault.ZEROED_LINE || fault == Fault.RANDOM_LINE) && offset % 64 != 0
              || fault == Fault.ZEROED_REST && offset % 128 != 0) {
            continue;
          }
          if (fault == Fault.ZEROED_REST && !closed) {
            // The end of a log that was never closed looks like what power loss leaves.
            continue;
          }
          places++;
          String where = fault + " at " + offset + " of chunk " + chunk + ", seed " + SEED;
          SimHeap heap = original.heap.afterKill();
          damage(heap, chunk, offset, fault, end, random);
          opened += verify(original, heap, where) ? 1 : 0;
        }
      }
    }
    assertThat(places).isGreaterThan(1000);
    // Only what says which chunk is which may make a store unusable.
    assertThat(opened).isGreaterThan(places * 9 / 10);
  }

  private static void damage(
      SimHeap heap, int chunk, int offset, Fault fault, int end, SplittableRandom random) {
    byte[] bytes =
        switch (fault) {
          case FLIPPED_BIT, ZEROED_WORD -> new byte[8];
          case ZEROED_LINE, RANDOM_LINE -> new byte[64];
          case ZEROED_REST -> new byte[Math.max(0, end - offset)];
        };
    if (fault == Fault.FLIPPED_BIT) {
      heap.chunk(chunk).get(offset, bytes, 0, 8);
      int bit = random.nextInt(64);
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
    } else if (fault == Fault.RANDOM_LINE) {
      random.nextBytes(bytes);
    }
    heap.corrupt(chunk, offset, bytes);
  }

  /** Returns whether the store could be opened. */
  private static boolean verify(Original original, SimHeap heap, String where) {
    try (Hotpot store = open(heap)) {
      boolean complete = readAll(original, store, where);
      if (!complete && store.recovery().damages().isEmpty() && store.check().isEmpty()) {
        throw new AssertionError(where + ": objects are refused, but no damage is reported");
      }
      goOn(store, where);
    } catch (HotpotException refused) {
      if (refused.getMessage() == null || refused.getMessage().length() < 20) {
        throw new AssertionError(where + ": refused without a reason", refused);
      }
      return false;
    } catch (RuntimeException e) {
      throw new AssertionError(where, e);
    }
    try (Hotpot again = open(heap.afterKill())) {
      readAll(original, again, where + ", opened again");
    }
    return true;
  }

  private static void goOn(Hotpot store, String where) {
    for (Dataset dataset : store.datasets()) {
      try {
        Ref<String> ref = dataset.transact(tx -> tx.allocate("life goes on"));
        assertThat(dataset.<String>read(tx -> tx.get(ref))).as(where).isEqualTo("life goes on");
      } catch (CorruptException refused) {
        // Of the schema, say: a clear answer.
      }
    }
  }

  /** Returns whether everything could be read. */
  private static boolean readAll(Original original, Hotpot store, String where) {
    boolean complete = true;
    for (Map.Entry<Ref<String>, String> entry : original.values.entrySet()) {
      try {
        String value = store.read(tx -> tx.get(entry.getKey()));
        if (!value.equals(entry.getValue())) {
          throw new AssertionError(
              where
                  + ": found '"
                  + value
                  + "' in place of '"
                  + entry.getValue()
                  + "', "
                  + store.recovery());
        }
      } catch (ObjectNotFound e) {
        throw new AssertionError(where + ": '" + entry.getValue() + "' is gone", e);
      } catch (HotpotException refused) {
        complete = false;
      }
    }
    for (Ref<String> ref : original.deleted.keySet()) {
      try {
        String value = store.read(tx -> tx.get(ref));
        throw new AssertionError(where + ": deleted object came back as '" + value + "'");
      } catch (HotpotException gone) {
        // As it should be, or refused.
      }
    }
    complete &= readRoots(original, store, where);
    return complete;
  }

  private static boolean readRoots(Original original, Hotpot store, String where) {
    boolean complete = true;
    for (Map.Entry<String, String> entry : original.roots.entrySet()) {
      Dataset dataset = store.findDataset(entry.getKey()).orElse(null);
      if (dataset == null) {
        complete = false;
        continue;
      }
      try {
        String value =
            dataset.read(tx -> tx.get(tx.<String>root("root").orElseThrow(AssertionError::new)));
        assertThat(value).as(where).isEqualTo(entry.getValue());
      } catch (HotpotException refused) {
        complete = false;
      }
    }
    return complete;
  }
}
