package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits for another thread lets it run. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SystemThreadsTest {

  private static final SystemThreads THREADS = new SystemThreads();

  @Test
  void interruptedVirtualThreadsLetTheOneRunThatTheyWaitFor() throws InterruptedException {
    AtomicBoolean done = new AtomicBoolean();
    List<Thread> waiting = new ArrayList<>();
    try {
      for (int i = 0; i < 4 * Runtime.getRuntime().availableProcessors(); i++) {
        waiting.add(Thread.ofVirtual().start(() -> waitInterrupted(done)));
      }
      Thread.ofVirtual().start(() -> done.set(true)).join();
      for (Thread thread : waiting) {
        thread.join();
      }
      assertThat(done).isTrue();
    } finally {
      done.set(true);
    }
  }

  private static void waitInterrupted(AtomicBoolean done) {
    Thread.currentThread().interrupt();
    for (int round = 0; !done.get(); round++) {
      THREADS.pause(round);
    }
  }
}
