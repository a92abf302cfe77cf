package io.hotpot.replication;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Puts the pieces of one lane's message together. It grows with what has come, never with what was
 * announced.
 *
 * <p>Thread-safety: confined to the loop.
 */
final class Assembly {

  private static final byte[] NONE = {};

  private final Traffic traffic;
  private byte[] bytes = NONE;
  private int length;

  /**
   * @param traffic is told of each message that is whole
   */
  Assembly(Traffic traffic) {
    this.traffic = traffic;
  }

  void piece(ByteBuf frame, int size) {
    if (size == 0) {
      throw new MalformedMessage("a piece of a message is empty");
    }
    append(frame, size);
  }

  /** The message that a last frame ends. */
  Message last(ByteBuf frame, int size) {
    if (length == 0) {
      return decode(frame.nioBuffer(frame.readerIndex(), size));
    }
    append(frame, size);
    ByteBuffer whole = ByteBuffer.wrap(bytes, 0, length);
    bytes = NONE;
    length = 0;
    return decode(whole);
  }

  private Message decode(ByteBuffer message) {
    Message decoded = MessageFormat.decode(message);
    traffic.received(message);
    traffic.copied(message.remaining());
    return decoded;
  }

  private void append(ByteBuf frame, int size) {
    if (length + size > Bounds.MESSAGE) {
      throw new MalformedMessage(
          "a message in pieces is too large - bytes so far="
              + (length + size)
              + ", bound="
              + Bounds.MESSAGE);
    }
    if (length + size > bytes.length) {
      int room = Math.min(Bounds.MESSAGE, Math.max(length + size, 2 * bytes.length));
      bytes = Arrays.copyOf(bytes, room);
    }
    frame.getBytes(frame.readerIndex(), bytes, length, size);
    length += size;
    traffic.copied(size);
  }
}
