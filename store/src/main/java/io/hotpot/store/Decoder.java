package io.hotpot.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link Encoder} wrote, and trusts none of it: what would lead beyond the end is {@link
 * CorruptException}, and so is a count of elements that the bytes cannot hold. All counts together
 * are held against the bytes, not each by itself, so that nested counts do not add up to more
 * memory than a few times the length of the value.
 *
 * <p>Not thread-safe.
 */
final class Decoder {

  private final byte[] bytes;
  private final int limit;
  private int position;
  private int unclaimed;

  /** How many readers around this place want values of classes that are gone, too. */
  private int lenient;

  Decoder(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.position = offset;
    this.limit = offset + length;
    this.unclaimed = length;
  }

  int position() {
    return position;
  }

  /** Goes back to where {@link #position} was. */
  void back(int earlier) {
    position = earlier;
  }

  int remaining() {
    return limit - position;
  }

  /** From here to {@link #leaveLenient}, a value whose class is gone is read without it. */
  void enterLenient() {
    lenient++;
  }

  void leaveLenient() {
    lenient--;
  }

  boolean isLenient() {
    return lenient > 0;
  }

  /** Steps over some bytes, and says where they begin. */
  private int take(int count) {
    int at = position;
    if (count > limit - at || count < 0) {
      throw endsEarly(count);
    }
    position = at + count;
    return at;
  }

  private CorruptException endsEarly(int count) {
    return new CorruptException(
        "a stored value ends too early: "
            + Integer.toUnsignedString(count)
            + " bytes wanted, "
            + remaining()
            + " are left");
  }

  /**
   * Reads how many elements follow.
   *
   * @param bytesEach the least that each of them takes
   */
  int readCount(int bytesEach) {
    return claim(readUnsigned(), bytesEach);
  }

  private int claim(int count, int bytesEach) {
    long wanted = (long) count * bytesEach;
    if (count < 0 || wanted > remaining() || wanted > unclaimed) {
      throw new CorruptException(
          "a stored value claims "
              + Integer.toUnsignedString(count)
              + " elements where "
              + Math.min(remaining(), unclaimed)
              + " bytes can hold some");
    }
    unclaimed -= (int) wanted;
    return count;
  }

  byte readByte() {
    return bytes[take(1)];
  }

  boolean readBoolean() {
    byte value = readByte();
    if (value >>> 1 != 0) {
      throw new CorruptException("a stored boolean is " + value);
    }
    return value != 0;
  }

  short readShort() {
    return (short) Encoder.SHORTS.get(bytes, take(Short.BYTES));
  }

  char readChar() {
    return (char) Encoder.CHARS.get(bytes, take(Character.BYTES));
  }

  long readLong() {
    return (long) Encoder.LONGS.get(bytes, take(Long.BYTES));
  }

  float readFloat() {
    return (float) Encoder.FLOATS.get(bytes, take(Float.BYTES));
  }

  double readDouble() {
    return (double) Encoder.DOUBLES.get(bytes, take(Double.BYTES));
  }

  int readSigned() {
    int folded = readUnsigned();
    return (folded >>> 1) ^ -(folded & 1);
  }

  long readSignedLong() {
    long folded = readUnsignedLong();
    return (folded >>> 1) ^ -(folded & 1);
  }

  int readUnsigned() {
    byte first = bytes[take(1)];
    if (first >= 0) {
      return first;
    }
    long value = readGroups(first);
    if (value >>> Integer.SIZE != 0) {
      throw new CorruptException("a stored number has more than 32 bits");
    }
    return (int) value;
  }

  long readUnsignedLong() {
    byte first = bytes[take(1)];
    return first >= 0 ? first : readGroups(first);
  }

  private long readGroups(byte first) {
    int start = position - 1;
    if (limit - start <= Long.BYTES) {
      return readGroupsSlowly(first);
    }
    long word = (long) Encoder.LONGS.get(bytes, start);
    long ends = ~word & Encoder.CONTINUED;
    if (ends == 0) {
      position = start + Long.BYTES + 1;
      return gather(word) | ((long) bytes[start + Long.BYTES] << 56);
    }
    int lastBit = Long.numberOfTrailingZeros(ends);
    position = start + ((lastBit + 1) >>> 3);
    return gather(word & (-1L >>> (Long.SIZE - 1 - lastBit)));
  }

  private long readGroupsSlowly(byte first) {
    long value = first & 0x7F;
    for (int shift = 7; shift < 56; shift += 7) {
      byte next = readByte();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    return value | ((long) readByte() << 56);
  }

  /** Puts the low 7 bits of 8 bytes together. */
  private static long gather(long word) {
    long x = word & ~Encoder.CONTINUED;
    x = (x & 0x007F_007F_007F_007FL) | ((x & 0x7F00_7F00_7F00_7F00L) >>> 1);
    x = (x & 0x0000_3FFF_0000_3FFFL) | ((x & 0x3FFF_0000_3FFF_0000L) >>> 2);
    return (x & 0x0FFF_FFFFL) | ((x & 0x0FFF_FFFF_0000_0000L) >>> 4);
  }

  String readText() {
    return text(readUnsigned());
  }

  @Nullable String readNullableText() {
    int length = readUnsigned();
    return length == 0 ? null : text(length - 1);
  }

  private String text(int length) {
    return new String(bytes, take(length), length, StandardCharsets.UTF_8);
  }

  /** Reads bytes with their number before them. */
  byte[] readBytes() {
    int length = readUnsigned();
    int at = take(length);
    return Arrays.copyOfRange(bytes, at, at + length);
  }

  /** Reads the number of elements of one size, and gives the bytes of them all. */
  ByteBuffer readElements(int bytesEach) {
    int length = readCount(bytesEach) * bytesEach;
    return ByteBuffer.wrap(bytes, take(length), length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
