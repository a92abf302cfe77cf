package io.hotpot.replication;

import io.hotpot.replication.rdma.QueuePair;
import io.hotpot.replication.rdma.RdmaDevice;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * How one end of a session that began over TCP comes to be carried by a queue pair, or stays
 * (docs/RDMA.md). The acceptor offers, the dialler connects and claims; the dialler switches when
 * it heard that its claim is good, the acceptor when it heard the dialler switch. So either both
 * stay on TCP or both switch; an end that can do neither ends the session.
 *
 * <p>Thread-safety: confined to the loop, but for {@link #carrier}.
 */
final class Switchover implements RdmaWire.Host {

  private enum State {
    /** The dialler has heard neither an offer nor that there is none. */
    AWAITING_OFFER,
    /** The acceptor waits for a queue pair that claims the session. */
    OFFERED,
    /** The dialler's queue pair is being connected. */
    CONNECTING,
    /** The dialler has claimed the session. */
    CLAIMING,
    /** The acceptor has said that the claim is good. */
    CLAIMED,
    /** The dialler sends by the queue pair, and waits until the acceptor does. */
    SWITCHING,
    /** The queue pair carries the session, both ways. */
    SWITCHED,
    /** TCP carries the session to its end. */
    STAYED
  }

  /** The end of the session. */
  interface Host {
    /** Writes a frame by TCP. */
    void write(int type, byte[] payload);

    /**
     * A frame came by the queue pair.
     *
     * @throws MalformedMessage if it is none of a message
     */
    void message(int type, ByteBuf in, int length);

    /** Sends what waits. */
    void flush();

    void end(String reason);
  }

  static final int TOKEN = 16;
  private static final int ADDRESS = 4;
  private static final int OFFER = ADDRESS + 2 + TOKEN;

  private final Host host;
  private final RdmaSide side;
  private final NodeLoop loop;
  private State state = State.AWAITING_OFFER;
  private volatile Fabric.Carrier carrier =
      new Fabric.Carrier(Fabric.Carriage.TCP, "RDMA is being set up");
  private RdmaSide.@Nullable Offer offer;
  private @Nullable RdmaWire wire;
  private NodeLoop.@Nullable Timer timer;
  private boolean isClosed;

  Switchover(Host host, RdmaSide side, NodeLoop loop) {
    this.host = host;
    this.side = side;
    this.loop = loop;
  }

  /** What carries the session, and why. From any thread. */
  Fabric.Carrier carrier() {
    return carrier;
  }

  /** The wire, once this end sends by it. */
  @Nullable RdmaWire sending() {
    return state == State.SWITCHING || state == State.SWITCHED ? wire : null;
  }

  /** Whether the other end may still send messages by TCP. */
  boolean isHeardByTcp() {
    return state != State.SWITCHED;
  }

  /** The session has begun. */
  void begin(boolean isDialler) {
    timer =
        loop.after(
            side.limit().toNanos(),
            () -> stay("to set RDMA up took longer than " + side.limit(), true));
    if (isDialler) {
      return;
    }
    String obstacle = side.obstacle();
    if (obstacle != null) {
      stay(obstacle, true);
      return;
    }
    RdmaSide.Offer made = side.offer(this);
    offer = made;
    state = State.OFFERED;
    host.write(Frame.OFFER, encode(made));
  }

  private static byte[] encode(RdmaSide.Offer made) {
    InetSocketAddress address = made.address();
    byte[] bytes = new byte[OFFER];
    System.arraycopy(address.getAddress().getAddress(), 0, bytes, 0, ADDRESS);
    bytes[ADDRESS] = (byte) address.getPort();
    bytes[ADDRESS + 1] = (byte) (address.getPort() >> 8);
    System.arraycopy(made.token().bytes(), 0, bytes, ADDRESS + 2, TOKEN);
    return bytes;
  }

  // What the other end says by TCP.

  /**
   * A frame of this kind came by TCP.
   *
   * @throws MalformedMessage if it was not its turn
   */
  void heard(int type, ByteBuf in, int length) {
    switch (type) {
      case Frame.OFFER -> offered(in, length);
      case Frame.DECLINE -> declined(in, length);
      case Frame.SWITCH -> switched(length);
      default -> throw new MalformedMessage("a frame is of type " + type);
    }
  }

  private void offered(ByteBuf in, int length) {
    if (state != State.AWAITING_OFFER) {
      throw new MalformedMessage("RDMA was offered in the state " + state);
    }
    if (length != OFFER) {
      throw new MalformedMessage("an offer has " + length + " bytes");
    }
    byte[] address = new byte[ADDRESS];
    in.readBytes(address);
    int port = in.readUnsignedShortLE();
    byte[] token = new byte[TOKEN];
    in.readBytes(token);
    String obstacle = side.obstacle();
    if (obstacle != null) {
      stay(obstacle, true);
      return;
    }
    state = State.CONNECTING;
    side.connect(address, port, new Dialling(token));
  }

  /** Told on the loop, like all of this. */
  private final class Dialling implements RdmaDevice.Dialled {
    private final byte[] token;

    Dialling(byte[] token) {
      this.token = token;
    }

    @Override
    public void connected(QueuePair pair) {
      if (state != State.CONNECTING || isClosed) {
        pair.destroy();
        return;
      }
      state = State.CLAIMING;
      RdmaWire made = side.open(pair, Switchover.this);
      wire = made;
      made.say(Frame.CLAIM, token);
    }

    @Override
    public void failed(String why) {
      if (state == State.CONNECTING) {
        stay("no queue pair: " + why, true);
      }
    }
  }

  private void declined(ByteBuf in, int length) {
    String why =
        in.toString(in.readerIndex(), Math.min(length, Bounds.SENTENCE), StandardCharsets.UTF_8);
    switch (state) {
      case AWAITING_OFFER, OFFERED, CONNECTING, CLAIMING, CLAIMED ->
          stay("the other end: " + why, false);
      case STAYED -> {
        // Both gave up.
      }
      case SWITCHING -> host.end("the other end gave RDMA up: " + why);
      case SWITCHED -> throw new MalformedMessage("RDMA was declined in the state " + state);
    }
  }

  private void switched(int length) {
    RdmaWire present = wire;
    if (length != 0) {
      throw new MalformedMessage("a switch has a payload");
    }
    if (state == State.STAYED) {
      host.end("the other end uses RDMA, and this one gave it up: " + carrier.reason());
      return;
    }
    if ((state != State.CLAIMED && state != State.SWITCHING) || present == null) {
      throw new MalformedMessage("the other end switched in the state " + state);
    }
    boolean isToBeTold = state == State.CLAIMED;
    // First of all: to write may make room, and what waits for it must not go by TCP any more.
    state = State.SWITCHED;
    if (isToBeTold) {
      host.write(Frame.SWITCH, new byte[0]);
    }
    carrier = new Fabric.Carrier(Fabric.Carriage.RDMA, "");
    cancelTimer();
    host.flush();
    present.deliver();
  }

  // What comes by the queue pair.

  /** A queue pair has named this session; it is this end's from now on. */
  void claimed(RdmaWire by) {
    offer = null;
    if (state != State.OFFERED || isClosed) {
      by.close("the session does not wait for a queue pair");
      return;
    }
    state = State.CLAIMED;
    wire = by;
    by.host(this);
    by.say(Frame.READY);
  }

  @Override
  public void opened(RdmaWire by, int type, ByteBuf in, int lengthBytes) {
    if (type != Frame.READY || lengthBytes != 0 || state != State.CLAIMING) {
      throw new MalformedMessage("a frame of type " + type + " came before the claim was answered");
    }
    state = State.SWITCHING;
    host.write(Frame.SWITCH, new byte[0]);
    host.flush();
  }

  @Override
  public void frame(int type, ByteBuf in, int lengthBytes) {
    host.message(type, in, lengthBytes);
  }

  @Override
  public void flush() {
    host.flush();
  }

  @Override
  public void broken(RdmaWire by, String why) {
    switch (state) {
      case SWITCHING, SWITCHED -> host.end("RDMA: " + why);
      case AWAITING_OFFER, OFFERED, CONNECTING, CLAIMING, CLAIMED -> stay(why, true);
      case STAYED -> {
        // It is closed already.
      }
    }
  }

  // The end.

  private void stay(String why, boolean isToBeTold) {
    if (state == State.SWITCHING) {
      host.end("RDMA: " + why);
      return;
    }
    state = State.STAYED;
    carrier = new Fabric.Carrier(Fabric.Carriage.TCP, why);
    release(why);
    if (isToBeTold) {
      host.write(Frame.DECLINE, Connection.cut(why));
    }
    if (side.isDemanded()) {
      host.end("only RDMA is wanted (fabric=rdma), and this session stays on TCP: " + why);
    }
  }

  /** The session ends. When this returns, nothing lands in this node's memory any more. */
  void close(String why) {
    isClosed = true;
    release(why);
  }

  private void release(String why) {
    cancelTimer();
    if (offer != null) {
      side.withdraw(offer);
      offer = null;
    }
    if (wire != null) {
      wire.close(why);
    }
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
