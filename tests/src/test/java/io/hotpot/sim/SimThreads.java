package io.hotpot.sim;

import io.hotpot.store.spi.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The threads of one node; they wait in simulated time. */
final class SimThreads implements Threads {

  /** Then it sleeps, so that time goes on where all wait for it. */
  private static final int YIELDS = 3;

  private static final long PAUSE_NS = 20_000;

  /** One wait of so many ends without a cause, as it may. */
  private static final int SPURIOUS = 20;

  private final SimNode node;

  SimThreads(SimNode node) {
    this.node = node;
  }

  @Override
  public Thread start(String name, Runnable task) {
    return node.start(name, false, task);
  }

  @Override
  public void pause(int round) {
    if (round < YIELDS) {
      Thread.yield();
    } else {
      park(this, PAUSE_NS);
    }
  }

  @Override
  public void park(Object blocker) {
    if (node.simulation.oneIn(SPURIOUS)) {
      Thread.yield();
    } else {
      LockSupport.park(blocker);
    }
  }

  @Override
  public void park(Object blocker, long ns) {
    boolean interrupted = Thread.interrupted();
    Thread self = Thread.currentThread();
    boolean[] isOver = {false};
    node.simulation.after(
        node.realNs(ns),
        () -> {
          if (!isOver[0]) {
            LockSupport.unpark(self);
          }
        });
    park(blocker);
    // A timer that outlives its wait would end the next one, whose timer would outlive it: where
    // somebody looks again and again, there would be more of them with each wait that ends early.
    isOver[0] = true;
    if (interrupted) {
      self.interrupt();
    }
  }

  @Override
  public void unpark(Thread thread) {
    LockSupport.unpark(thread);
  }

  @Override
  public void forAll(List<? extends Runnable> tasks) {
    List<RuntimeException> failures = new ArrayList<>();
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < tasks.size(); i++) {
      Runnable task = tasks.get(i);
      running.add(start("part " + i, () -> runNoting(task, failures)));
    }
    for (Thread thread : running) {
      join(thread);
    }
    if (!failures.isEmpty()) {
      throw failures.getFirst();
    }
  }

  private static void runNoting(Runnable task, List<RuntimeException> failures) {
    try {
      task.run();
    } catch (RuntimeException e) {
      failures.add(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts simulated tasks", e);
    }
  }
}
