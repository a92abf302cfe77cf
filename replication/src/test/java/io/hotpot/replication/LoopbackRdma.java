package io.hotpot.replication;

import io.hotpot.replication.rdma.MemoryRegion;
import io.hotpot.replication.rdma.QueuePair;
import io.hotpot.replication.rdma.RdmaDevice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Devices that reach each other within this process, by the rules of verbs: a request is done when
 * it is posted, and a write is kept back for as long as it may be; one that finds no buffer, or
 * memory that it may not use, breaks both queue pairs.
 *
 * <p>Thread-safety: everything under one lock; calls out of it without.
 */
final class LoopbackRdma {

  private static final int BASE_PORT = 1_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Integer, Device> devices = new HashMap<>();
  private final Map<Integer, Region> regions = new HashMap<>();
  private int keys = 100;

  Device device() {
    return locked(
        () -> {
          Device device = new Device(BASE_PORT + devices.size());
          devices.put(device.port, device);
          return device;
        });
  }

  /** Two queue pairs that are connected with each other. */
  List<Pair> pairs() {
    return locked(
        () -> {
          Pair one = new Pair();
          Pair other = new Pair();
          one.other = other;
          other.other = one;
          return List.of(one, other);
        });
  }

  private <T> T locked(Supplier<T> task) {
    lock.lock();
    try {
      return task.get();
    } finally {
      lock.unlock();
    }
  }

  private void locked(Runnable task) {
    locked(
        () -> {
          task.run();
          return this;
        });
  }

  /** What becomes of connections to a device. */
  enum Answer {
    TAKE,
    REJECT,
    /** Nothing is heard of them. */
    SILENCE,
    /** They break when they are made. */
    BREAK
  }

  final class Device implements RdmaDevice {
    private final int port;
    private volatile Arrivals arrivals;
    volatile Answer answer = Answer.TAKE;
    volatile int refusesRegistrations;
    final List<Pair> made = new CopyOnWriteArrayList<>();

    /** A permit for each connection that came in. */
    final Semaphore asked = new Semaphore(0);

    Device(int port) {
      this.port = port;
    }

    @Override
    public InetSocketAddress address() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public void listen(Arrivals to) {
      arrivals = to;
    }

    @Override
    public void connect(InetSocketAddress to, Dialled dialled) {
      Device there = locked(() -> devices.get(to.getPort()));
      if (there != null) {
        there.asked.release();
      }
      if (there != null && there.answer == Answer.SILENCE) {
        return;
      }
      if (there == null || there.answer == Answer.REJECT || !there.arrivals.areWelcome()) {
        dialled.failed("it does not take the connection");
        return;
      }
      List<Pair> both = pairs();
      locked(() -> made.add(both.getFirst()));
      locked(() -> there.made.add(both.getLast()));
      if (there.answer == Answer.BREAK) {
        both.getLast().destroy();
      } else {
        there.arrivals.arrived(both.getLast());
      }
      dialled.connected(both.getFirst());
    }

    @Override
    public MemoryRegion register(MemorySegment memory, boolean remoteRead, boolean remoteWrite)
        throws IOException {
      if (refusesRegistrations != 0) {
        throw new IOException("ibv_reg_mr: refused (errno " + refusesRegistrations + ")");
      }
      return locked(
          () -> {
            Region region = new Region(memory, keys++, remoteRead, remoteWrite);
            regions.put(region.key, region);
            return region;
          });
    }

    void remove() {
      arrivals.removed("the RDMA device was removed");
    }

    @Override
    public void close() {
      locked(() -> devices.remove(port));
    }
  }

  private final class Region implements MemoryRegion {
    final MemorySegment memory;
    final int key;
    final boolean remoteRead;
    final boolean remoteWrite;

    Region(MemorySegment memory, int key, boolean remoteRead, boolean remoteWrite) {
      this.memory = memory;
      this.key = key;
      this.remoteRead = remoteRead;
      this.remoteWrite = remoteWrite;
    }

    @Override
    public long address() {
      return memory.address();
    }

    @Override
    public int lengthBytes() {
      return (int) memory.byteSize();
    }

    @Override
    public int localKey() {
      return key;
    }

    @Override
    public int remoteKey() {
      return key;
    }

    @Override
    public void close() {
      locked(() -> regions.remove(key));
    }
  }

  final class Pair implements QueuePair {
    private final ByteBuffer buffers =
        ByteBuffer.allocateDirect((RECEIVES + SLOTS) * BUFFER).order(ByteOrder.nativeOrder());
    private final Pipe pipe;
    private Pair other;
    private final Deque<Integer> ready = new ArrayDeque<>();
    private final BitSet posted = new BitSet();
    private final Deque<Consumer<Completions>> completions = new ArrayDeque<>();
    private boolean isArmed;
    private boolean isBroken;
    private boolean isDestroyed;

    /** A write that is not posted yet. */
    private @Nullable Runnable kept;

    /** Requests that were not followed by a signalled one. */
    private int unsignalled;

    int sends;
    int signals;
    int sleeps;

