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

  record Data(long session, Message message) implements SimFrame {}

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
      case Data(long session, Message message) -> {
        ByteBuffer body = MessageFormat.encode(message);
        ByteBuffer all = ByteBuffer.allocate(1 + Long.BYTES + body.remaining());
        yield all.put((byte) 5).putLong(session).put(body).array();
      }
    };
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
      case 5 -> new Data(in.getLong(), MessageFormat.decode(in.slice()));
      default -> throw new IllegalArgumentException("a frame of kind " + kind);
    };
  }
}
