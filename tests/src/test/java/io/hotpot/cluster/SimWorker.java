package io.hotpot.cluster;

import io.hotpot.sim.SimNode;
import io.hotpot.sim.Simulation;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;

/** A simulated thread of a node that may block for the medium: it runs one task after another. */
public final class SimWorker implements Executor {

  private final Simulation simulation;
  private final SimNode node;
  private final Disk disk;
  private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private final Thread thread;
  private boolean isOver;

  /** How long the medium of one machine takes; may change at any time. */
  public static final class Disk {
    private long maxNs = 50_000;
    private long extraNs;
    private boolean isUnhurried;
    private Disk of = this;

    public void takes(long maxNs) {
      this.maxNs = maxNs;
    }

    /** How much longer at least takes what nobody waits for. */
    public void unhurriedTakes(long extraNs) {
      this.extraNs = extraNs;
    }

    /** The same medium, for a thread for work that nobody waits for. */
    public Disk unhurried() {
      Disk other = new Disk();
      other.isUnhurried = true;
      other.of = this;
      return other;
    }

    private long extraNs() {
      return isUnhurried ? of.extraNs : 0;
    }
  }

  public SimWorker(Simulation simulation, SimNode node, String name, Disk disk) {
    this.simulation = simulation;
    this.node = node;
    this.disk = disk;
    this.thread = node.seams().threads().start(name, this::run);
  }

  private void run() {
    try {
      while (!isOver) {
        Runnable task = tasks.take();
        node.seams().threads().park(this, simulation.between(1, disk.of.maxNs));
        long untilNs = simulation.nowNs() + disk.extraNs();
        while (simulation.nowNs() < untilNs) {
          // Waits may end without a cause.
          node.seams().threads().park(this, untilNs - simulation.nowNs());
        }
        task.run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  /** Waits until all that it was given is done; then it does nothing more. */
  public void close() throws InterruptedException {
    tasks.add(() -> isOver = true);
    thread.join();
  }
}
