package io.hotpot.replication;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.AbstractEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A node's loop that is the event loop of its sockets too: a message is read, handled and answered
 * by one thread, without a hand-over.
 *
 * <p>Thread-safety: any thread.
 */
public final class NettyLoop implements NodeLoop, AutoCloseable {

  private final MultiThreadIoEventLoopGroup group;
  private final EventLoop loop;
  private final AbstractEventExecutor queue;
  private final LoopSleep sleep = new LoopSleep();

  /**
   * Starts the loop's thread.
   *
   * @param name of the thread
   */
  public NettyLoop(String name) {
    group =
        new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory(name, true),
            NioIoHandler.newFactory(sleep.provider(), () -> new PatientSelect(sleep)));
    loop = group.next();
    queue = (AbstractEventExecutor) loop;
  }

  EventLoop events() {
    return loop;
  }

  @Override
  public void execute(Runnable task) {
    queue.lazyExecute(task);
    sleep.wake();
  }

  /**
   * Timers run by the clock that stands still while the machine sleeps: after a sleep they are
   * late. What must not be late compares {@link #bootNs} before it believes anything.
   */
  @Override
  public Timer after(long delayNs, Runnable task) {
    Future<?> scheduled = loop.schedule(task, delayNs, TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }

  @Override
  public long bootNs() {
    return BootClock.nowNs();
  }

  @Override
  public long wallMs() {
    return System.currentTimeMillis();
  }

  @Override
  public boolean isCurrent() {
    return loop.inEventLoop();
  }

  /** Runs what was handed over, then ends the thread. Not from the loop itself. */
  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
  }
}
