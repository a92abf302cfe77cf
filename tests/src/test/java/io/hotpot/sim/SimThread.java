package io.hotpot.sim;

import java.lang.reflect.Constructor;
import java.util.concurrent.Executor;

/**
 * A virtual thread and its scheduler: what the JVM asks to be run goes to the simulation, which
 * runs it when it is this thread's turn.
 */
final class SimThread implements Executor {

  private static final Constructor<?> BUILDER = builder();

  final int number;
  final SimNode node;
  final String name;

  /** Keeps the simulation from ending. */
  final boolean works;

  final Thread thread;
  private Runnable next;

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
    next = continuation;
    node.ready(this);
  }

  /** Runs the thread until it blocks, yields or ends. */
  void step() {
    Runnable continuation = next;
    next = null;
    continuation.run();
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
