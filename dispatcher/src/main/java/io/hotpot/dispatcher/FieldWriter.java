package io.hotpot.dispatcher;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.function.BiConsumer;

/** Writes the fields of what the dispatcher keeps, big-endian; {@link FieldReader} reads them. */
final class FieldWriter {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  byte[] toBytes() {
    return out.toByteArray();
  }

  FieldWriter u8(int value) {
    out.write(value);
    return this;
  }

  FieldWriter u32(int value) {
    return u8(value >>> 24).u8(value >>> 16).u8(value >>> 8).u8(value);
  }

  FieldWriter u64(long value) {
    return u32((int) (value >>> 32)).u32((int) value);
  }

  FieldWriter flag(boolean value) {
    return u8(value ? 1 : 0);
  }

  FieldWriter bytes(byte[] value) {
    u32(value.length);
    out.writeBytes(value);
    return this;
  }

  FieldWriter text(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  <T> FieldWriter list(Collection<T> values, BiConsumer<FieldWriter, T> each) {
    u32(values.size());
    values.forEach(value -> each.accept(this, value));
    return this;
  }

  FieldWriter numbers(Collection<Integer> values) {
    return list(values, FieldWriter::u32);
  }
}
