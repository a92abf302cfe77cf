package io.hotpot.replication;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A batch of the store in memory: {@code length u32 | checksum u32 | previous u32 | epoch u32 |
 * kind u32 | object u64 | stamp u64}, padded at the end to any length.
 */
record TestBatch(
    int length, int checksum, int previous, int epoch, int kind, long object, long stamp) {

  static final int COMMIT = 1;
  static final int MARK = 2;
  static final int SEAL = 3;
  static final int BYTES = 36;

  static byte[] write(
      long address, int previous, int epoch, int kind, long object, long stamp, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    bytes.putInt(length).putInt(0).putInt(previous).putInt(epoch).putInt(kind);
    bytes.putLong(object).putLong(stamp);
    bytes.putInt(4, checksum(address, bytes.array(), 0, length));
    return bytes.array();
  }

  static int checksum(long address, byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(8).putLong(0, address));
    crc.update(bytes, offset + 8, length - 8);
    int value = (int) crc.getValue();
    return value == 0 ? 1 : value;
  }

  /** The batch at an offset of an array; length 0: there is no sound one. */
  static TestBatch read(long address, byte[] bytes, int offset, int end) {
    if (end - offset < BYTES) {
      return NONE;
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    int length = buffer.getInt(offset);
    if (length < BYTES || length > end - offset) {
      return NONE;
    }
    int checksum = buffer.getInt(offset + 4);
    if (checksum != checksum(address, bytes, offset, length)) {
      return NONE;
    }
    return new TestBatch(
        length,
        checksum,
        buffer.getInt(offset + 8),
        buffer.getInt(offset + 12),
        buffer.getInt(offset + 16),
        buffer.getLong(offset + 20),
        buffer.getLong(offset + 28));
  }

  private static final TestBatch NONE = new TestBatch(0, 0, 0, 0, 0, 0, 0);
}
