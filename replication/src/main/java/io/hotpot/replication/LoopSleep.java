package io.hotpot.replication;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Whether a loop's thread sleeps in its selector, and how it is woken. Netty's own way costs a
 * system call for each task while the thread is awake, and two when it sleeps: a flag that is
 * lowered only before the next sleep, and then wakes the selector once more.
 *
 * <p>Thread-safety: {@link #wake} from any thread, after the task was put into the loop's queue;
 * {@link #begins} and {@link #ends} on the loop. The loop looks at its queue after {@link #begins},
 * the other thread at this flag after it has put its task there: one of the two sees the other.
 */
final class LoopSleep {

  private final AtomicBoolean isAsleep = new AtomicBoolean();
  private volatile @Nullable Selector selector;

  /** The system's provider, whose selector this remembers. */
  SelectorProvider provider() {
    return new Provider(SelectorProvider.provider());
  }

  /** The thread is about to sleep, unless its queue has something by now. */
  void begins() {
    isAsleep.set(true);
  }

  void ends() {
    if (isAsleep.getPlain()) {
      isAsleep.set(false);
    }
  }

  /** Wakes the thread if it sleeps. */
  void wake() {
    Selector opened = selector;
    if (isAsleep.get() && isAsleep.compareAndSet(true, false) && opened != null) {
      opened.wakeup();
    }
  }

  private final class Provider extends SelectorProvider {

    private final SelectorProvider system;

    Provider(SelectorProvider system) {
      this.system = system;
    }

    @Override
    public AbstractSelector openSelector() throws IOException {
      AbstractSelector opened = system.openSelector();
      selector = opened;
      return opened;
    }

    @Override
    public DatagramChannel openDatagramChannel() throws IOException {
      return system.openDatagramChannel();
    }

    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
      return system.openDatagramChannel(family);
    }

    @Override
    public Pipe openPipe() throws IOException {
      return system.openPipe();
    }

    @Override
    public ServerSocketChannel openServerSocketChannel() throws IOException {
      return system.openServerSocketChannel();
    }

    @Override
    public SocketChannel openSocketChannel() throws IOException {
      return system.openSocketChannel();
    }
  }
}
