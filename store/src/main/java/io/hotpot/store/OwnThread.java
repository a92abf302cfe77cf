package io.hotpot.store;

import io.hotpot.store.spi.Threads;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * Runs work that must not be interrupted in a thread of its own: an interrupt of a thread that
 * writes through a {@link java.nio.channels.FileChannel} closes the channel, and with it the store;
 * and native code wants no virtual thread. The caller waits, and stays interrupted if it was.
 */
final class OwnThread {

  private OwnThread() {}

  static <T> T call(Threads threads, String name, Supplier<T> work) {
    FutureTask<T> task = new FutureTask<>(work::get);
    threads.start(name, task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          Throwable cause = e.getCause();
          if (cause instanceof RuntimeException failure) {
            throw failure;
          }
          if (cause instanceof Error failure) {
            throw failure;
          }
          throw new IllegalStateException(e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
