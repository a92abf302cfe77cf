package io.hotpot.dispatcher;

import io.hotpot.store.CorruptException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Reads what {@link FieldWriter} wrote, and trusts none of it: bytes that end early, are too many,
 * or claim more elements than they can hold are {@link CorruptException}, before anything of that
 * size is allocated.
 */
final class FieldReader {

  private final ByteBuffer in;
  private final String what;

  /**
   * @param what names the thing in errors
   */
  FieldReader(byte[] bytes, String what) {
    this.in = ByteBuffer.wrap(bytes);
    this.what = what;
  }

  private void need(int count) {
    if (count < 0 || count > in.remaining()) {
      throw bad("ends early: %d bytes wanted, %d are left".formatted(count, in.remaining()));
    }
  }

  CorruptException bad(String how) {
    return new CorruptException(what + " " + how + ", at byte " + in.position());
  }

  int u8() {
    need(1);
    return in.get() & 0xFF;
  }

  int u32() {
    need(Integer.BYTES);
    return in.getInt();
  }

  long u64() {
    need(Long.BYTES);
    return in.getLong();
  }

  boolean flag() {
    int value = u8();
    if (value > 1) {
      throw bad("has a flag that is " + value);
    }
    return value == 1;
  }

  byte[] bytes(int atMost) {
    int length = u32();
    need(length);
    if (length > atMost) {
      throw bad("has a field of %d bytes, at most %d are allowed".formatted(length, atMost));
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  String text(int atMost) {
    byte[] bytes = bytes(atMost);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CorruptException(what + " has a text that is no UTF-8", e);
    }
  }

  <E extends Enum<E>> E constant(E[] values) {
    int ordinal = u8();
    if (ordinal >= values.length) {
      throw bad("names the constant " + ordinal + " of " + values.length);
    }
    return values[ordinal];
  }

  /** No element takes less than four bytes, so a count is held against what is left. */
  <T> List<T> list(int atMost, Function<FieldReader, T> each) {
    int count = u32();
    if (count < 0 || count > atMost || (long) count * Integer.BYTES > in.remaining()) {
      throw bad(
          "claims %d elements; %d are allowed, %d bytes are left"
              .formatted(count, atMost, in.remaining()));
    }
    List<T> list = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      list.add(each.apply(this));
    }
    return List.copyOf(list);
  }

  List<Integer> numbers(int atMost) {
    return list(atMost, FieldReader::u32);
  }

  void end() {
    if (in.hasRemaining()) {
      throw bad("has " + in.remaining() + " bytes too many");
    }
  }
}
