package io.hotpot.replication.rdma;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;

/**
 * A node's RDMA device at one of its addresses: it listens for queue pairs, connects them, and
 * knows the node's registered memory.
 *
 * <p>Thread-safety: any thread. Queue pairs and failures are told on a thread of the device, which
 * must not be kept.
 */
public interface RdmaDevice extends AutoCloseable {

  /** Told of what comes to the device. */
  interface Arrivals {

    /** Whether another queue pair may be connected from outside; if not, it is rejected. */
    boolean areWelcome();

    /** Another node's dialling has made a queue pair. */
    void arrived(QueuePair pair);

    /** The device is gone, and all queue pairs with it. */
    void removed(String reason);
  }

  /** What became of a dialling; one of the two, once. */
  interface Dialled {
    void connected(QueuePair pair);

    void failed(String reason);
  }

  /** Where this device is reached by others' {@link #connect}. */
  InetSocketAddress address();

  /** Begins to take what comes. */
  void listen(Arrivals arrivals);

  /** Connects a queue pair with the device that listens there. */
  void connect(InetSocketAddress to, Dialled dialled);

  /**
   * Registers memory. It blocks as long as the device takes.
   *
   * @throws IOException as the operating system put it; its message ends with {@code (errno N)}
   */
  MemoryRegion register(MemorySegment memory, boolean remoteRead, boolean remoteWrite)
      throws IOException;

  /** Destroys what is left of queue pairs, and stops listening. */
  @Override
  void close();
}
