package io.hotpot.store;

import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * What an {@link LlplHeap} keeps in its pool: a <em>directory</em>, which the LLPL root points to,
 * and <em>extents</em>, LLPL memory blocks of a few chunks each. All offsets are in the pool's
 * file; a directory or an extent begins at the first multiple of 4096 in its block.
 *
 * <pre>
 *  directory:
 *  0        superblock: magic "HOTPOTLH" | 8 version u32 | 12 checksum u32 | 16 store id | 24 chunk bytes u32 | 32 its own offset u64
 *  2048     the same once more
 *  4096     registers, 8 bytes each
 *  6144     seal: sealed 1 | hash of libpmemobj's version 31 | CRC32C of the metadata 32; or 0 | hash of the undo file 63
 *  8192     extents: offset u64 | chunks u32 | check u32
 *  401408   labels, 8 bytes for each chunk
 *
 *  heap.pool.undo:
 *  0        magic "HOTPOTLU" | 8 version u32 | 12 checksum u32 | 16 store id | 24 the seal to return to | 32 length u64
 *  64       ranges: 0 offset u64 | 8 length u32 | 12 not all zero u32 | its bytes if not
 * </pre>
 */
final class LlplHeapFormat {

  static final long MAGIC = 0x484C544F50544F48L; // "HOTPOTLH"
  static final long UNDO_MAGIC = 0x554C544F50544F48L; // "HOTPOTLU"
  static final int VERSION = 1;
  static final int ALIGNMENT = 4096;
  static final int SUPERBLOCK_BYTES = 64;
  static final int COPY_OFFSET = 2048;
  static final int REGISTERS_OFFSET = 4096;
  static final int SEAL_OFFSET = 6144;
  static final int EXTENTS_OFFSET = 8192;
  static final int EXTENT_BYTES = 16;
  static final int MAX_EXTENTS = 24576;
  static final int LABELS_OFFSET = EXTENTS_OFFSET + MAX_EXTENTS * EXTENT_BYTES;
  static final int MAX_CHUNKS = 1 << 17;
  static final int DIRECTORY_BYTES = LABELS_OFFSET + MAX_CHUNKS * Long.BYTES;

  static final int UNDO_HEADER_BYTES = 64;
  static final int UNDO_RANGE_BYTES = 16;

  /** LLPL keeps a block's length in front of what the application may use. */
  static final int BLOCK_HEADER_BYTES = 8;

  private static final long SEALED = 1L << 63;

  /** Chunks that lie one behind the other, from an offset in the file on. */
  record Extent(long offset, int chunks) {

    long end() {
      return offset + (long) chunks * Heap.CHUNK_BYTES;
    }
  }

  private LlplHeapFormat() {}

  /** Where the aligned part of an LLPL block begins. */
  static long aligned(long handle) {
    return handle + BLOCK_HEADER_BYTES + ALIGNMENT - 1 & -ALIGNMENT;
  }

  static byte[] superblock(long storeId, long offset) {
    byte[] block = new byte[SUPERBLOCK_BYTES];
    Bytes.putLong(block, 0, MAGIC);
    Bytes.putInt(block, 8, VERSION);
    Bytes.putLong(block, 16, storeId);
    Bytes.putInt(block, 24, Heap.CHUNK_BYTES);
    Bytes.putLong(block, 32, offset);
    Bytes.putInt(block, 12, checksum(block, 0, SUPERBLOCK_BYTES));
    return block;
  }

  /** CRC32C of a block but for the checksum at its offset 12. */
  static int checksum(byte[] block, int offset, int lengthBytes) {
    CRC32C crc = new CRC32C();
    crc.update(block, offset, 12);
    crc.update(block, offset + 16, lengthBytes - 16);
    return (int) crc.getValue();
  }

  /**
   * Reads the store id out of the two copies of the superblock.
   *
   * @param page the directory's first page
   * @throws NotAStore if neither looks like one
   * @throws CorruptException if both are damaged
   * @throws FormatTooNew if written by a later version
   */
  static long storeId(byte[] page, long offset, String file) {
    boolean isOurs = false;
    for (int copy : new int[] {0, COPY_OFFSET}) {
      byte[] block = Arrays.copyOfRange(page, copy, copy + SUPERBLOCK_BYTES);
      boolean hasMagic = Bytes.getLong(block, 0) == MAGIC;
      isOurs |= hasMagic;
      if (hasMagic && Bytes.getInt(block, 12) == checksum(block, 0, SUPERBLOCK_BYTES)) {
        checkVersion(Bytes.getInt(block, 8), file);
        if (Bytes.getInt(block, 24) == Heap.CHUNK_BYTES && Bytes.getLong(block, 32) == offset) {
          return Bytes.getLong(block, 16);
        }
      }
    }
    if (isOurs) {
      throw new CorruptException(
          "both copies of the superblock in "
              + file
              + " are damaged; nothing was changed; restore the store from a backup");
    }
    throw new NotAStore(file + " is an LLPL heap, but not one of Hotpot; nothing was changed");
  }

  private static void checkVersion(int version, String file) {
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
  }

  static long seal(int checksum, int libraryHash) {
    return SEALED
        | (long) (libraryHash & Integer.MAX_VALUE) << 32
        | Integer.toUnsignedLong(checksum);
  }

  /** What stands in place of the seal while it is broken: it names the image that counts. */
  static long brokenSeal(byte[] image, long storeId) {
    long image64 = (long) Bytes.getInt(image, 12) << 32 ^ Bytes.getLong(image, 32);
    return Checksum.mix(image64 ^ storeId) & Long.MAX_VALUE;
  }

  static boolean isSealed(long seal) {
    return seal < 0;
  }

  static int sealChecksum(long seal) {
    return (int) seal;
  }

  /** Whether this version of libpmemobj was the last to work on the pool. */
  static boolean sealedBy(long seal, int libraryHash) {
    return (int) (seal >>> 32 & Integer.MAX_VALUE) == (libraryHash & Integer.MAX_VALUE);
  }

  /** The second word of an extent's entry, after its offset. */
  static long extentWord(long storeId, int index, Extent extent) {
    long check = Checksum.mix(storeId ^ extent.offset() + 31L * extent.chunks() ^ MAGIC + index);
    return check << 32 | extent.chunks();
  }
}
