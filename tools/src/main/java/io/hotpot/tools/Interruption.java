package io.hotpot.tools;

import java.util.concurrent.CountDownLatch;

/**
 * Lets a command end its work in order when it is interrupted (Ctrl-C, SIGTERM): the JVM waits
 * until it is closed. The exit code is that of the signal.
 */
public final class Interruption implements AutoCloseable {

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean requested;

  private Interruption(Runnable onInterrupt) {
    this.hook =
        Thread.ofPlatform()
            .name("hotpot-interruption")
            .unstarted(
                () -> {
                  requested = true;
                  onInterrupt.run();
                  awaitEnd();
                });
  }

  /** Watches until it is closed. */
  public static Interruption watch() {
    return watch(() -> {});
  }

  /**
   * Watches until it is closed.
   *
   * @param onInterrupt runs at once, in a thread of its own, beside the work
   */
  public static Interruption watch(Runnable onInterrupt) {
    Interruption interruption = new Interruption(onInterrupt);
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  private void awaitEnd() {
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the work should end. */
  public boolean isRequested() {
    return requested;
  }

  /**
   * Ends the work if that was asked for.
   *
   * @param consequence what is left, for the user
   * @throws Failure if so
   */
  public void check(String consequence) {
    if (requested) {
      throw new Failure(ExitCode.PROBLEM, "interrupted; " + consequence);
    }
  }

  @Override
  public void close() {
    ended.countDown();
    if (!requested) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The JVM has begun to go down just now: the hook finds nothing to wait for.
      }
    }
  }
}
