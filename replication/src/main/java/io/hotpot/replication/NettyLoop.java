package io.hotpot.replication;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.AbstractEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.nio.channels.SelectableChannel;
import java.util.concurrent.TimeUnit;

/**
 * A node's loop that is the event loop of its sockets too: a message is read, handled and answered
 * by one thread, without a hand-over.
 *
 * <p>Thread-safety: any thread.
 */
public final class NettyLoop implements NodeLoop, AutoCloseable {

  /** Something besides sockets that the loop takes work from. On the loop only. */
  interface Watched {

    /**
     * Takes what has come, but not without end.
     *
     * @return how much; 0: nothing has
     */
    int look();

    /** Makes what comes next show in {@link #events}; what came before may not. */
    void arm();

    /** Readable when something came since {@link #arm}. */
    SelectableChannel events();

    /** Takes what made {@link #events} readable. */
    void awoken();
  }

  /** Ends {@link #watch}. */
  interface Watch {
    void stop();
  }

  private final MultiThreadIoEventLoopGroup group;
  private final IoEventLoop loop;
  private final AbstractEventExecutor queue;
  private final LoopSleep sleep = new LoopSleep();
  private final Watching watching = new Watching();

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
            NioIoHandler.newFactory(sleep.provider(), () -> new PatientSelect(sleep, watching)));
    loop = group.next();
    queue = (AbstractEventExecutor) loop;
  }

  EventLoop events() {
    return loop;
  }

  /** Looks at it whenever it looks at the sockets, until that is stopped. On the loop. */
  Watch watch(Watched watched) {
    return watching.add(loop, watched);
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
