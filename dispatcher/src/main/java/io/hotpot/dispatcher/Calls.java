package io.hotpot.dispatcher;

import io.hotpot.replication.NodeLoop;
import io.hotpot.store.HotpotException;
import io.hotpot.store.StoreClosed;
import io.hotpot.store.spi.Threads;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Threads of the application that wait for something that the node's loop does. An interrupt does
 * not end the wait, unless it is said so; the store's closing does.
 *
 * <p>Thread-safety: all methods from any thread; {@link #call} not from the loop, which it would
 * wait for.
 */
final class Calls {

  /** How long a thread sleeps at most before it looks again by itself. */
  private static final long LOOK_NS = 1_000_000_000L;

  /** How late an interrupt may be noticed. */
  private static final long INTERRUPT_NS = 100_000_000L;

  /**
   * One waiting thread. The first end counts.
   *
   * <p>Thread-safety: from any thread.
   */
  static final class Call<T> {
    private final Threads threads;
    private final Thread waiter = Thread.currentThread();
    private final AtomicReference<@Nullable End<T>> end = new AtomicReference<>();

    private Call(Threads threads) {
      this.threads = threads;
    }

    void complete(T value) {
      finish(new End.Result<>(value));
    }

    void fail(HotpotException reason) {
      finish(new End.Failure<>(reason));
    }

    private void finish(End<T> how) {
      if (end.compareAndSet(null, how)) {
        threads.unpark(waiter);
      }
    }
  }

  private sealed interface End<T> {
    record Result<T>(T value) implements End<T> {}

    record Failure<T>(HotpotException reason) implements End<T> {}
  }

  private final Threads threads;
  private final NodeLoop loop;

  /** By number, so that a simulated node ends them in the same order again. */
  private final Map<Long, Call<?>> open = new ConcurrentSkipListMap<>();

  private final AtomicLong made = new AtomicLong();
  private volatile boolean isClosed;

  Calls(Threads threads, NodeLoop loop) {
    this.threads = threads;
    this.loop = loop;
  }

  /**
   * Waits for an answer.
   *
   * @param start run on the loop; ends the call, at once or later
   * @param patienceNs how long to wait before {@code givenUp}
   * @param givenUp run on the loop; ends the call at once
   * @throws HotpotException as the call was ended with, or {@link StoreClosed}
   */
  <T> T call(Consumer<Call<T>> start, long patienceNs, Consumer<Call<T>> givenUp) {
    return await(start, patienceNs, givenUp, false);
  }

  /**
   * As {@link #call}; an interrupt gives up, too, within {@link #INTERRUPT_NS}.
   *
   * @throws InterruptedException if the call ended with false after an interrupt
   */
  boolean callInterruptibly(
      Consumer<Call<Boolean>> start, long patienceNs, Consumer<Call<Boolean>> givenUp)
      throws InterruptedException {
    boolean result = await(start, patienceNs, givenUp, true);
    if (!result && Thread.interrupted()) {
      throw new InterruptedException();
    }
    return result;
  }

  private <T> T await(
      Consumer<Call<T>> start, long patienceNs, Consumer<Call<T>> givenUp, boolean byInterrupt) {
    long lookNs = byInterrupt ? INTERRUPT_NS : LOOK_NS;
    if (loop.isCurrent()) {
      throw new IllegalStateException("the node's loop would wait for itself");
    }
    Call<T> call = new Call<>(threads);
    long number = made.incrementAndGet();
    open.put(number, call);
    try {
      if (isClosed) {
        throw new StoreClosed("the store was closed");
      }
      long beganNs = loop.bootNs();
      loop.execute(() -> start.accept(call));
      boolean isGivenUp = false;
      End<T> end = call.end.get();
      while (end == null) {
        long leftNs = isGivenUp ? lookNs : patienceNs - (loop.bootNs() - beganNs);
        threads.park(call, Math.clamp(leftNs, 1, lookNs));
        boolean isOver =
            loop.bootNs() - beganNs >= patienceNs
                || (byInterrupt && Thread.currentThread().isInterrupted());
        if (isOver && !isGivenUp) {
          isGivenUp = true;
          loop.execute(() -> givenUp.accept(call));
        }
        end = call.end.get();
      }
      return switch (end) {
        case End.Result<T> result -> result.value();
        case End.Failure<T> failure -> throw failure.reason();
      };
    } finally {
      open.remove(number);
    }
  }

  /** Whoever waits or will wait is told that the store was closed. */
  void close() {
    isClosed = true;
    for (Call<?> call : open.values()) {
      call.fail(new StoreClosed("the store was closed while it waited for another node"));
    }
  }
}
