package io.hotpot.store;

import io.hotpot.store.spi.Threads;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Threads of the operating system, and the JVM's ways to wait. Thread-safety: stateless. */
final class SystemThreads implements Threads {

  /** A hand-over takes less; then a processor may be missing, and parking frees one. */
  private static final int SPINS = 100;

  private static final long PAUSE_NS = 20_000;

  @Override
  public Thread start(String name, Runnable task) {
    return Thread.ofPlatform().daemon().name(name).start(task);
  }

  /**
   * Parks rather than yields: the one waited for may be a virtual thread that needs the same
   * carrier, and a virtual thread that yields may come back before one that was started.
   */
  @Override
  public void pause(int round) {
    if (round < SPINS) {
      Thread.onSpinWait();
    } else {
      park(this, PAUSE_NS);
    }
  }

  @Override
  public void park(Object blocker) {
    LockSupport.park(blocker);
  }

  @Override
  public void park(Object blocker, long ns) {
    boolean interrupted = Thread.interrupted();
    if (interrupted) {
      // Uses up the permit to go on that every interrupt leaves.
      LockSupport.parkNanos(1);
    }
    LockSupport.parkNanos(blocker, ns);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void unpark(Thread thread) {
    LockSupport.unpark(thread);
  }

  @Override
  public void forAll(List<? extends Runnable> tasks) {
    tasks.parallelStream().forEach(Runnable::run);
  }
}
