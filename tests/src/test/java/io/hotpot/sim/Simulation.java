package io.hotpot.sim;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * One simulated run. Whoever calls {@link #run} lends its thread: step by step it chooses at random
 * among the threads that can go on, and runs that one until it blocks, yields or ends. A step takes
 * up to a microsecond of simulated time; where nobody can go on, time jumps to the next timer.
 *
 * <p>What makes a run repeatable: nothing simulated reads a real clock, draws another random number
 * or waits for a real thread. {@link #trace} differs between two runs of one seed if something did.
 *
 * <p>Confined to the thread that runs it and the simulated threads, of which one runs at a time.
 */
public final class Simulation {

  private static final int STEP_NS = 1_000;

  private record Timer(long atNs, long number, Runnable action) implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      return atNs == other.atNs
          ? Long.compare(number, other.number)
          : Long.compare(atNs, other.atNs);
    }
  }

  private final long seed;
  private final long maxSteps;
  private final SplittableRandom random;
  private final Thread real = Thread.currentThread();
  private final List<SimThread> ready = new ArrayList<>();
  private final Set<SimThread> working = new LinkedHashSet<>();
  private final Set<SimThread> alive = new LinkedHashSet<>();
  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private long nowNs;
  private long steps;
  private long timersSet;
  private int threadsMade;
  private long trace;
  private SimulationFailure failure;
  private final List<Runnable> looks = new ArrayList<>();

  /**
   * @param maxSteps a run that takes more has failed: somebody waits for what never comes
   */
  public Simulation(long seed, long maxSteps) {
    this.seed = seed;
    this.maxSteps = maxSteps;
    this.random = new SplittableRandom(seed);
  }

  /** A machine, with clocks of its own and no thread yet. */
  public SimNode node(String name) {
    return new SimNode(this, name);
  }

  /** Numbers drawn from the seed; a further source, which draws on its own. */
  public SplittableRandom random() {
    return random.split();
  }

  /**
   * Runs until every thread of {@link SimNode#start} has ended, or was killed.
   *
   * @throws SimulationFailure if one has thrown, if none can go on any more, or after too many
   *     steps
   */
  public void run() {
    while (!working.isEmpty() && failure == null) {
      while (!timers.isEmpty() && timers.peek().atNs <= nowNs) {
        fire();
      }
      if (!ready.isEmpty()) {
        step();
      } else if (!timers.isEmpty()) {
        fire();
      } else {
        failure = failure("nobody can go on, and nothing is to come" + stacks(), null);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void fire() {
    Timer timer = timers.poll();
    nowNs = Math.max(nowNs, timer.atNs);
    timer.action.run();
  }

  private void step() {
    int chosen = random.nextInt(ready.size());
    SimThread thread = ready.get(chosen);
    ready.set(chosen, ready.getLast());
    ready.removeLast();
    if (thread.node.holds(thread)) {
      return;
    }
    nowNs += random.nextInt(STEP_NS);
    mix(thread.number);
    mix(nowNs);
    if (++steps > maxSteps) {
      failure = failure("more than " + maxSteps + " steps" + stacks(), null);
      return;
    }
    thread.step();
    looks.forEach(Runnable::run);
  }

  /** Looks after each step at what has come of it; an error that it throws ends the run. */
  public void afterEachStep(Runnable look) {
    looks.add(look);
  }

  /** Runs something on the simulation's own thread, which must not block, after some time. */
  public void after(long delayNs, Runnable action) {
    timers.add(new Timer(nowNs + Math.max(0, delayNs), timersSet++, action));
  }

  /** True, with a probability of one to so many. */
  public boolean oneIn(int times) {
    return random.nextInt(times) == 0;
  }

  /** A number from {@code from} to {@code to} - 1. */
  public long between(long from, long to) {
    return random.nextLong(from, to);
  }

  /** Lets others run, now and then: a place where a thread may be interrupted by any other one. */
  public void interleave() {
    if (Thread.currentThread().isVirtual() && random.nextBoolean()) {
      Thread.yield();
    }
  }

  /** Nanoseconds since the run began, which no simulated clock shows. */
  public long nowNs() {
    return nowNs;
  }

  public long steps() {
    return steps;
  }

  /** A hash of all that was chosen and noted: the same for every run of a seed. */
  public long trace() {
    return trace;
  }

  /** Makes something observable part of the trace. */
  public void note(long what) {
    mix(what);
  }

  private void mix(long value) {
    trace = (Long.rotateLeft(trace, 17) ^ value) * 0x9E3779B97F4A7C15L;
  }

  SimThread thread(SimNode node, String name, boolean works, Runnable task) {
    return new SimThread(threadsMade++, node, name, works, task);
  }

  void begin(SimThread thread) {
    alive.add(thread);
    if (thread.works) {
      working.add(thread);
    }
    thread.thread.start();
  }

  void ready(SimThread thread) {
    if (!Thread.currentThread().isVirtual() && Thread.currentThread() != real) {
      throw new IllegalStateException(
          thread.name + " was woken by a real thread: what it waited for is not simulated");
    }
    ready.add(thread);
  }

  void gone(SimThread thread) {
    alive.remove(thread);
    working.remove(thread);
    ready.remove(thread);
  }

  void fail(SimThread thread, Throwable cause) {
    if (failure == null) {
      failure = failure(thread.thread.getName() + " has thrown " + cause, cause);
    }
  }

  private SimulationFailure failure(String what, Throwable cause) {
    return new SimulationFailure(
        "seed " + seed + ", step " + steps + ", at " + nowNs + " ns: " + what, cause);
  }

  /** Where every thread stands, for who looks at a failure. */
  public String stacks() {
    StringBuilder text = new StringBuilder();
    for (SimThread thread : alive) {
      text.append("\n\n").append(thread.thread.getName());
      text.append(ready.contains(thread) ? " (could go on)" : " (waits)");
      for (StackTraceElement element : thread.thread.getStackTrace()) {
        text.append("\n    at ").append(element);
      }
    }
    return text.append('\n').toString();
  }
}
