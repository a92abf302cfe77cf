package io.hotpot.replication.rdma;

import java.io.FileDescriptor;
import java.nio.channels.SelectionKey;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.SelectorProvider;
import sun.nio.ch.Net;
import sun.nio.ch.SelChImpl;
import sun.nio.ch.SelectionKeyImpl;

/**
 * A descriptor of the RDMA libraries that becomes readable, as a channel for the JDK's selectors.
 * It does not own the descriptor: who does is told when no selector knows it any more.
 *
 * <p>It needs the JVM option {@code --add-exports java.base/sun.nio.ch=ALL-UNNAMED}.
 */
final class EventChannel extends AbstractSelectableChannel implements SelChImpl {

  private final int descriptor;
  private final Runnable released;
  private boolean isReleased;

  /**
   * @param descriptor which does not block
   * @param released run once, when the channel is closed and no selector knows it; then the
   *     descriptor may be closed
   */
  EventChannel(int descriptor, Runnable released) {
    super(SelectorProvider.provider());
    this.descriptor = descriptor;
    this.released = released;
  }

  @Override
  public int validOps() {
    return SelectionKey.OP_READ;
  }

  @Override
  protected void implCloseSelectableChannel() {
    if (!isRegistered()) {
      kill();
    }
  }

  @Override
  protected void implConfigureBlocking(boolean block) {
    // It never blocks.
  }

  /** By the selector's thread, or who closes a channel that no selector knows. */
  @Override
  public void kill() {
    if (!isReleased) {
      isReleased = true;
      released.run();
    }
  }

  @Override
  public FileDescriptor getFD() {
    throw new UnsupportedOperationException("only its number is known");
  }

  @Override
  public int getFDVal() {
    return descriptor;
  }

  @Override
  public boolean translateAndUpdateReadyOps(int events, SelectionKeyImpl key) {
    return translate(events, key.nioReadyOps(), key);
  }

  @Override
  public boolean translateAndSetReadyOps(int events, SelectionKeyImpl key) {
    return translate(events, 0, key);
  }

  private static boolean translate(int events, int ready, SelectionKeyImpl key) {
    int before = key.nioReadyOps();
    boolean isReadable = (events & (Net.POLLIN | Net.POLLERR | Net.POLLHUP)) != 0;
    int now = isReadable ? ready | (key.nioInterestOps() & SelectionKey.OP_READ) : ready;
    key.nioReadyOps(now);
    return (now & ~before) != 0;
  }

  @Override
  public int translateInterestOps(int ops) {
    return (ops & SelectionKey.OP_READ) == 0 ? 0 : Net.POLLIN;
  }
}
