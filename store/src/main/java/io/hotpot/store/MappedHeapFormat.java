package io.hotpot.store;

import java.util.zip.CRC32C;

/**
 * The file of a {@link MappedHeap}. Everything before the chunks takes one chunk's length and is
 * mostly a hole.
 *
 * <pre>
 *  0        superblock: magic "HOTPOTMH" | 8 version u32 | 12 checksum u32 | 16 store id | 24 chunk bytes u32
 *  2048     the same once more
 *  4096     registers, 8 bytes each
 *  8192     labels, 8 bytes for each chunk
 *  4 MiB    chunk 0, chunk 1, ...
 * </pre>
 */
final class MappedHeapFormat {

  static final long MAGIC = 0x484D544F50544F48L; // "HOTPOTMH"
  static final int VERSION = 1;
  static final int PAGE_BYTES = 4096;
  static final int SUPERBLOCK_BYTES = 64;
  static final int COPY_OFFSET = 2048;
  static final int REGISTERS_OFFSET = 4096;
  static final int LABELS_OFFSET = 8192;
  static final int CHUNKS_OFFSET = Heap.CHUNK_BYTES;
  static final int MAX_CHUNKS = (CHUNKS_OFFSET - LABELS_OFFSET) / Long.BYTES;

  private MappedHeapFormat() {}

  static byte[] superblock(long storeId) {
    byte[] block = new byte[SUPERBLOCK_BYTES];
    Bytes.putLong(block, 0, MAGIC);
    Bytes.putInt(block, 8, VERSION);
    Bytes.putLong(block, 16, storeId);
    Bytes.putInt(block, 24, Heap.CHUNK_BYTES);
    Bytes.putInt(block, 12, checksum(block));
    return block;
  }

  private static int checksum(byte[] block) {
    CRC32C crc = new CRC32C();
    crc.update(block, 0, 12);
    crc.update(block, 16, SUPERBLOCK_BYTES - 16);
    return (int) crc.getValue();
  }

  /**
   * Reads the store id out of the two copies of the superblock.
   *
   * @throws NotAStore if neither looks like one
   * @throws CorruptException if both are damaged
   * @throws FormatTooNew if written by a later version
   */
  static long storeId(byte[] first, byte[] second, String file) {
    for (byte[] block : new byte[][] {first, second}) {
      if (Bytes.getLong(block, 0) == MAGIC && Bytes.getInt(block, 12) == checksum(block)) {
        int version = Bytes.getInt(block, 8);
        if (version > VERSION) {
          throw new FormatTooNew(
              file
                  + " has heap format "
                  + version
                  + ", this library reads up to "
                  + VERSION
                  + "; use the version of Hotpot that wrote it, or a newer one");
        }
        if (version < VERSION) {
          throw new FormatTooOld(
              file + " has heap format " + version + ", this library reads " + VERSION);
        }
        if (Bytes.getInt(block, 24) != Heap.CHUNK_BYTES) {
          throw new CorruptException(file + " has chunks of " + Bytes.getInt(block, 24) + " bytes");
        }
        return Bytes.getLong(block, 16);
      }
    }
    if (Bytes.getLong(first, 0) == MAGIC || Bytes.getLong(second, 0) == MAGIC) {
      throw new CorruptException(
          "both copies of the superblock of "
              + file
              + " are damaged; restore the store from a backup");
    }
    throw new NotAStore(
        file + " is not a Hotpot heap: it does not begin as one; nothing was changed");
  }
}
