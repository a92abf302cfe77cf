package io.hotpot.dispatcher;

import io.hotpot.store.spi.Threads;
import java.util.List;

/** The thread of the test is the application: while it waits, the simulated cluster goes on. */
final class SteppingThreads implements Threads {

  private final World world;

  SteppingThreads(World world) {
    this.world = world;
  }

  @Override
  public void park(Object blocker, long ns) {
    if (!world.step()) {
      throw new AssertionError("waits for something that never happens: " + blocker);
    }
  }

  @Override
  public void park(Object blocker) {
    park(blocker, 1);
  }

  @Override
  public void unpark(Thread thread) {}

  @Override
  public void pause(int round) {
    park(this, 1);
  }

  @Override
  public Thread start(String name, Runnable task) {
    throw new UnsupportedOperationException("the cluster starts no thread");
  }

  @Override
  public void forAll(List<? extends Runnable> tasks) {
    tasks.forEach(Runnable::run);
  }
}
