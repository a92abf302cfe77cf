package io.hotpot.store;

/**
 * One version of one object; docs/FORMAT.md draws it.
 *
 * <pre>
 *  0 identity: deleted 1 | reserved 1 | header check 16 | generation 16 | slot 30
 *  8 stamp | 16 previous address | 24 payload length u32 | 28 checksum u32 | 32 payload
 * </pre>
 */
final class RecordFormat {

  static final int HEADER_BYTES = 32;
  private static final int CHECKSUM_OFFSET = 28;

  private static final long DELETED = 1L << 63;
  private static final long IDENTITY_MASK = (1L << 46) - 1;

  private RecordFormat() {}

  static int write(
      byte[] target,
      int offset,
      long objectId,
      boolean deleted,
      long stamp,
      long previous,
      byte[] payload,
      int length) {
    long identity = (objectId & IDENTITY_MASK) | (deleted ? DELETED : 0);
    Bytes.putLong(target, offset, identity | headerCheck(identity, stamp, previous, length) << 46);
    Bytes.putLong(target, offset + 8, stamp);
    Bytes.putLong(target, offset + 16, previous);
    Bytes.putInt(target, offset + 24, length);
    Bytes.putInt(target, offset + CHECKSUM_OFFSET, 0);
    System.arraycopy(payload, 0, target, offset + HEADER_BYTES, length);
    Bytes.putInt(
        target, offset + CHECKSUM_OFFSET, Checksum.of(target, offset, HEADER_BYTES + length, 0));
    return HEADER_BYTES + length;
  }

  private static long headerCheck(long identity, long stamp, long previous, int length) {
    return Checksum.mix(
            identity
                ^ Long.rotateLeft(stamp, 21)
                ^ Long.rotateLeft(previous * 0x9E3779B97F4A7C15L + length, 42))
        & 0xFFFF;
  }

  /**
   * Whether a record copied out of a chunk, header and payload, is undamaged.
   *
   * @param bytes the caller's own; the checksum in them is taken out and put back
   */
  static boolean isValid(byte[] bytes, int offset, int length) {
    int stored = Bytes.getInt(bytes, offset + CHECKSUM_OFFSET);
    Bytes.putInt(bytes, offset + CHECKSUM_OFFSET, 0);
    int computed = Checksum.of(bytes, offset, HEADER_BYTES + length, 0);
    Bytes.putInt(bytes, offset + CHECKSUM_OFFSET, stored);
    return stored == computed;
  }

  static boolean headerIsValid(ChunkMemory chunk, int offset) {
    long identity = chunk.getLong(offset);
    int length = length(chunk, offset);
    return (identity >>> 46 & 0xFFFF)
        == headerCheck(
            identity & (IDENTITY_MASK | DELETED),
            stamp(chunk, offset),
            previous(chunk, offset),
            length);
  }

  /** The 46 bits of generation and slot, as in the low bits of an object id. */
  static long identity(long firstWord) {
    return firstWord & IDENTITY_MASK;
  }

  static boolean isDeleted(long firstWord) {
    return firstWord < 0;
  }

  static long stamp(ChunkMemory chunk, int offset) {
    return chunk.getLong(offset + 8);
  }

  static long previous(ChunkMemory chunk, int offset) {
    return chunk.getLong(offset + 16);
  }

  static int length(ChunkMemory chunk, int offset) {
    return chunk.getInt(offset + 24);
  }
}
