package io.hotpot.sim;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A virtual thread and its scheduler: what the JVM asks to be run goes to the simulation, which
 * runs it when it is this thread's turn.
 *
 * <p>A monitor of the JDK's may be held by a real thread of the JVM, such as the one that cleans up
 * after collected objects. Whoever meets it there waits in the middle of its step, in real time: no
 * other one runs meanwhile, and so it leaves no trace.
 */
final class SimThread implements Executor {

  private static final Constructor<?> BUILDER = builder();
  private static final Field STATE = field("state");
  private static final int BLOCKED = constant("BLOCKED");
  private static final int UNBLOCKED = constant("UNBLOCKED");

  /** A real thread holds a monitor for microseconds; a simulated one may hold it for ever. */
  private static final long MONITOR_LIMIT_S = 20;

  final int number;
  final SimNode node;
  final String name;

  /** Keeps the simulation from ending. */
  final boolean works;

  final Thread thread;
  private Runnable next;

  /** Filled by the JVM's thread that tells who waits for a monitor. */
  private final BlockingQueue<Runnable> atMonitor = new LinkedBlockingQueue<>();

  SimThread(int number, SimNode node, String name, boolean works, Runnable task) {
    this.number = number;
    this.node = node;
    this.name = name;
    this.works = works;
    try {
      Thread.Builder builder = (Thread.Builder) BUILDER.newInstance(this);
      thread = builder.name(node + "/" + name).unstarted(() -> run(task));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("no virtual thread with a scheduler of its own", e);
    }
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      node.simulation.fail(this, e);
    } finally {
      node.ended(this);
    }
  }

  /** Called by the JVM when the thread can go on: it was started, woken, or has yielded. */
  @Override
  public void execute(Runnable continuation) {
    if (state() == UNBLOCKED) {
      atMonitor.add(continuation);
      return;
    }
    next = continuation;
    node.ready(this);
  }

  /** Runs the thread until it blocks, yields or ends. */
  void step() {
    Runnable continuation = next;
    next = null;
    continuation.run();
    for (int state = state(); state == BLOCKED || state == UNBLOCKED; state = state()) {
      goOnBehindMonitor();
    }
  }

  private void goOnBehindMonitor() {
    try {
      Runnable continuation = atMonitor.poll(MONITOR_LIMIT_S, TimeUnit.SECONDS);
      if (continuation == null) {
        throw new IllegalStateException(
            name + " waits for a monitor, which another simulated thread must hold");
      }
      continuation.run();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts a simulation", e);
    }
  }

  private int state() {
    try {
      return STATE.getInt(thread);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int constant(String name) {
    try {
      return field(name).getInt(null);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Field field(String name) {
    try {
      Field field = Class.forName("java.lang.VirtualThread").getDeclaredField(name);
      field.setAccessible(true);
      return field;
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IllegalStateException(
          "the simulation needs JDK 25 and --add-opens java.base/java.lang=ALL-UNNAMED", e);
    }
  }

  /** Not public in the JDK: needs {@code --add-opens java.base/java.lang=ALL-UNNAMED}. */
  private static Constructor<?> builder() {
    try {
      Constructor<?> constructor =
          Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
              .getDeclaredConstructor(Executor.class);
      constructor.setAccessible(true);
      return constructor;
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IllegalStateException(
          "the simulation needs JDK 25 and --add-opens java.base/java.lang=ALL-UNNAMED", e);
    }
  }
}
