package io.hotpot.replication;

import io.hotpot.store.spi.TransactionId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Takes the fields of a message one after another, and believes nothing: a length is checked
 * against the bytes that remain and against its bound before anything is allocated for it. All that
 * can be wrong is thrown as {@link MalformedMessage}.
 *
 * <p>Thread-safety: for one thread.
 */
final class WireReader {

  private final ByteBuffer in;

  /** Reads what remains in a buffer, and leaves the buffer as it is. */
  WireReader(ByteBuffer bytes) {
    in = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  int remaining() {
    return in.remaining();
  }

  int u8() {
    need(1);
    return in.get() & 0xff;
  }

  int i32() {
    need(4);
    return in.getInt();
  }

  long i64() {
    need(8);
    return in.getLong();
  }

  boolean bool() {
    int value = u8();
    if (value > 1) {
      throw malformed("neither true nor false: " + value);
    }
    return value == 1;
  }

  <E> E constant(E[] values) {
    int place = u8();
    if (place >= values.length) {
      throw malformed(
          "no constant of " + values[0].getClass().getSimpleName() + " has number " + place);
    }
    return values[place];
  }

  byte[] bytes() {
    return bytes(Bounds.MESSAGE);
  }

  private byte[] bytes(int bound) {
    byte[] value = new byte[count(1, bound)];
    in.get(value);
    return value;
  }

  long[] longs(int bound) {
    long[] values = new long[count(8, bound)];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.getLong();
    }
    return values;
  }

  List<Integer> ints(int bound) {
    return list(4, bound, WireReader::i32);
  }

  /**
   * A list.
   *
   * @param least bytes that an entry has at least
   */
  <T> List<T> list(int least, int bound, Function<WireReader, T> entry) {
    int count = count(least, bound);
    List<T> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      values.add(entry.apply(this));
    }
    return List.copyOf(values);
  }

  String text() {
    return text(Bounds.TEXT);
  }

  String sentence() {
    return text(Bounds.SENTENCE);
  }

  private String text(int bound) {
    byte[] value = bytes(bound);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
    } catch (CharacterCodingException e) {
      throw malformed("a text is not UTF-8");
    }
  }

  TransactionId id() {
    return new TransactionId(i32(), i32(), i64());
  }

  Fabric.Address address() {
    String host = text();
    int port = i32();
    if (port < 0 || port > 0xffff) {
      throw malformed("no port: " + port);
    }
    return new Fabric.Address(host, port);
  }

  /** Nothing may follow. */
  void end() {
    if (in.hasRemaining()) {
      throw malformed("bytes follow the last field: " + in.remaining());
    }
  }

  MalformedMessage malformed(String what) {
    return new MalformedMessage(what + " - before offset " + in.position() + " of " + in.limit());
  }

  private int count(int least, int bound) {
    int count = i32();
    if (count < 0 || count > bound) {
      throw malformed("a length is out of bounds - length=" + count + ", bound=" + bound);
    }
    need((long) count * least);
    return count;
  }

  private void need(long bytes) {
    if (in.remaining() < bytes) {
      throw malformed("the message is too short - needed=" + bytes + ", left=" + in.remaining());
    }
  }
}
