package io.hotpot.replication;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The encoded messages of a session that wait to be written, by lane. Control goes first; bulk gets
 * a frame when control has nothing, or after three frames' worth of control bytes.
 *
 * <p>Thread-safety: {@link #offer} from any thread, {@link #next} on the loop.
 */
final class SendQueue {

  /** Small frames are gathered until there are so many bytes. */
  private static final int GATHER = 64 << 10;

  /** One lane, and the message of it that is being written in pieces. */
  private static final class Waiting {
    final Queue<ByteBuffer> messages = new ConcurrentLinkedQueue<>();
    final int type;
    @Nullable ByteBuffer current;

    Waiting(int type) {
      this.type = type;
    }

    boolean advance() {
      if (current == null) {
        current = messages.poll();
      }
      return current != null;
    }
  }

  /** A message is not cut for less than so many bytes of room. */
  private static final int SMALLEST_PIECE = 1 << 10;

  private final Waiting control = new Waiting(Frame.CONTROL);
  private final Waiting bulk = new Waiting(Frame.BULK);
  private final AtomicLong queuedBytes = new AtomicLong();
  private final Traffic traffic;
  private int controlBytesSinceBulk;

  /**
   * @param traffic is told of what is copied into frames
   */
  SendQueue(Traffic traffic) {
    this.traffic = traffic;
  }

  /**
   * Adds a message, if there is room for it. A message larger than the queue fits into an empty
   * one.
   */
  boolean offer(Fabric.Lane lane, ByteBuffer message) {
    int length = message.remaining();
    long before = queuedBytes.getAndAdd(length);
    if (before > 0 && before + length > Bounds.SEND_QUEUE) {
      queuedBytes.addAndGet(-length);
      return false;
    }
    (lane == Fabric.Lane.CONTROL ? control : bulk).messages.add(message);
    return true;
  }

  /** The next frames to be written: several small ones or a large one; null if nothing waits. */
  @Nullable ByteBuf next(ByteBufAllocator allocator) {
    Waiting lane = choose();
    if (lane == null) {
      return null;
    }
    ByteBuf out = allocator.directBuffer(Math.max(512, nextFrame(lane)));
    do {
      appendFrame(lane, out, Frame.MAX_PAYLOAD);
      lane = choose();
    } while (lane != null && out.readableBytes() + nextFrame(lane) <= GATHER);
    return out;
  }

  /**
   * Adds the next frames to a buffer of bounded size, as many as have room.
   *
   * @return whether there was any
   */
  boolean fill(ByteBuf out) {
    boolean isAny = false;
    for (Waiting lane = choose(); lane != null; lane = choose()) {
      int room = out.writableBytes() - Frame.HEADER;
      ByteBuffer message = lane.current;
      if (message == null || (isAny && room < Math.min(message.remaining(), SMALLEST_PIECE))) {
        break;
      }
      appendFrame(lane, out, room);
      isAny = true;
    }
    return isAny;
  }

  private @Nullable Waiting choose() {
    boolean isBulkDue = controlBytesSinceBulk >= 3 * Bounds.FRAME;
    if (isBulkDue && bulk.advance()) {
      return bulk;
    }
    if (control.advance()) {
      return control;
    }
    return bulk.advance() ? bulk : null;
  }

  private static int nextFrame(Waiting lane) {
    ByteBuffer message = lane.current;
    return message == null ? 0 : Frame.HEADER + Math.min(message.remaining(), Frame.MAX_PAYLOAD);
  }

  private void appendFrame(Waiting lane, ByteBuf out, int most) {
    ByteBuffer message = lane.current;
    if (message == null) {
      return;
    }
    int length = Math.min(message.remaining(), most);
    boolean isLast = length == message.remaining();
    out.writeIntLE(length).writeByte(isLast ? lane.type : lane.type + 1);
    out.writeBytes(message.array(), message.arrayOffset() + message.position(), length);
    message.position(message.position() + length);
    traffic.copied(length);
    queuedBytes.addAndGet(-length);
    controlBytesSinceBulk = lane == bulk ? 0 : Math.min(controlBytesSinceBulk + length, 1 << 30);
    if (isLast) {
      lane.current = null;
    }
  }
}
