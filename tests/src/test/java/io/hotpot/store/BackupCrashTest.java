package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Power lost while a backup is written, at the target: the next backup makes it whole, whatever is
 * left of the one before. (That nobody opens it meanwhile is in {@link BackupTest}.)
 */
@Timeout(300)
class BackupCrashTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);

  /** So many points are taken of a copy, or all. */
  private static final int POINTS = Integer.getInteger("hotpot.backup.points", 50);

  /** A chunk that is used again is zeroed first, which is half a million stores. */
  private static final int POINTS_WITH_REUSE = Math.max(12, POINTS / 10);

  private static final long STORE_ID = 0xBAC0L;

  private final SimHeap source = newHeap();
  private final Hotpot store = open(source);
  private final List<Ref<String>> refs = new ArrayList<>();

  private static SimHeap newHeap() {
    return new SimHeap(32, STORE_ID, Durability.POWER);
  }

  private static Hotpot open(SimHeap heap) {
    long[] now = {1_700_000_000_000L};
    return Hotpot.open(
        heap,
        HotpotOptions.defaults().withBackground(false).withCacheBytes(0),
        SystemSeams.dated(() -> now[0]++));
  }

  private void insert(String dataset, int objects) {
    for (int i = 0; i < objects; i++) {
      String value = dataset + " " + refs.size();
      refs.add(store.dataset(dataset).transact(tx -> tx.allocate(value)));
    }
  }

  private void rollAndCompact() {
    for (Partition partition : store.partitions()) {
      partition.commitLock.lock();
      try {
        partition.log.closeCurrent();
      } finally {
        partition.commitLock.unlock();
      }
    }
    store.compact();
  }

  private static Hotpot openReadOnly(SimHeap heap) {
    HotpotOptions options = HotpotOptions.defaults().withReadOnly(true).withCacheBytes(0);
    return Hotpot.open(heap, options, SystemSeams.dated(() -> 1_700_000_000_000L));
  }

  private static void backUp(Hotpot from, SimHeap target) {
    Backup.copy(List.copyOf(from.partitions()), target, 1, Progress.none());
  }

  private static TreeMap<String, String> contents(Hotpot store) {
    TreeMap<String, String> contents = new TreeMap<>();
    for (Dataset dataset : store.datasets()) {
      for (Ref<?> ref : dataset.refs()) {
        contents.put(dataset + " " + ref, store.read(tx -> tx.get(Ref.<String>fromId(ref.id()))));
      }
    }
    return contents;
  }

  private static void isWhole(SimHeap copy, Hotpot original, String where) {
    try (Hotpot restored = open(copy)) {
      assertThat(restored.recovery().damages()).as(where).isEmpty();
      assertThat(restored.check()).as(where).isEmpty();
      assertThat(contents(restored)).as(where).isEqualTo(contents(original));
    }
  }

  /**
   * @param before what the target holds already
   * @param most points of time, about
   * @param then what happens to the store between the backup that fails and the next
   */
  private void crashWhileWriting(SimHeap before, int most, Runnable then) {
    try (Hotpot earlier = openReadOnly(source.afterKill())) {
      SimHeap probe = before.afterKill();
      backUp(earlier, probe);
      isWhole(probe.afterPowerLoss(new SplittableRandom(SEED)), earlier, "not cut short");
      then.run();
      SplittableRandom random = new SplittableRandom(SEED);
      long events = probe.events();
      int points = 0;
      for (long point = 0; point < events; points++) {
        crashAt(point, earlier, before.afterKill(), random);
        point += events <= most ? 1 : random.nextLong(1, Math.max(2, 2 * events / most));
      }
      System.out.printf("a backup cut short at %d of its %d writes and fences%n", points, events);
    }
  }

  private void crashAt(long point, Hotpot earlier, SimHeap target, SplittableRandom random) {
    String where = "power lost at event " + point + ", seed " + SEED;
    target.crashAt(point);
    try {
      backUp(earlier, target);
      throw new IllegalStateException("event " + point + " did not happen");
    } catch (PowerLoss expected) {
      SimHeap torn = target.afterPowerLoss(random);
      backUp(store, torn);
      isWhole(torn.afterPowerLoss(random), store, where);
    }
  }

  @Test
  void theFirstBackup() {
    insert("a", 3);
    insert("b", 3);
    crashWhileWriting(newHeap(), POINTS, () -> insert("a", 1));
  }

  @Test
  void aLaterOne() {
    insert("a", 3);
    SimHeap target = newHeap();
    backUp(store, target);
    insert("a", 2);
    insert("b", 2);
    crashWhileWriting(target, POINTS, () -> {});
  }

  @Test
  void aLaterOneOfAStoreThatBecomesSmaller() {
    insert("a", 3);
    insert("b", 3);
    insert("c", 3);
    SimHeap target = newHeap();
    backUp(store, target);
    store.drop("b");
    insert("d", 2);
    rollAndCompact();
    insert("a", 1);
    crashWhileWriting(
        target,
        POINTS_WITH_REUSE,
        () -> {
          store.drop("c");
          store.drop("d");
          rollAndCompact();
        });
  }
}
