package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Work that ends its transaction itself, goes on after a conflict, or reaches for what is not its.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TransactionEndTest {

  private final HookedHeap heap = new HookedHeap(64);
  private Hotpot hotpot;
  private Dataset bank;

  @BeforeEach
  void open() {
    hotpot = InFlightTest.open(heap);
    bank = hotpot.dataset("bank");
  }

  @AfterEach
  void close() {
    hotpot.close();
  }

  private String get(Ref<String> ref) {
    return bank.read(tx -> tx.get(ref));
  }

  @Test
  void whatWorkHasAbortedIsNotCommitted() {
    Ref<String> a = bank.transact(tx -> tx.allocate("before"));
    bank.run(
        tx -> {
          tx.put(a, "after");
          tx.abort();
        });
    assertThat(get(a)).isEqualTo("before");
  }

  @Test
  @SuppressWarnings("try")
  void whatWorkHasClosedIsNotCommitted() {
    Ref<String> a = bank.transact(tx -> tx.allocate("before"));
    bank.run(
        tx -> {
          try (tx) {
            tx.put(a, "after");
            tx.allocate("more");
          }
        });
    assertThat(get(a)).isEqualTo("before");
    assertThat(bank.stats().objects()).isEqualTo(1);
  }

  @Test
  void workThatSwallowsAConflictIsRunAgain() {
    Ref<Integer> x = bank.transact(tx -> tx.allocate(0));
    Ref<Integer> y = bank.transact(tx -> tx.allocate(0));
    List<Integer> attempts = new ArrayList<>();
    List<Integer> seen =
        bank.read(
            tx -> {
              int first = tx.get(x);
              if (attempts.isEmpty()) {
                bothSet(x, y);
              }
              attempts.add(first);
              int second = -1;
              for (int i = 0; i < 2; i++) {
                try {
                  second = tx.get(y);
                } catch (RuntimeException swallowed) {
                  second = -1;
                }
              }
              return List.of(first, second);
            });
    assertThat(seen).as("x and y at one moment").containsExactly(1, 1);
  }

  private void bothSet(Ref<Integer> x, Ref<Integer> y) {
    bank.run(
        tx -> {
          tx.put(x, 1);
          tx.put(y, 1);
        });
  }

  @Test
  void theObjectThatHoldsTheRootsIsNobodysToReadOrWrite() {
    Ref<String> a = bank.transact(tx -> tx.allocate("a"));
    bank.run(tx -> tx.root("a", a));
    Ref<Object> roots = Ref.parse("@1.0.0");
    assertThatThrownBy(() -> bank.read(tx -> tx.get(roots))).isInstanceOf(ObjectNotFound.class);
    assertThatThrownBy(() -> bank.run(tx -> tx.put(roots, "x"))).isInstanceOf(ObjectNotFound.class);
    assertThatThrownBy(() -> bank.run(tx -> tx.delete(roots))).isInstanceOf(ObjectNotFound.class);
    assertThatThrownBy(() -> hotpot.sizeOf(roots)).isInstanceOf(ObjectNotFound.class);
    assertThat(bank.<Ref<String>>read(tx -> tx.<String>root("a").orElseThrow())).isEqualTo(a);
  }
}
