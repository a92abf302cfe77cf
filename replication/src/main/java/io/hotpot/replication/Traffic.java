package io.hotpot.replication;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many messages of each kind went out and came in, and their bytes without frames. The kinds
 * are those of {@link MessageFormat}: the first byte of a message.
 *
 * <p>Thread-safety: any thread.
 */
public final class Traffic {

  private static final int KINDS = 256;

  /** By kind; of messages and bytes. */
  private static final class Way {
    private final LongAdder[] messages = adders();
    private final LongAdder[] bytes = adders();

    private static LongAdder[] adders() {
      LongAdder[] adders = new LongAdder[KINDS];
      for (int i = 0; i < KINDS; i++) {
        adders[i] = new LongAdder();
      }
      return adders;
    }

    void count(ByteBuffer encoded) {
      int kind = encoded.get(encoded.position()) & 0xff;
      messages[kind].increment();
      bytes[kind].add(encoded.remaining());
    }

    void put(String way, Map<String, Long> into) {
      for (int kind = 0; kind < KINDS; kind++) {
        long count = messages[kind].sum();
        if (count > 0) {
          String name = MessageFormat.name(kind);
          into.put(way + "Messages." + name, count);
          into.put(way + "Bytes." + name, bytes[kind].sum());
        }
      }
    }
  }

  /** The name of the count of {@link #copied}. */
  public static final String COPIED = "messageBytesCopied";

  private final LongAdder copied = new LongAdder();
  private final Way sent = new Way();
  private final Way received = new Way();

  void sent(ByteBuffer encoded) {
    sent.count(encoded);
  }

  void received(ByteBuffer encoded) {
    received.count(encoded);
  }

  /**
   * Bytes of messages were copied from one buffer to another: encoded, put into a frame, put
   * together from pieces, taken apart.
   */
  void copied(int bytes) {
    copied.add(bytes);
  }

  /**
   * What was counted, of the kinds that occurred: {@code sentMessages.Append}, {@code
   * sentBytes.Append}, {@code receivedMessages.Append} and so on, and {@link #COPIED}, in
   * alphabetic order.
   */
  public Map<String, Long> toMap() {
    Map<String, Long> map = new TreeMap<>();
    sent.put("sent", map);
    received.put("received", map);
    if (copied.sum() > 0) {
      map.put(COPIED, copied.sum());
    }
    return map;
  }
}
