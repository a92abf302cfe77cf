package io.hotpot.sim;

import io.hotpot.store.spi.Seams;
import java.util.ArrayList;
import java.util.List;

/**
 * One life of a simulated machine, from start to death: its threads and what they see of the world.
 * A node may stand still for a while, as in a long pause for garbage collection, while time and the
 * others go on; a killed one never does anything again, not even in a {@code finally}.
 */
public final class SimNode {

  final Simulation simulation;
  private final String name;
  private final int incarnation;
  private final SimTime time;
  private final Seams seams;
  private final List<SimThread> threads = new ArrayList<>();
  private final List<SimThread> held = new ArrayList<>();
  private final List<Runnable> whenKilled = new ArrayList<>();
  private boolean paused;
  private boolean killed;

  SimNode(Simulation simulation, String name) {
    this(simulation, name, 1, new SimTime(simulation));
  }

  private SimNode(Simulation simulation, String name, int incarnation, SimTime time) {
    this.simulation = simulation;
    this.name = name;
    this.incarnation = incarnation;
    this.time = time;
    this.seams = new Seams(time, new SimChance(simulation.random()), new SimThreads(this));
  }

  public String name() {
    return name;
  }

  /** Counted from 1. */
  public int incarnation() {
    return incarnation;
  }

  public Seams seams() {
    return seams;
  }

  /** Starts a thread that the simulation does not end without. */
  public Thread start(String threadName, Runnable task) {
    return start(threadName, true, task);
  }

  Thread start(String threadName, boolean works, Runnable task) {
    SimThread thread = simulation.thread(this, threadName, works, task);
    threads.add(thread);
    simulation.begin(thread);
    return thread.thread;
  }

  /** Lets none of the node's threads run until {@link #resume}; to be called by another node. */
  public void pause() {
    paused = true;
  }

  public void resume() {
    paused = false;
    List<SimThread> waiting = List.copyOf(held);
    held.clear();
    waiting.forEach(this::ready);
  }

  /** Ends the node's life; to be called by another node. */
  public void kill() {
    killed = true;
    threads.forEach(simulation::gone);
    threads.clear();
    held.clear();
    whenKilled.forEach(Runnable::run);
  }

  public boolean isKilled() {
    return killed;
  }

  /** The next life of a killed machine, with the same clocks. */
  public SimNode restart() {
    if (!killed) {
      throw new IllegalStateException(this + " lives");
    }
    return new SimNode(simulation, name, incarnation + 1, time);
  }

  public void whenKilled(Runnable action) {
    whenKilled.add(action);
  }

  /** What the node's clock measures as so much takes so long. */
  public long realNs(long ns) {
    return time.realNs(ns);
  }

  void ready(SimThread thread) {
    if (killed) {
      return;
    }
    if (paused) {
      held.add(thread);
    } else {
      simulation.ready(thread);
    }
  }

  /** A thread that can go on does not while the node stands still. */
  boolean holds(SimThread thread) {
    return paused && held.add(thread);
  }

  void ended(SimThread thread) {
    threads.remove(thread);
    simulation.gone(thread);
  }

  @Override
  public String toString() {
    return name + "#" + incarnation;
  }
}
