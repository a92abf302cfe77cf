package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A medium that refuses to make anything durable, or to grow: see
 * docs/decisions/0007-medium-that-refuses.md.
 */
@Timeout(300)
class RefusingMediumTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);
  private static final int THREADS = 6;

  private record Counter(long value) {}

  static Stream<String> names() {
    return CrashScripts.all().stream().map(CrashHarness.Script::name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void refusingAtAnyCallLosesNothingAcknowledged(String name) {
    CrashHarness harness = new CrashHarness(Durability.POWER, 1, SEED);
    harness.everyRefusal(CrashScripts.named(name));
    assertThat(harness.points).isPositive();
  }

  @ParameterizedTest
  @MethodSource("names")
  void atLevelProcessToo(String name) {
    CrashHarness harness = new CrashHarness(Durability.PROCESS, 1, SEED);
    harness.everyRefusal(CrashScripts.named(name));
  }

  private static HotpotOptions options() {
    return HotpotOptions.defaults().withBackground(false).withMaxBytes(64L << 20);
  }

  private static Hotpot open(SimHeap heap) {
    long[] now = {1_700_000_000_000L};
    return Hotpot.open(heap, options(), SystemSeams.dated(() -> now[0]++));
  }

  /** What one thread was told of its commits. */
  private static final class Told {
    long acknowledged;
    Optional<HotpotException> end = Optional.empty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7, 30, 111})
  void everyThreadOfAGroupIsTold(int after) throws InterruptedException {
    SimHeap heap = new SimHeap(16, 0x99L, Durability.POWER);
    Hotpot store = open(heap);
    List<Ref<Counter>> refs = new ArrayList<>();
    for (int i = 0; i < 2 * THREADS; i++) {
      Dataset home = store.dataset(i % 2 == 0 ? "even" : "odd");
      refs.add(home.transact(tx -> tx.allocate(new Counter(0))));
    }
    heap.refuseFrom(heap.durabilityCalls() + after);
    List<Told> told = new ArrayList<>();
    ConcurrentLinkedQueue<Throwable> unexpected = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Told mine = new Told();
      told.add(mine);
      Ref<Counter> left = refs.get(2 * i);
      Ref<Counter> right = refs.get(2 * i + 1);
      threads.add(
          Thread.ofPlatform()
              .uncaughtExceptionHandler((thread, e) -> unexpected.add(e))
              .start(() -> count(store, left, right, mine)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(unexpected).isEmpty();
    assertThat(told).anyMatch(t -> t.end.orElseThrow() instanceof CommitOutcomeUnknown);
    for (int i = 0; i < THREADS; i++) {
      Ref<Counter> ref = refs.get(2 * i);
      assertThat(store.read(tx -> tx.get(ref)).value()).isEqualTo(told.get(i).acknowledged);
    }
    try (Snapshot snapshot = store.snapshot()) {
      assertThat(snapshot.get(refs.getFirst()).value()).isEqualTo(told.getFirst().acknowledged);
    }
    store.close();
    try (Hotpot again = open(heap.afterPowerLoss(new SplittableRandom(SEED + after)))) {
      assertThat(again.recovery().damages()).isEmpty();
      for (int i = 0; i < THREADS; i++) {
        long left = value(again, refs.get(2 * i));
        assertThat(value(again, refs.get(2 * i + 1))).isEqualTo(left);
        assertThat(left).isBetween(told.get(i).acknowledged, told.get(i).acknowledged + 1);
      }
    }
  }

  private static long value(Hotpot store, Ref<Counter> ref) {
    return store.read(tx -> tx.get(ref)).value();
  }

  private static void count(Hotpot store, Ref<Counter> left, Ref<Counter> right, Told told) {
    while (told.end.isEmpty()) {
      Counter next = new Counter(told.acknowledged + 1);
      try {
        store.run(
            tx -> {
              tx.put(left, next);
              tx.put(right, next);
            });
        told.acknowledged++;
      } catch (CommitOutcomeUnknown | CorruptException e) {
        told.end = Optional.of(e);
      }
    }
  }

  @Test
  void theExceptionSaysThatTheOutcomeIsNotKnown() {
    SimHeap heap = new SimHeap(16, 0x99L, Durability.POWER);
    try (Hotpot store = open(heap)) {
      Dataset dataset = store.dataset("d");
      Ref<Counter> ref = dataset.transact(tx -> tx.allocate(new Counter(1)));
      heap.refuseFrom(heap.durabilityCalls());
      assertThatThrownBy(() -> dataset.run(tx -> tx.put(ref, new Counter(2))))
          .isInstanceOf(CommitOutcomeUnknown.class)
          .hasMessageContaining("may have happened or not")
          .hasMessageContaining("open it again")
          .hasMessageContaining("input/output error");
      assertThatThrownBy(() -> dataset.run(tx -> tx.put(ref, new Counter(3))))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("nothing of this one happened")
          .hasMessageContaining("open it again");
      assertThat(value(store, ref)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(Durability.class)
  void aMediumThatRefusesToGrowIsAFullHeap(Durability durability) {
    SimHeap heap = new SimHeap(16, 0x99L, Durability.POWER);
    String filling = "x".repeat(100_000);
    List<Ref<String>> refs = new ArrayList<>();
    try (Hotpot store =
        Hotpot.open(heap, options().withDurability(durability), SystemSeams.all())) {
      Dataset dataset = store.dataset("d");
      refs.add(dataset.transact(tx -> tx.allocate(filling)));
      heap.refuseGrowth(true);
      assertThatThrownBy(
              () -> {
                while (true) {
                  refs.add(dataset.transact(tx -> tx.allocate(filling)));
                }
              })
          .isInstanceOf(HeapFull.class)
          .hasMessageContaining("no room");
      for (Ref<String> ref : refs) {
        assertThat(dataset.<String>read(tx -> tx.get(ref))).isEqualTo(filling);
      }
      heap.refuseGrowth(false);
      refs.add(dataset.transact(tx -> tx.allocate(filling)));
    }
    try (Hotpot again = open(heap.afterKill())) {
      assertThat(again.recovery().clean()).isTrue();
      assertThat(again.dataset("d").stats().objects()).isEqualTo(refs.size());
    }
  }
}
