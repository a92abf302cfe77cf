package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Power lost at every event while damage is accepted, the opening before it included: afterwards it
 * is accepted or it is not, never is a damaged object served, and accepting it again goes through.
 */
@Timeout(300)
class AcceptDamageCrashTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);

  private final Map<Ref<String>, String> values = new LinkedHashMap<>();
  private Ref<String> damaged;

  private static Hotpot open(SimHeap heap) {
    long[] now = {1_700_000_000_000L};
    return Hotpot.open(
        heap,
        HotpotOptions.defaults().withBackground(false).withCacheBytes(0).withMaxBytes(64L << 20),
        SystemSeams.dated(() -> now[0]++));
  }

  /** Of one object the second version is lost, with the batch that holds it. */
  private SimHeap damagedStore() {
    SimHeap heap = new SimHeap(16, 0xACCEBL, Durability.POWER);
    Hotpot store = open(heap);
    Dataset a = store.dataset("a");
    Dataset b = store.dataset("b");
    for (Dataset dataset : List.of(a, b)) {
      for (int i = 0; i < 3; i++) {
        String value = dataset + " " + i;
        values.put(dataset.transact(tx -> tx.allocate(value)), value);
      }
    }
    damaged = values.keySet().iterator().next();
    a.run(tx -> tx.put(damaged, "what is lost"));
    Partition partition = store.partitionOf(a);
    long address = HandleWord.address(partition.table.get(ObjectId.slot(damaged.id())));
    LogChunk chunk = partition.chunks.get(Address.sequence(address));
    // Later batches say that it had been durable; the newest of them would pass for torn.
    for (int i = 0; i < 3; i++) {
      for (Dataset dataset : List.of(a, b)) {
        String value = "later, in " + dataset + " " + i;
        values.put(dataset.transact(tx -> tx.allocate(value)), value);
      }
    }
    SimHeap medium = heap.afterKill();
    medium.corrupt(chunk.memory.index(), Address.offset(address) - 16, new byte[64]);
    return medium;
  }

  private static final String REFUSED = "refused";

  private String read(Hotpot store, Ref<String> ref) {
    try {
      return store.read(tx -> tx.get(ref));
    } catch (CorruptException e) {
      return REFUSED;
    }
  }

  /** Returns whether the damage has been accepted. */
  private boolean isRefusedOrAccepted(Hotpot store, String where) {
    assertThat(read(store, damaged)).as(where).isIn(REFUSED, "a 0");
    values.forEach((ref, value) -> assertThat(read(store, ref)).as(where).isIn(value, REFUSED));
    return !values.keySet().stream().map(ref -> read(store, ref)).toList().contains(REFUSED);
  }

  @Test
  void itIsAcceptedOrItIsNot() {
    SimHeap medium = damagedStore();
    SimHeap probe = medium.afterKill();
    Hotpot probed = open(probe);
    assertThat(isRefusedOrAccepted(probed, "before")).isFalse();
    assertThatThrownBy(() -> probed.dataset("a").run(tx -> tx.allocate("refused")))
        .isInstanceOf(CorruptException.class);
    assertThat(probed.acceptDamage()).containsExactly("a");
    long events = probe.events();
    probed.close();
    SplittableRandom random = new SplittableRandom(SEED);
    int accepted = 0;
    for (long point = 0; point < events; point++) {
      String where = "power lost at event " + point + ", seed " + SEED;
      SimHeap heap = medium.afterKill();
      heap.crashAt(point);
      try {
        open(heap).acceptDamage();
        throw new IllegalStateException(where + ": it did not happen");
      } catch (PowerLoss expected) {
        accepted += goesOn(heap.afterPowerLoss(random), where) ? 1 : 0;
        goesOn(heap.afterKill(), where + ", killed only");
      }
    }
    System.out.printf(
        "accepting damage cut short at %d points; it stood after %d of them%n", events, accepted);
    assertThat(events).isGreaterThan(20);
  }

  private boolean goesOn(SimHeap image, String where) {
    boolean accepted;
    try (Hotpot store = open(image)) {
      accepted = isRefusedOrAccepted(store, where);
      assertThat(store.acceptDamage()).as(where).isEqualTo(accepted ? List.of() : List.of("a"));
    }
    image.reopen();
    try (Hotpot store = open(image)) {
      assertThat(isRefusedOrAccepted(store, where)).as(where + ", accepted").isTrue();
      store.dataset("a").run(tx -> tx.put(damaged, "a new value"));
    }
    image.reopen();
    try (Hotpot store = open(image)) {
      assertThat(read(store, damaged)).as(where).isEqualTo("a new value");
      assertThat(store.recovery().clean()).as(where).isTrue();
    }
    return accepted;
  }
}
