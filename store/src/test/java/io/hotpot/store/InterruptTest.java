package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Threads that are interrupted commit like others, and stay interrupted. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InterruptTest {

  @TempDir Path directory;

  @Test
  void anInterruptedThreadDoesNotCloseTheFileOfTheHeap() {
    try (Hotpot hotpot =
        Hotpot.open(
            directory.resolve("store"),
            HotpotOptions.defaults()
                .withHeap(HotpotOptions.HeapKind.MAPPED)
                .withBackground(false)
                .withMaxBytes(128L << 20))) {
      List<Dataset> datasets = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        datasets.add(hotpot.dataset("d" + i));
      }
      // Grows the heap, and makes four ranges durable at once.
      Thread.currentThread().interrupt();
      hotpot.run(tx -> datasets.forEach(d -> tx.allocate(d, "x")));
      hotpot.run(tx -> datasets.forEach(d -> tx.allocate(d, "y")));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(datasets.getLast().stats().objects()).isEqualTo(2);
    }
  }
}
