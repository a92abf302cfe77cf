package io.hotpot.replication;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The one reader and writer of messages. All numbers are little-endian:
 *
 * <pre>
 *   message   kind u8, fields in the order of the record's components, nothing behind them
 *   bool      u8, 0 or 1            constant  u8, its place in the enum
 *   bytes     length u32, bytes     text      length u32, UTF-8
 *   list      count u32, entries    id        node u32, incarnation u32, sequence u64
 * </pre>
 *
 * The kinds: {@link MembershipLayouts} from 0x01, {@link LogLayouts} from 0x40, {@link CopyLayouts}
 * from 0x60, {@link TransactionLayouts} from 0x80, {@link OperatorLayouts} from 0xd0, {@link
 * HealingLayouts} from 0xe0. There is no nesting beyond a list of records.
 *
 * <p>A reader accepts nothing that the writer would not have written, up to the order of map
 * entries: any other bytes are {@link MalformedMessage}, and cost no more memory than they have
 * bytes, times a small constant.
 *
 * <p>Thread-safety: any thread.
 */
public final class MessageFormat {

  private static final Layout<?>[] BY_KIND = new Layout<?>[256];
  private static final Map<Class<?>, Layout<?>> BY_TYPE = new HashMap<>();

  static {
    Stream.of(
            MembershipLayouts.ALL,
            AdministrationLayouts.ALL,
            LogLayouts.ALL,
            CopyLayouts.ALL,
            TransactionLayouts.ALL,
            SnapshotLayouts.ALL,
            OperatorLayouts.ALL,
            HealingLayouts.ALL)
        .flatMap(List::stream)
        .forEach(MessageFormat::enter);
  }

  private MessageFormat() {}

  private static void enter(Layout<?> layout) {
    if (BY_KIND[layout.kind()] != null || BY_TYPE.put(layout.type(), layout) != null) {
      throw new IllegalStateException("two layouts for one kind or message: " + layout.type());
    }
    BY_KIND[layout.kind()] = layout;
  }

  /** What a kind of message is called. */
  static String name(int kind) {
    Layout<?> layout = BY_KIND[kind];
    return layout == null ? "kind" + kind : layout.type().getSimpleName();
  }

  /**
   * The bytes of a message.
   *
   * @throws IllegalArgumentException if a list, text or the whole exceeds its bound
   */
  public static ByteBuffer encode(Message message) {
    Layout<?> layout = BY_TYPE.get(message.getClass());
    if (layout == null) {
      throw new IllegalArgumentException("a message has no layout: " + message.getClass());
    }
    WireWriter to = new WireWriter().u8(layout.kind());
    layout.write(message, to);
    ByteBuffer written = to.written();
    if (written.remaining() > Bounds.MESSAGE) {
      throw new IllegalArgumentException(
          "a message is too large - kind="
              + layout.type().getSimpleName()
              + ", bytes="
              + written.remaining()
              + ", bound="
              + Bounds.MESSAGE);
    }
    return written;
  }

  /**
   * The message that the remaining bytes of a buffer are. The buffer is left as it is.
   *
   * @throws MalformedMessage if they are none
   */
  public static Message decode(ByteBuffer bytes) {
    WireReader in = new WireReader(bytes);
    int kind = in.u8();
    Layout<?> layout = BY_KIND[kind];
    if (layout == null) {
      throw new MalformedMessage(
          "a message is of kind "
              + kind
              + ", which this version does not know: the sender is newer, or broken");
    }
    try {
      Message message = layout.read().apply(in);
      in.end();
      return message;
    } catch (MalformedMessage e) {
      throw new MalformedMessage(layout.type().getSimpleName() + ": " + e.getMessage());
    }
  }
}
