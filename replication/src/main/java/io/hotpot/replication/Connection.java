package io.hotpot.replication;

import io.hotpot.replication.Handshake.RefusedException;
import io.hotpot.replication.HandshakeMessage.Hello;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a peer: first a handshake, then a session, then nothing. Frames are handled as
 * they are read, by the loop that reads them; so nothing that was read waits, and a peer that says
 * more than the loop can do is held back by TCP, or by its credits where a queue pair carries the
 * session.
 *
 * <p>Thread-safety: {@link #send} from any thread, everything else on the loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What fails in writing comes to exceptionCaught.
final class Connection extends ByteToMessageDecoder implements Handshake.Host, Switchover.Host {

  /** Silent for so many keep-alives: the link is dead. */
  private static final int SILENT_KEEP_ALIVES = 4;

  private static final System.Logger LOG = System.getLogger(Connection.class.getName());

  private final TcpFabric fabric;
  private final @Nullable Hello hello;
  private final SendQueue queue;
  private final AtomicBoolean isFlushDue = new AtomicBoolean();
  private final Runnable flush = this::flush;
  private final Assembly control;
  private final Assembly bulk;

  private Channel channel;
  private Handshake handshake;
  private int handshakeBytes;
  private @Nullable Peer peer;
  private long session;

  /** Of a session between nodes, which RDMA may carry. */
  private volatile @Nullable Switchover switchover;

  private volatile boolean isOver;
  private NodeLoop.@Nullable Timer timer;
  private int silentKeepAlives;
  private boolean hasWritten;

  private boolean isConnected;

  /** The handshake can be spoken: the socket is connected, and TLS is done where there is TLS. */
  private boolean isReady;

  private boolean isClosed;

  /**
   * @param hello what is said first, where this end dials
   */
  @SuppressWarnings("NullAway.Init") // The channel comes with handlerAdded.
  Connection(TcpFabric fabric, @Nullable Hello hello) {
    this.fabric = fabric;
    queue = new SendQueue(fabric.traffic());
    control = new Assembly(fabric.traffic());
    bulk = new Assembly(fabric.traffic());
    this.hello = hello;
  }

  boolean isDialled() {
    return hello != null;
  }

  /** Whether the other end's operating system has ever answered. */
  boolean wasConnected() {
    return isConnected;
  }

  /** Whom this end dialled. */
  @Nullable Peer dialledPeer() {
    return hello == null ? null : hello.to();
  }

  /** Who is at the other end of the session. */
  @Nullable Peer peer() {
    return peer;
  }

  long session() {
    return session;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    channel = context.channel();
    fabric.opened(this);
    timer =
        fabric
            .loop()
            .after(
                fabric.options().handshakeLimit().toNanos(),
                () -> end("the handshake took longer than " + fabric.options().handshakeLimit()));
    handshake =
        hello == null
            ? new Handshake(this, fabric.securityKind(), fabric.secrets())
            : new Handshake(this, hello, fabric.secrets());
    isConnected = channel.isActive();
    if (isConnected && channel.pipeline().get(SslHandler.class) == null) {
      sayHello();
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    isConnected = true;
    if (channel.pipeline().get(SslHandler.class) == null) {
      sayHello();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent tls) {
      if (tls.isSuccess()) {
        sayHello();
      } else {
        close("TLS failed: " + tls.cause().getMessage());
      }
    }
  }

  private void sayHello() {
    isReady = true;
    if (hello != null) {
      say(hello);
    }
  }

  // Reading.

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (isOver) {
      in.skipBytes(in.readableBytes());
      return;
    }
    if (in.readableBytes() < Frame.HEADER) {
      return;
    }
    int length = in.getIntLE(in.readerIndex());
    int bound = peer == null ? Frame.MAX_HANDSHAKE - handshakeBytes : Frame.MAX_PAYLOAD;
    if (length < 0 || length > bound) {
      end("a frame of " + (length & 0xffff_ffffL) + " bytes came, and at most " + bound + " may");
      return;
    }
    if (in.readableBytes() < Frame.HEADER + length) {
      return;
    }
    int type = in.getByte(in.readerIndex() + 4);
    in.skipBytes(Frame.HEADER);
    silentKeepAlives = 0;
    try {
      frame(type, in, length);
    } catch (MalformedMessage e) {
      end("it broke the protocol: " + e.getMessage());
    } catch (RefusedException e) {
      end(String.valueOf(e.getMessage()));
    }
    in.skipBytes(length);
  }

  private void frame(int type, ByteBuf in, int length) throws RefusedException {
    if (peer == null) {
      handshakeBytes += Frame.HEADER + length;
      if (type != Frame.HANDSHAKE) {
        throw new MalformedMessage("a frame of type " + type + " came before the handshake's end");
      }
      handshake.received(in.nioBuffer(in.readerIndex(), length));
      return;
    }
    Switchover rdma = switchover;
    switch (type) {
      case Frame.CONTROL, Frame.CONTROL_PIECE, Frame.BULK, Frame.BULK_PIECE -> {
        if (rdma != null && !rdma.isHeardByTcp()) {
          throw new MalformedMessage("a message came by TCP after the switch");
        }
        message(type, in, length);
      }
      case Frame.OFFER, Frame.DECLINE, Frame.SWITCH -> {
        if (rdma == null) {
          throw new MalformedMessage("a frame of type " + type + " came from no node");
        }
        // What it leaves unread is skipped by who called.
        rdma.heard(type, in.duplicate(), length);
      }
      case Frame.ALIVE -> {
        if (length != 0) {
          throw new MalformedMessage("a keep-alive has a payload");
        }
      }
      case Frame.END -> {
        int shown = Math.min(length, Bounds.SENTENCE);
        String reason = in.toString(in.readerIndex(), shown, StandardCharsets.UTF_8);
        close("the peer ended it: " + reason);
      }
      default -> throw new MalformedMessage("a frame is of type " + type);
    }
  }

  @Override
  public void message(int type, ByteBuf in, int length) {
    switch (type) {
      case Frame.CONTROL -> deliver(control.last(in, length), Fabric.Lane.CONTROL);
      case Frame.CONTROL_PIECE -> control.piece(in, length);
      case Frame.BULK -> deliver(bulk.last(in, length), Fabric.Lane.BULK);
      case Frame.BULK_PIECE -> bulk.piece(in, length);
      default -> throw new MalformedMessage("a frame is of type " + type);
    }
  }

  private void deliver(Message message, Fabric.Lane lane) {
    if (message.lane() != lane) {
      throw new MalformedMessage(message.getClass().getSimpleName() + " came in the lane " + lane);
    }
    Peer sender = peer;
    if (sender != null) {
      fabric.deliver(sender, session, message);
    }
  }

  // Writing.

  /** Sends a message; if too much waits already, the session ends. */
  boolean send(Message message) {
    if (isOver) {
      return false;
    }
    ByteBuffer bytes = MessageFormat.encode(message);
    fabric.traffic().sent(bytes);
    fabric.traffic().copied(bytes.remaining());
    if (!queue.offer(message.lane(), bytes)) {
      // Nothing may follow what was left out.
      isOver = true;
      fabric
          .loop()
          .execute(
              () -> close("the peer does not read: " + Bounds.SEND_QUEUE + " bytes wait for it"));
      return false;
    }
    if (isFlushDue.compareAndSet(false, true)) {
      fabric.loop().execute(flush);
    }
    return true;
  }

  /** Sends what waits, by what carries the session now. */
  @Override
  public void flush() {
    isFlushDue.set(false);
    RdmaWire wire = wire();
    if (wire != null) {
      wire.flush(queue);
    } else {
      flushByTcp();
    }
  }

  private void flushByTcp() {
    boolean isAnythingWritten = false;
    while (!isClosed && channel.isWritable()) {
      ByteBuf frames = queue.next(channel.alloc());
      if (frames == null) {
        break;
      }
      channel.write(frames, channel.voidPromise());
      isAnythingWritten = true;
    }
    if (isAnythingWritten) {
      hasWritten = true;
      channel.flush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (channel.isWritable()) {
      flush();
    }
  }

  /** By which this end of the session sends; null: TCP. */
  @Nullable RdmaWire wire() {
    Switchover rdma = switchover;
    return rdma == null || isClosed ? null : rdma.sending();
  }

  /** What carries the session. From any thread. */
  Fabric.Carrier carrier() {
    Switchover rdma = switchover;
    return rdma == null
        ? new Fabric.Carrier(Fabric.Carriage.TCP, "only nodes use RDMA, and only with each other")
        : rdma.carrier();
  }

  @Override
  public void write(int type, byte[] payload) {
    ByteBuf frame = channel.alloc().directBuffer(Frame.HEADER + payload.length);
    frame.writeIntLE(payload.length).writeByte(type).writeBytes(payload);
    hasWritten = true;
    channel.writeAndFlush(frame, channel.voidPromise());
  }

  private void keepAlive() {
    if (++silentKeepAlives > SILENT_KEEP_ALIVES) {
      end("nothing was heard for " + SILENT_KEEP_ALIVES + " keep-alives");
      return;
    }
    // Bytes that wait for a slow peer say as much as a keep-alive behind them.
    if (!hasWritten && channel.isWritable()) {
      write(Frame.ALIVE, new byte[0]);
    }
    hasWritten = false;
    timer = fabric.loop().after(fabric.options().keepAlive().toNanos(), this::keepAlive);
  }

  // Handshake.

  @Override
  public void say(HandshakeMessage message) {
    write(Frame.HANDSHAKE, message.encode());
  }

  @Override
  public byte[] nonce() {
    return fabric.nonce();
  }

  @Override
  public long admit(Hello heard) throws RefusedException {
    return fabric.admit(heard, certificates());
  }

  @Override
  public void begin(Peer admitted, long number) {
    peer = admitted;
    session = number;
    cancelTimer();
    timer = fabric.loop().after(fabric.options().keepAlive().toNanos(), this::keepAlive);
    Switchover rdma = fabric.switchover(this, admitted);
    switchover = rdma;
    fabric.began(this, admitted, number);
    if (rdma != null && !isOver) {
      rdma.begin(isDialled());
    }
  }

  private Certificate[] certificates() {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    try {
      return tls == null ? new Certificate[0] : tls.engine().getSession().getPeerCertificates();
    } catch (SSLPeerUnverifiedException e) {
      return new Certificate[0];
    }
  }

  // The end.

  /** Ends the connection, and tells the peer why if it can be told. */
  @Override
  public void end(String reason) {
    boolean canBeTold = !isOver && isReady;
    // First of all: what fails in telling comes back to here.
    isOver = true;
    if (canBeTold && peer != null) {
      write(Frame.END, cut(reason));
    } else if (canBeTold && !isDialled()) {
      say(new HandshakeMessage.Refused(reason));
    }
    close(reason);
  }

  /** A sentence for the other end's operator. */
  static byte[] cut(String reason) {
    return reason
        .substring(0, Math.min(reason.length(), Bounds.SENTENCE / 3))
        .getBytes(StandardCharsets.UTF_8);
  }

  private void close(String reason) {
    if (isClosed) {
      return;
    }
    isClosed = true;
    isOver = true;
    cancelTimer();
    Switchover rdma = switchover;
    if (rdma != null) {
      rdma.close(reason);
    }
    channel.close();
    fabric.ended(this, reason);
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    close("the connection was closed");
  }

  /** Comes without {@link #channelInactive} where the connection was never made. */
  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) {
    close("the connection was closed");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof DecoderException && cause.getCause() instanceof SSLException tls) {
      close("TLS failed: " + tls.getMessage());
      return;
    }
    if (!(cause instanceof IOException)) {
      LOG.log(System.Logger.Level.ERROR, "a session failed with " + peer, cause);
    }
    end("it failed: " + cause);
  }
}
