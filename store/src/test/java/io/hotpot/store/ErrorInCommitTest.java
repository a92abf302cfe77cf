package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An error of the JVM in the middle of a commit: nobody waits for ever, nothing acknowledged is
 * lost.
 */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ErrorInCommitTest {

  private final SimHeap medium = new SimHeap(64, 0x77L, Durability.POWER);
  private final HookedHeap heap = new HookedHeap(medium);
  private Hotpot hotpot;
  private Dataset bank;
  private Ref<String> a;

  @BeforeEach
  void open() {
    hotpot = InFlightTest.open(heap);
    bank = hotpot.dataset("bank");
    a = bank.transact(tx -> tx.allocate("before"));
  }

  private void refusesWritesAndKeepsWhatWasAcknowledged() {
    assertThat(bank.<String>read(tx -> tx.get(a))).isEqualTo("before");
    assertThatThrownBy(() -> bank.run(tx -> tx.allocate("more")))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("open it again");
    try (Hotpot opened = InFlightTest.open(medium.afterKill())) {
      assertThat(opened.recovery().damages()).isEmpty();
      assertThat(opened.dataset("bank").<String>read(tx -> tx.get(a))).isIn("before", "after");
    }
  }

  @Test
  void whileItIsAppended() {
    heap.failNextStore(new StackOverflowError("for the test"));
    assertThatThrownBy(() -> bank.run(tx -> tx.put(a, "after")))
        .isInstanceOf(StackOverflowError.class);
    refusesWritesAndKeepsWhatWasAcknowledged();
  }

  @Test
  void whileItIsMadeDurable() {
    heap.duringNextDrain(
        () -> {
          throw new StackOverflowError("for the test");
        });
    assertThatThrownBy(() -> bank.run(tx -> tx.put(a, "after")))
        .isInstanceOf(CommitOutcomeUnknown.class)
        .hasMessageContaining("StackOverflowError");
    refusesWritesAndKeepsWhatWasAcknowledged();
  }

  @Test
  void theBatchAfterOneThatCouldNotBeWrittenTakesItsPlace() {
    Partition partition = hotpot.partitionOf(bank);
    heap.failNextStore(new StackOverflowError("for the test"));
    assertThatThrownBy(() -> partition.appendMark(0)).isInstanceOf(StackOverflowError.class);
    Ref<String> later = bank.transact(tx -> tx.allocate("later"));
    try (Hotpot opened = InFlightTest.open(medium.afterKill())) {
      assertThat(opened.recovery().damages()).isEmpty();
      assertThat(opened.dataset("bank").<String>read(tx -> tx.get(later))).isEqualTo("later");
    }
  }

  /**
   * A commit over three datasets, one of them by several batches, cut short at each of its stores:
   * each half that has reached the medium lists the others, so recovery finds it whole or drops it.
   */
  @ParameterizedTest
  @EnumSource(Durability.class)
  void betweenTheAppendsToSeveralDatasets(Durability durability) {
    int cutShort = 0;
    boolean whole = false;
    for (int stores = 0; !whole; stores++) {
      whole = !cutShortAfter(stores, durability);
      cutShort += whole ? 0 : 1;
    }
    assertThat(cutShort).as("stores of the commit").isGreaterThanOrEqualTo(3);
  }

  private static boolean cutShortAfter(int stores, Durability durability) {
    SimHeap medium = new SimHeap(64, 0x77L, Durability.POWER);
    HookedHeap heap = new HookedHeap(medium);
    HotpotOptions options =
        HotpotOptions.defaults().withBackground(false).withDurability(durability);
    long[] now = {1_700_000_000_000L};
    Hotpot hotpot = Hotpot.open(heap, options, SystemSeams.dated(() -> now[0]++));
    List<Ref<String>> refs = new ArrayList<>();
    for (String name : List.of("one", "two", "three")) {
      refs.add(hotpot.dataset(name).transact(tx -> tx.allocate("before")));
    }
    String large = "after" + "x".repeat(2 << 20);
    heap.failStoreAfter(stores, new OutOfMemoryError("for the test"));
    boolean failed = false;
    try {
      hotpot.run(
          tx -> {
            refs.forEach(ref -> tx.put(ref, large));
            tx.allocate(hotpot.dataset("two"), large);
            tx.allocate(hotpot.dataset("two"), large);
          });
    } catch (OutOfMemoryError expected) {
      failed = true;
    }
    assertThat(failed).isNotEqualTo(heap.failNoMore());
    if (failed) {
      assertThatThrownBy(() -> hotpot.run(tx -> tx.put(refs.getFirst(), "more")))
          .isInstanceOf(CorruptException.class);
      for (Ref<String> ref : refs) {
        assertThat(hotpot.<String>read(tx -> tx.get(ref))).isEqualTo("before");
      }
    }
    List<SimHeap> images = new ArrayList<>(List.of(medium.afterKill()));
    if (durability == Durability.POWER) {
      images.add(medium.afterPowerLoss(new SplittableRandom(stores)));
    }
    for (SimHeap image : images) {
      try (Hotpot opened = InFlightTest.open(image)) {
        assertThat(opened.recovery().damages()).isEmpty();
        assertThat(refs.stream().map(ref -> opened.<String>read(tx -> tx.get(ref))).distinct())
            .as("after " + stores + " stores")
            .hasSize(1)
            .isSubsetOf("before", large);
      }
    }
    hotpot.close();
    try (Hotpot opened = InFlightTest.open(medium.afterKill())) {
      assertThat(refs.stream().map(ref -> opened.<String>read(tx -> tx.get(ref))).distinct())
          .as("after " + stores + " stores, closed")
          .containsExactly(failed ? "before" : large);
    }
    return failed;
  }
}
