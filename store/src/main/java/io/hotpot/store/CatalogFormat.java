package io.hotpot.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Values of the store itself: their schema id is 0.
 *
 * <pre>
 *  roots    0 u8 | tag 1 u8 | see RootsFormat
 *  dataset  0 u8 | tag 2 u8 | partition u32 | mode u8 | length u16 | name in UTF-8
 *  schema   0 u8 | tag 3 u8 | see SchemaFormat
 *  counter  0 u8 | tag 4 u8 | highest partition number ever used u32
 *  promise  0 u8 | tag 5 u8 | partition u32 | epoch u32 | mode u8
 * </pre>
 */
final class CatalogFormat {

  static final int DATASET = 2;
  static final int SCHEMA = 3;
  static final int COUNTER = 4;
  static final int PROMISE = 5;

  /** The stored bytes of a type's schema. */
  record SchemaBytes(byte[] bytes) {}

  /** Partition numbers are never used again, also after their dataset was dropped. */
  record PartitionCounter(int highest) {}

  /** Of a cluster's node: it holds a copy of this partition, and takes nothing of a lower epoch. */
  record Promise(int partition, int epoch, TransactionMode mode) {}

  private CatalogFormat() {}

  static boolean isSystem(byte[] bytes, int offset, int length) {
    return length >= 2 && bytes[offset] == 0;
  }

  static byte[] dataset(Catalog.Entry entry) {
    byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
    byte[] bytes = new byte[9 + name.length];
    bytes[1] = DATASET;
    Bytes.putInt(bytes, 2, entry.partition());
    bytes[6] = (byte) entry.mode().ordinal();
    Bytes.putShort(bytes, 7, name.length);
    System.arraycopy(name, 0, bytes, 9, name.length);
    return bytes;
  }

  static byte[] schema(byte[] schema) {
    byte[] bytes = new byte[2 + schema.length];
    bytes[1] = SCHEMA;
    System.arraycopy(schema, 0, bytes, 2, schema.length);
    return bytes;
  }

  static byte[] counter(int highest) {
    byte[] bytes = new byte[6];
    bytes[1] = COUNTER;
    Bytes.putInt(bytes, 2, highest);
    return bytes;
  }

  static byte[] promise(Promise promise) {
    byte[] bytes = new byte[11];
    bytes[1] = PROMISE;
    Bytes.putInt(bytes, 2, promise.partition);
    Bytes.putInt(bytes, 6, promise.epoch);
    bytes[10] = (byte) promise.mode.ordinal();
    return bytes;
  }

  static Object read(byte[] bytes, int offset, int length) {
    try {
      return switch (bytes[offset + 1]) {
        case RootsFormat.TAG -> new RootsFormat.Roots(RootsFormat.read(bytes, offset, length));
        case DATASET -> {
          int nameLength = Bytes.getShort(bytes, offset + 7);
          yield new Catalog.Entry(
              new String(bytes, offset + 9, nameLength, StandardCharsets.UTF_8),
              Bytes.getInt(bytes, offset + 2),
              TransactionMode.values()[bytes[offset + 6]]);
        }
        case SCHEMA -> new SchemaBytes(Arrays.copyOfRange(bytes, offset + 2, offset + length));
        case COUNTER -> new PartitionCounter(Bytes.getInt(bytes, offset + 2));
        case PROMISE ->
            new Promise(
                Bytes.getInt(bytes, offset + 2),
                Bytes.getInt(bytes, offset + 6),
                TransactionMode.values()[bytes[offset + 10]]);
        default ->
            throw new CorruptException(
                "an object of the store itself has the unknown tag " + bytes[offset + 1]);
      };
    } catch (IndexOutOfBoundsException e) {
      throw new CorruptException("an object of the store itself ends too early", e);
    }
  }
}
