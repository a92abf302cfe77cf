package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
}
