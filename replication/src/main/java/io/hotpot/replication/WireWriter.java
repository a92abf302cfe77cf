package io.hotpot.replication;

import io.hotpot.store.spi.TransactionId;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.function.BiConsumer;

/**
 * Puts the fields of a message behind one another, little-endian. What would be refused by {@link
 * WireReader} for its size is refused here with {@link IllegalArgumentException}.
 *
 * <p>Thread-safety: for one thread.
 */
final class WireWriter {

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] bytes = new byte[128];
  private int length;

  /** What was written. It is not copied: the writer must not be used any more. */
  ByteBuffer written() {
    return ByteBuffer.wrap(bytes, 0, length);
  }

  WireWriter u8(int value) {
    room(1);
    bytes[length++] = (byte) value;
    return this;
  }

  WireWriter i32(int value) {
    room(4);
    INT.set(bytes, length, value);
    length += 4;
    return this;
  }

  WireWriter i64(long value) {
    room(8);
    LONG.set(bytes, length, value);
    length += 8;
    return this;
  }

  WireWriter bool(boolean value) {
    return u8(value ? 1 : 0);
  }

  /** A constant, by its place among the constants. */
  WireWriter constant(Enum<?> value) {
    return u8(value.ordinal());
  }

  WireWriter bytes(byte[] value) {
    if (value.length > Bounds.MESSAGE) {
      throw tooLarge("bytes", value.length, Bounds.MESSAGE);
    }
    room(4 + value.length);
    i32(value.length);
    System.arraycopy(value, 0, bytes, length, value.length);
    length += value.length;
    return this;
  }

  WireWriter longs(long[] values, int bound) {
    if (values.length > bound) {
      throw tooLarge("a list", values.length, bound);
    }
    room(4 + 8 * values.length);
    i32(values.length);
    for (long value : values) {
      i64(value);
    }
    return this;
  }

  WireWriter ints(Collection<Integer> values, int bound) {
    return list(values, bound, (value, to) -> to.i32(value));
  }

  <T> WireWriter list(Collection<T> values, int bound, BiConsumer<T, WireWriter> entry) {
    if (values.size() > bound) {
      throw tooLarge("a list", values.size(), bound);
    }
    i32(values.size());
    for (T value : values) {
      entry.accept(value, this);
    }
    return this;
  }

  /** A name, or what else must arrive as it is. */
  WireWriter text(String value) {
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(value));
      if (encoded.remaining() > Bounds.TEXT) {
        throw tooLarge("a text", encoded.remaining(), Bounds.TEXT);
      }
      byte[] utf8 = new byte[encoded.remaining()];
      encoded.get(utf8);
      return bytes(utf8);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("a text has half a surrogate pair: " + value, e);
    }
  }

  /** A sentence for people, cut where it is too long. */
  WireWriter sentence(String value) {
    int chars = Math.min(value.length(), Bounds.SENTENCE / 3);
    return bytes(value.substring(0, chars).getBytes(StandardCharsets.UTF_8));
  }

  WireWriter id(TransactionId id) {
    return i32(id.nodeId()).i32(id.incarnation()).i64(id.sequence());
  }

  WireWriter address(Fabric.Address address) {
    return text(address.host()).i32(address.port());
  }

  private void room(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
    }
  }

  private static IllegalArgumentException tooLarge(String what, int size, int bound) {
    return new IllegalArgumentException(
        what + " of a message is too long - length=" + size + ", bound=" + bound);
  }
}
