package io.hotpot.cluster;

import io.hotpot.replication.NodeLoop;
import io.hotpot.sim.SimNode;
import io.hotpot.sim.Simulation;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A node's loop as one of its simulated threads; its timers count on the node's own boot clock,
 * which runs at a speed of its own. While the node stands still, timers go off and wait.
 */
public final class SimLoop implements NodeLoop {

  private final Simulation simulation;
  private final SimNode node;
  private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private final Thread thread;
  private boolean isOver;

  public SimLoop(Simulation simulation, SimNode node) {
    this.simulation = simulation;
    this.node = node;
    this.thread = node.seams().threads().start("loop", this::run);
  }

  private void run() {
    try {
      while (!isOver) {
        tasks.take().run();
        simulation.interleave();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  /** Cancelled or not is looked up when its turn comes. */
  private static final class Pending implements Timer, Runnable {
    private final Runnable task;
    private boolean cancelled;

    Pending(Runnable task) {
      this.task = task;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public void run() {
      if (!cancelled) {
        task.run();
      }
    }
  }

  @Override
  public Timer after(long delayNs, Runnable task) {
    Pending pending = new Pending(task);
    simulation.after(node.realNs(Math.max(0, delayNs)) + 1, () -> execute(pending));
    return pending;
  }

  @Override
  public long bootNs() {
    return node.seams().time().bootNs();
  }

  @Override
  public long wallMs() {
    return node.seams().time().wallMs();
  }

  @Override
  public boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /** Waits until all that it was given is done; then it does nothing more. */
  public void close() throws InterruptedException {
    tasks.add(() -> isOver = true);
    thread.join();
  }
}
