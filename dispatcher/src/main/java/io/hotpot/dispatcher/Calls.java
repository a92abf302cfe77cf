package io.hotpot.dispatcher;

import io.hotpot.replication.NodeLoop;
import io.hotpot.store.HotpotException;
import io.hotpot.store.StoreClosed;
import io.hotpot.store.spi.Threads;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Threads of the application that wait for something that the node's loop does. An interrupt does
 * not end the wait; the store's closing does.
 *
 * <p>Thread-safety: all methods from any thread; {@link #call} not from the loop, which it would
 * wait for.
 */
final class Calls {

  /** How long a thread sleeps at most before it looks again by itself. */
  private static final long LOOK_NS = 1_000_000_000L;

  /**
   * One waiting thread. The first end counts.
   *
   * <p>Thread-safety: from any thread.
   */
  static final class Call<T> {
    private final Threads threads;
    private final Thread waiter = Thread.currentThread();
    private volatile @Nullable T result;
    private volatile @Nullable HotpotException failure;

    private Call(Threads threads) {
      this.threads = threads;
    }

    void complete(T value) {
      if (!isDone()) {
        result = value;
        threads.unpark(waiter);
      }
    }

    void fail(HotpotException reason) {
      if (!isDone()) {
        failure = reason;
        threads.unpark(waiter);
      }
    }

    private boolean isDone() {
      return result != null || failure != null;
    }
  }

  private final Threads threads;
  private final NodeLoop loop;
  private final Set<Call<?>> open = ConcurrentHashMap.newKeySet();
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
    if (loop.isCurrent()) {
      throw new IllegalStateException("the node's loop would wait for itself");
    }
    Call<T> call = new Call<>(threads);
    open.add(call);
    try {
      if (isClosed) {
        throw new StoreClosed("the store was closed");
      }
      long beganNs = loop.bootNs();
      loop.execute(() -> start.accept(call));
      boolean isGivenUp = false;
      while (!call.isDone()) {
        threads.park(call, LOOK_NS);
        if (!isGivenUp && loop.bootNs() - beganNs >= patienceNs) {
          isGivenUp = true;
          loop.execute(() -> givenUp.accept(call));
        }
      }
    } finally {
      open.remove(call);
    }
    HotpotException failure = call.failure;
    if (failure != null) {
      throw failure;
    }
    T result = call.result;
    if (result == null) {
      throw new IllegalStateException("a call ended without a result");
    }
    return result;
  }

  /** Whoever waits or will wait is told that the store was closed. */
  void close() {
    isClosed = true;
    for (Call<?> call : open) {
      call.fail(new StoreClosed("the store was closed while it waited for another node"));
    }
  }
}
