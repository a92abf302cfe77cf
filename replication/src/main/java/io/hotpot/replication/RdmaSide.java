package io.hotpot.replication;

import io.hotpot.replication.rdma.QueuePair;
import io.hotpot.replication.rdma.RdmaDevice;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What the sessions of a node share of RDMA: the device, the offers that wait for their queue pair,
 * and the queue pairs that have not said yet which session they are for.
 *
 * <p>Thread-safety: confined to the loop, but for what the device tells.
 */
final class RdmaSide implements RdmaDevice.Arrivals {

  /** Queue pairs that have not claimed a session; more are rejected. */
  static final int MAX_UNCLAIMED = 64;

  /** 16 bytes that nobody could foresee. */
  record Token(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Token(byte[] theirs) && Arrays.equals(bytes, theirs);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
      return "Token[...]";
    }
  }

  /** What the other end needs to claim a session. */
  record Offer(InetSocketAddress address, Token token) {}

  private final NettyLoop loop;
  private final @Nullable RdmaDevice device;
  private final boolean isDemanded;
  private final Duration limit;
  private final SecureRandom random;
  private final Map<Token, Switchover> offers = new HashMap<>();
  private final Set<RdmaWire> wires = new LinkedHashSet<>();
  private @Nullable String obstacle;

  // Read by the device's thread.
  private final AtomicInteger offered = new AtomicInteger();
  private final AtomicInteger unclaimed = new AtomicInteger();

  private RdmaSide(
      NettyLoop loop,
      @Nullable RdmaDevice device,
      @Nullable String obstacle,
      boolean isDemanded,
      Duration limit,
      SecureRandom random) {
    this.loop = loop;
    this.device = device;
    this.obstacle = obstacle;
    this.isDemanded = isDemanded;
    this.limit = limit;
    this.random = random;
  }

  /**
   * @param isDemanded sessions that stay on TCP end
   * @param limit of the time that it may take to set RDMA up for a session
   */
  static RdmaSide with(
      NettyLoop loop, RdmaDevice device, boolean isDemanded, Duration limit, SecureRandom random) {
    RdmaSide side = new RdmaSide(loop, device, null, isDemanded, limit, random);
    device.listen(side);
    return side;
  }

  /** No session uses RDMA. */
  static RdmaSide without(NettyLoop loop, String obstacle, Duration limit, SecureRandom random) {
    return new RdmaSide(loop, null, obstacle, false, limit, random);
  }

  /** Why no session uses RDMA; null: they may. */
  @Nullable String obstacle() {
    return obstacle;
  }

  boolean isDemanded() {
    return isDemanded;
  }

  Duration limit() {
    return limit;
  }

  // Offers.

  /** Only where there is no {@link #obstacle}. */
  Offer offer(Switchover session) {
    byte[] token = new byte[Switchover.TOKEN];
    random.nextBytes(token);
    Offer offer = new Offer(present().address(), new Token(token));
    offers.put(offer.token, session);
    offered.set(offers.size());
    return offer;
  }

  void withdraw(Offer offer) {
    offers.remove(offer.token);
    offered.set(offers.size());
  }

  private RdmaDevice present() {
    if (device == null) {
      throw new IllegalStateException("no RDMA: " + obstacle);
    }
    return device;
  }

  /** Connects a queue pair; the outcome is told on the loop. */
  void connect(byte[] address, int port, RdmaDevice.Dialled dialled) {
    InetSocketAddress to;
    try {
      to = new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not four bytes", e);
    }
    present()
        .connect(
            to,
            new RdmaDevice.Dialled() {
              @Override
              public void connected(QueuePair pair) {
                handOver(pair, () -> dialled.connected(pair));
              }

              @Override
              public void failed(String reason) {
                loop.execute(() -> dialled.failed(reason));
              }
            });
  }

  /** A queue pair comes to the loop; if that does not run any more, it is destroyed. */
  private void handOver(QueuePair pair, Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      pair.destroy();
    }
  }

  /** Lets the loop take what comes by a queue pair. */
  RdmaWire open(QueuePair pair, RdmaWire.Host host) {
    RdmaWire wire = new RdmaWire(pair, host);
    NettyLoop.Watch watch;
    try {
      watch = loop.watch(wire);
    } catch (RuntimeException e) {
      pair.destroy();
      throw e;
    }
    wires.add(wire);
    wire.whenClosed(
        () -> {
          watch.stop();
          wires.remove(wire);
        });
    return wire;
  }

  // What the device tells, on its thread.

  @Override
  public boolean areWelcome() {
    return offered.get() > 0 && unclaimed.get() < MAX_UNCLAIMED;
  }

  @Override
  public void arrived(QueuePair pair) {
    handOver(pair, () -> new Claim().begin(pair));
  }

  @Override
  public void removed(String reason) {
    loop.execute(
        () -> {
          obstacle = reason;
          List.copyOf(wires).forEach(wire -> wire.fail(reason));
        });
  }

  /** A queue pair that has not said yet which session it is for. */
  private final class Claim implements RdmaWire.Host {

    private NodeLoop.@Nullable Timer timer;
    private boolean isOver;

    void begin(QueuePair pair) {
      if (obstacle != null || unclaimed.get() >= MAX_UNCLAIMED) {
        pair.destroy();
        return;
      }
      unclaimed.incrementAndGet();
      RdmaWire wire = open(pair, this);
      timer = loop.after(limit.toNanos(), () -> over(wire));
    }

    private void over(@Nullable RdmaWire toBeClosed) {
      if (isOver) {
        return;
      }
      isOver = true;
      unclaimed.decrementAndGet();
      if (timer != null) {
        timer.cancel();
      }
      if (toBeClosed != null) {
        toBeClosed.close("it claimed no session");
      }
    }

    @Override
    public void opened(RdmaWire wire, int type, ByteBuf in, int lengthBytes) {
      byte[] token = new byte[Switchover.TOKEN];
      Switchover session = null;
      if (type == Frame.CLAIM && lengthBytes == token.length) {
        in.getBytes(in.readerIndex(), token);
        session = offers.remove(new Token(token));
        offered.set(offers.size());
      }
      over(session == null ? wire : null);
      if (session != null) {
        session.claimed(wire);
      }
    }

    @Override
    public void frame(int type, ByteBuf in, int lengthBytes) {
      throw new MalformedMessage("a frame of type " + type + " came before the claim's answer");
    }

    @Override
    public void flush() {
      // Nothing is sent before the claim.
    }

    @Override
    public void broken(RdmaWire wire, String reason) {
      over(wire);
    }
  }

  /** Closes what is left of queue pairs, and takes no more. On the loop. */
  void end(String reason) {
    obstacle = reason;
    List.copyOf(wires).forEach(wire -> wire.close(reason));
  }

  /** After {@link #end}. Not from the loop. */
  void close() {
    if (device != null) {
      device.close();
    }
  }

  @Nullable RdmaDevice device() {
    return device;
  }
}