    Pair() {
      for (int buffer = 0; buffer < RECEIVES; buffer++) {
        ready.add(buffer);
        posted.set(buffer);
      }
      try {
        pipe = Pipe.open();
        pipe.source().configureBlocking(false);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    int readyBuffers() {
      return locked(ready::size);
    }

    boolean isDestroyed() {
      return locked(() -> isDestroyed);
    }

    @Override
    public ByteBuffer receiveBuffer(int buffer) {
      return buffers.slice(buffer * BUFFER, BUFFER).order(ByteOrder.nativeOrder());
    }

    @Override
    public ByteBuffer slotBuffer(int slot) {
      return receiveBuffer(RECEIVES + slot);
    }

    @Override
    public void postReceive(int buffer) {
      locked(
          () -> {
            if (posted.get(buffer)) {
              throw new AssertionError("buffer " + buffer + " is posted twice");
            }
            posted.set(buffer);
            ready.add(buffer);
          });
    }

    private void complete(Consumer<Completions> completion) {
      completions.add(completion);
      if (isArmed) {
        isArmed = false;
        try {
          pipe.sink().write(ByteBuffer.wrap(new byte[1]));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }

    private void breakWith(String reason) {
      if (!isBroken && !isDestroyed) {
        isBroken = true;
        complete(to -> to.failed(reason));
      }
    }

    /** Whether a request goes on to the other end. */
    private boolean begins(int slot, boolean isSignalled) {
      if (isDestroyed) {
        throw new AssertionError("a request after the end");
      }
      unsignalled = isSignalled ? 0 : unsignalled + 1;
      if (unsignalled >= SLOTS) {
        throw new AssertionError("no request would ever be known to be done");
      }
      if (isBroken) {
        return false;
      }
      if (other.isDestroyed || other.isBroken) {
        breakWith("the other end does not answer");
        return false;
      }
      return true;
    }

    private void done(int slot, boolean isSignalled) {
      if (isSignalled) {
        signals++;
        complete(to -> to.done(slot));
      }
    }

    @Override
    public void send(int slot, int lengthBytes, boolean isSignalled) {
      locked(
          () -> {
            postKept();
            if (!begins(slot, isSignalled)) {
              return;
            }
            Integer buffer = other.ready.poll();
            if (buffer == null) {
              throw new AssertionError("the other end has no buffer: credits are wrong");
            }
            other.posted.clear(buffer);
            other.receiveBuffer(buffer).put(slotBuffer(slot).limit(lengthBytes));
            other.complete(to -> to.received(buffer, lengthBytes));
            sends++;
            done(slot, isSignalled);
          });
    }

    @Override
    public void postKept() {
      locked(
          () -> {
            Runnable write = kept;
            kept = null;
            if (write != null && !isDestroyed) {
              write.run();
            }
          });
    }

    @Override
    public void write(
        int slot,
        MemoryRegion from,
        int fromOffset,
        int lengthBytes,
        long toAddress,
        int toKey,
        boolean isSignalled) {
      locked(
          () -> {
            postKept();
            kept =
                () -> postWrite(slot, from, fromOffset, lengthBytes, toAddress, toKey, isSignalled);
          });
    }

    private void postWrite(
        int slot,
        MemoryRegion from,
        int fromOffset,
        int lengthBytes,
        long toAddress,
        int toKey,
        boolean isSignalled) {
      if (!begins(slot, isSignalled)) {
        return;
      }
      Region target = regions.get(toKey);
      if (target == null
          || !target.remoteWrite
          || toAddress < target.address()
          || toAddress + lengthBytes > target.address() + target.lengthBytes()) {
        breakWith("the other end does not allow the access");
        other.breakWith("the queue pair is broken");
        return;
      }
      MemorySegment.copy(
          ((Region) from).memory,
          fromOffset,
          target.memory,
          toAddress - target.address(),
          lengthBytes);
      done(slot, isSignalled);
    }

    @Override
    public void read(int slot, long fromAddress, int fromKey, int lengthBytes) {
      locked(
          () -> {
            postKept();
            if (!begins(slot, true)) {
              return;
            }
            Region source = regions.get(fromKey);
            if (source == null
                || !source.remoteRead
                || fromAddress < source.address()
                || fromAddress + lengthBytes > source.address() + source.lengthBytes()) {
              breakWith("the other end does not allow the access");
              other.breakWith("the queue pair is broken");
              return;
            }
            MemorySegment.copy(
                source.memory,
                fromAddress - source.address(),
                MemorySegment.ofBuffer(slotBuffer(slot)),
                0,
                lengthBytes);
            done(slot, true);
          });
    }

    @Override
    public int poll(Completions to) {
      int count = 0;
      while (count < 32) {
        Consumer<Completions> next = locked(() -> isDestroyed ? null : completions.poll());
        if (next == null) {
          break;
        }
        next.accept(to);
        count++;
      }
      return count;
    }

    @Override
    public void arm() {
      locked(
          () -> {
            isArmed = true;
            sleeps++;
          });
    }

    @Override
    public SelectableChannel events() {
      return pipe.source();
    }

    @Override
    public void takeEvents() throws IOException {
      pipe.source().read(ByteBuffer.allocate(64));
    }

    @Override
    public void destroy() {
      locked(
          () -> {
            if (!isDestroyed) {
              isDestroyed = true;
              isArmed = false;
              try {
                pipe.source().close();
                pipe.sink().close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }
          });
    }

    /** The other end's machine is gone. */
    void cut() {
      locked(() -> breakWith("the other end does not answer"));
    }
  }
}
