package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Exchanger;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A task is run whether the loop's thread sleeps, is about to, or has just been woken. */
@Timeout(120)
class NettyLoopTest {

  private static final int ROUNDS = 20_000;

  /** Each task is handed over at another moment of the loop's way into its sleep. */
  @Test
  void noTaskWaitsForAnother() throws Exception {
    try (NettyLoop loop = new NettyLoop("loop")) {
      SynchronousQueue<Integer> done = new SynchronousQueue<>();
      SplittableRandom random = new SplittableRandom(1);
      for (int round = 0; round < ROUNDS; round++) {
        int number = round;
        LockSupport.parkNanos(random.nextInt(100_000));
        loop.execute(() -> Thread.startVirtualThread(() -> putted(done, number)));
        assertThat(done.poll(60, TimeUnit.SECONDS)).isEqualTo(number);
      }
    }
  }

  private static void putted(SynchronousQueue<Integer> done, int number) {
    try {
      done.put(number);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void tasksOfOneThreadKeepTheirOrder() throws Exception {
    try (NettyLoop loop = new NettyLoop("loop")) {
      int threads = 4;
      List<List<Integer>> run = new ArrayList<>();
      List<Thread> started = new ArrayList<>();
      CountDownLatch all = new CountDownLatch(threads * ROUNDS);
      for (int thread = 0; thread < threads; thread++) {
        List<Integer> own = new ArrayList<>();
        run.add(own);
        started.add(
            Thread.startVirtualThread(
                () -> {
                  for (int i = 0; i < ROUNDS; i++) {
                    int number = i;
                    loop.execute(
                        () -> {
                          own.add(number);
                          all.countDown();
                        });
                  }
                }));
      }
      for (Thread thread : started) {
        thread.join();
      }
      assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
      for (List<Integer> own : run) {
        assertThat(own).isSorted().hasSize(ROUNDS);
      }
    }
  }

  @Test
  void aTimerRunsWhileTheLoopSleeps() throws Exception {
    try (NettyLoop loop = new NettyLoop("loop")) {
      Exchanger<String> done = new Exchanger<>();
      loop.after(
          20_000_000,
          () ->
              Thread.startVirtualThread(
                  () -> {
                    try {
                      done.exchange("ran");
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }));
      assertThat(done.exchange("", 60, TimeUnit.SECONDS)).isEqualTo("ran");
    }
  }
}
