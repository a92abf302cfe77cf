package io.hotpot.dispatcher;

import io.hotpot.replication.NodeLoop;
import io.hotpot.store.spi.Threads;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Runs something on a node's loop and waits until it has run. */
final class OnLoop {

  private static final long LOOK_NS = 1_000_000_000L;

  private OnLoop() {}

  /**
   * Where the loop is of a real thread: not from the loop itself; what the task throws is thrown.
   */
  static void run(NodeLoop loop, Runnable task) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    loop.execute(
        () -> {
          try {
            task.run();
            done.complete(true);
          } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
          }
        });
    try {
      done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Not from the loop itself. */
  static void run(Threads threads, NodeLoop loop, Runnable task) {
    AtomicBoolean done = new AtomicBoolean();
    Thread waiter = Thread.currentThread();
    loop.execute(
        () -> {
          try {
            task.run();
          } finally {
            done.set(true);
            threads.unpark(waiter);
          }
        });
    while (!done.get()) {
      threads.park(done, LOOK_NS);
    }
  }
}
