package io.hotpot.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A buffer that values are encoded into; it grows up to a bound. Numbers are little-endian or of
 * variable length; docs/TYPES.md gives the grammar.
 *
 * <p>A number of variable length has 7 bits in each byte, the lowest first, and the top bit set in
 * all bytes but the last; the ninth byte of a long has 8 bits. A signed one is folded first: 0, -1,
 * 1, -2 become 0, 1, 2, 3.
 *
 * <p>Not thread-safe.
 */
final class Encoder {

  static final VarHandle SHORTS = view(short[].class);
  static final VarHandle CHARS = view(char[].class);
  static final VarHandle INTS = view(int[].class);
  static final VarHandle LONGS = view(long[].class);
  static final VarHandle FLOATS = view(float[].class);
  static final VarHandle DOUBLES = view(double[].class);

  /** An encoding may be longer than an object may be, so that the caller can say by how much. */
  private static final int MAX_BYTES = 2 * BatchFormat.MAX_PAYLOAD_BYTES;

  private static final int INITIAL_BYTES = 256;

  /** Up to here a loop over the characters is faster than a byte array from the JDK. */
  private static final int SHORT_TEXT = 15;

  private byte[] buffer = new byte[INITIAL_BYTES];
  private int position;

  private static VarHandle view(Class<?> array) {
    return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
  }

  void clear() {
    position = 0;
  }

  int capacity() {
    return buffer.length;
  }

  byte[] toBytes() {
    return Arrays.copyOf(buffer, position);
  }

  /** Makes room for some bytes more, and says where they go. */
  private int reserve(int bytes) {
    int at = position;
    if (buffer.length - at < bytes) {
      grow(bytes);
    }
    return at;
  }

  private void grow(int bytes) {
    if (bytes > MAX_BYTES - position) {
      throw new ObjectTooLarge(
          "an object takes more than "
              + MAX_BYTES
              + " bytes when encoded, the limit is "
              + BatchFormat.MAX_PAYLOAD_BYTES
              + "; split it into several objects that refer to one another");
    }
    int wanted = Math.max(position + bytes, 2 * buffer.length);
    buffer = Arrays.copyOf(buffer, wanted);
  }

  void writeByte(int value) {
    int at = reserve(1);
    buffer[at] = (byte) value;
    position = at + 1;
  }

  void writeBoolean(boolean value) {
    writeByte(value ? 1 : 0);
  }

  void writeShort(short value) {
    int at = reserve(Short.BYTES);
    SHORTS.set(buffer, at, value);
    position = at + Short.BYTES;
  }

  void writeChar(char value) {
    int at = reserve(Character.BYTES);
    CHARS.set(buffer, at, value);
    position = at + Character.BYTES;
  }

  void writeLong(long value) {
    int at = reserve(Long.BYTES);
    LONGS.set(buffer, at, value);
    position = at + Long.BYTES;
  }

  void writeFloat(float value) {
    int at = reserve(Float.BYTES);
    FLOATS.set(buffer, at, value);
    position = at + Float.BYTES;
  }

  void writeDouble(double value) {
    int at = reserve(Double.BYTES);
    DOUBLES.set(buffer, at, value);
    position = at + Double.BYTES;
  }

  void writeSigned(int value) {
    writeUnsigned((value << 1) ^ (value >> 31));
  }

  void writeSigned(long value) {
    writeUnsigned((value << 1) ^ (value >> 63));
  }

  /** Writes an int without sign in 1 to 5 bytes. */
  void writeUnsigned(int value) {
    if (value >>> 7 == 0) {
      writeByte(value);
    } else {
      writeGroups(value & 0xFFFF_FFFFL);
    }
  }

  /** Writes a long without sign in 1 to 9 bytes. */
  void writeUnsigned(long value) {
    if (value >>> 7 == 0) {
      writeByte((int) value);
    } else {
      writeGroups(value);
    }
  }

  /** Eight groups of 7 bits at once, of which those in use count; more than that need a byte. */
  private void writeGroups(long value) {
    int at = reserve(Long.BYTES + 1);
    int bits = Long.SIZE - Long.numberOfLeadingZeros(value);
    long groups = spread(value);
    if (bits > 56) {
      LONGS.set(buffer, at, groups | CONTINUED);
      buffer[at + Long.BYTES] = (byte) (value >>> 56);
      position = at + Long.BYTES + 1;
      return;
    }
    int bytes = (bits + 6) / 7;
    LONGS.set(buffer, at, groups | (CONTINUED & ((1L << (8 * (bytes - 1))) - 1)));
    position = at + bytes;
  }

  static final long CONTINUED = 0x8080_8080_8080_8080L;

  /** Puts the low 56 bits into the low 7 bits of 8 bytes. */
  private static long spread(long value) {
    long x = (value & 0x0FFF_FFFFL) | ((value & 0x00FF_FFFF_F000_0000L) << 4);
    x = (x & 0x0000_3FFF_0000_3FFFL) | ((x & 0x0FFF_C000_0FFF_C000L) << 2);
    return (x & 0x007F_007F_007F_007FL) | ((x & 0x3F80_3F80_3F80_3F80L) << 1);
  }

  /** Writes a text with its length in bytes before it. */
  void writeText(String text) {
    writeText(text, 0);
  }

  /** Writes a text or null: the length plus one before it, or 0. */
  void writeNullableText(@Nullable String text) {
    if (text == null) {
      writeByte(0);
    } else {
      writeText(text, 1);
    }
  }

  private void writeText(String text, int added) {
    int length = text.length();
    if (length <= SHORT_TEXT && writeShortAscii(text, length, added)) {
      return;
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    writeUnsigned(utf8.length + added);
    writeRaw(utf8);
  }

  private boolean writeShortAscii(String text, int length, int added) {
    int at = reserve(1 + length);
    byte[] target = buffer;
    target[at] = (byte) (length + added);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        return false;
      }
      target[at + 1 + i] = (byte) c;
    }
    position = at + 1 + length;
    return true;
  }

  /** Writes bytes with their number before them. */
  void writeBytes(byte[] bytes) {
    writeUnsigned(bytes.length);
    writeRaw(bytes);
  }

  void writeRaw(byte[] bytes) {
    int at = reserve(bytes.length);
    System.arraycopy(bytes, 0, buffer, at, bytes.length);
    position = at + bytes.length;
  }

  /** Room for elements of one size, which the caller fills. */
  ByteBuffer writeElements(int count, int bytesEach) {
    long bytes = (long) count * bytesEach;
    int at = reserve((int) Math.min(bytes, Integer.MAX_VALUE));
    position = at + (int) bytes;
    return ByteBuffer.wrap(buffer, at, (int) bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
