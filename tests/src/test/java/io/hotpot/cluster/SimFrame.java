package io.hotpot.cluster;

import io.hotpot.replication.Message;
import io.hotpot.replication.MessageFormat;
import io.hotpot.replication.Peer;
import java.nio.ByteBuffer;

/** What two simulated fabrics say to each other. */
sealed interface SimFrame {

  /** Wants a session; an answer names the attempt. */
  record Hello(long attempt, Peer from, Peer to, long lastSession) implements SimFrame {}

  record Welcome(long attempt, long session) implements SimFrame {}

  record Refused(long attempt) implements SimFrame {}

  /** The sender has ended the session. */
  record Bye(long session) implements SimFrame {}

  /**
   * @param after it is received only after so many writes of the session have landed
   */
  record Data(long session, long after, Message message) implements SimFrame {}

  /**
   * Bytes for the receiver's memory.
   *
   * @param number counts up in a session, from 1
   */
  record Write(long session, long number, int key, int offset, byte[] bytes) implements SimFrame {}

  /** Asks for bytes of the receiver's memory. */
  record Read(long session, long number, int key, int offset, int length) implements SimFrame {}

  record ReadBytes(long session, long number, byte[] bytes) implements SimFrame {}

  int MAX_HEAD = 1 + 4 * Long.BYTES;

  default byte[] toBytes() {
    ByteBuffer head = ByteBuffer.allocate(MAX_HEAD);
    return switch (this) {
      case Hello(long attempt, Peer from, Peer to, long last) -> {
        head.put((byte) 1).putLong(attempt);
        head.putInt(from.nodeId()).putInt(from.incarnation());
        head.putInt(to.nodeId()).putInt(to.incarnation()).putLong(last);
        yield head.array();
      }
      case Welcome(long attempt, long session) ->
          head.put((byte) 2).putLong(attempt).putLong(session).array();
      case Refused(long attempt) -> head.put((byte) 3).putLong(attempt).array();
      case Bye(long session) -> head.put((byte) 4).putLong(session).array();
      case Data(long session, long after, Message message) -> {
        ByteBuffer body = MessageFormat.encode(message);
        ByteBuffer all = ByteBuffer.allocate(1 + 2 * Long.BYTES + body.remaining());
        yield all.put((byte) 5).putLong(session).putLong(after).put(body).array();
      }
      case Write(long session, long number, int key, int offset, byte[] bytes) -> {
        ByteBuffer all = ByteBuffer.allocate(1 + 3 * Long.BYTES + bytes.length);
        all.put((byte) 6).putLong(session).putLong(number).putInt(key).putInt(offset);
        yield all.put(bytes).array();
      }
      case Read(long session, long number, int key, int offset, int length) ->
          head.put((byte) 7)
              .putLong(session)
              .putLong(number)
              .putInt(key)
              .putInt(offset)
              .putInt(length)
              .array();
      case ReadBytes(long session, long number, byte[] bytes) -> {
        ByteBuffer all = ByteBuffer.allocate(1 + 2 * Long.BYTES + bytes.length);
        yield all.put((byte) 8).putLong(session).putLong(number).put(bytes).array();
      }
    };
  }

  private static byte[] rest(ByteBuffer in) {
    byte[] rest = new byte[in.remaining()];
    in.get(rest);
    return rest;
  }

  static SimFrame of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int kind = in.get();
    return switch (kind) {
      case 1 ->
          new Hello(
              in.getLong(),
              new Peer(in.getInt(), in.getInt()),
              new Peer(in.getInt(), in.getInt()),
              in.getLong());
      case 2 -> new Welcome(in.getLong(), in.getLong());
      case 3 -> new Refused(in.getLong());
      case 4 -> new Bye(in.getLong());
      case 5 -> new Data(in.getLong(), in.getLong(), MessageFormat.decode(in.slice()));
      case 6 -> new Write(in.getLong(), in.getLong(), in.getInt(), in.getInt(), rest(in));
      case 7 -> new Read(in.getLong(), in.getLong(), in.getInt(), in.getInt(), in.getInt());
      case 8 -> new ReadBytes(in.getLong(), in.getLong(), rest(in));
      default -> throw new IllegalArgumentException("a frame of kind " + kind);
    };
  }
}
