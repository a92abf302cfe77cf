package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Threads of one process at the barriers of a store that stands alone. */
@Timeout(60)
class LocalBarriersTest {

  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path directory;
  private Hotpot store;

  @BeforeEach
  void open() {
    store = Hotpot.open(directory, HotpotOptions.defaults().withMaxBytes(64L << 20));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static <T> FutureTask<T> start(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofVirtual().start(task);
    return task;
  }

  private FutureTask<Boolean> arrive(String name, int parties) {
    return start(() -> store.barrier(name, parties, LONG));
  }

  @Test
  void allGoOnWhenTheLastOneArrivesAndTheNextRoundBegins() throws Exception {
    List<FutureTask<Integer>> runners = new ArrayList<>();
    int[] counted = new int[3];
    for (int i = 0; i < 3; i++) {
      int me = i;
      runners.add(
          start(
              () -> {
                for (int round = 0; round < 100; round++) {
                  counted[me]++;
                  store.barrier("round", 3);
                  for (int each : counted) {
                    assertThat(each).isEqualTo(round + 1);
                  }
                  store.barrier("seen", 3);
                }
                return counted[me];
              }));
    }
    for (FutureTask<Integer> runner : runners) {
      assertThat(runner.get()).isEqualTo(100);
    }
  }

  @Test
  void whoGivesUpHasNotArrived() throws Exception {
    assertThat(store.barrier("b", 2, Duration.ZERO)).isFalse();
    assertThat(store.barrier("b", 2, Duration.ofMillis(3))).isFalse();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> store.barrier("b", 2)).isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
    FutureTask<Boolean> one = arrive("b", 2);
    FutureTask<Boolean> two = arrive("b", 2);
    assertThat(one.get()).isTrue();
    assertThat(two.get()).isTrue();
    assertThat(store.barrier("alone", 1, Duration.ZERO)).isTrue();
  }

  @Test
  void closingEndsTheWait() {
    FutureTask<Boolean> one = arrive("b", 2);
    store.close();
    assertThatThrownBy(one::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(StoreClosed.class);
  }

  @Test
  void whatCannotBeABarrierIsRefused() throws Exception {
    FutureTask<Boolean> one = arrive("b", 2);
    // Until it has arrived, this one only waits a little for another one; or is there first.
    String refusal = "";
    while (refusal.isEmpty()) {
      if (one.isDone()) {
        one = arrive("b", 2);
      }
      try {
        store.barrier("b", 3, Duration.ofMillis(1));
      } catch (MisuseException e) {
        refusal = e.getMessage();
      }
    }
    assertThat(refusal).isEqualTo("barrier 'b' waits for 2 parties, not 3");
    store.barrier("b", 2);
    assertThat(one.get()).isTrue();
    for (int wrong : new int[] {0, 1025}) {
      assertThatThrownBy(() -> store.barrier("b", wrong)).hasMessageContaining("not " + wrong);
    }
    assertThatThrownBy(() -> store.barrier("", 1)).isInstanceOf(MisuseException.class);
    assertThatThrownBy(() -> store.barrier("n".repeat(81), 1)).hasMessageContaining("not 81");
  }
}
