package io.hotpot.store;

import java.nio.charset.StandardCharsets;

/**
 * The head of a libpmemobj pool that lives in one file, as far as it can and must be judged before
 * native code reads it. Written by libpmemobj alone, except for {@link #HEAP_BYTES_OFFSET}.
 *
 * <pre>
 *  0     header: signature "PMEMOBJ\0" | 8 major version u32 | 12 features u32 x 3 (compatible, incompatible, read-only)
 *  4024    shutdown state, changes with every opening and closing
 *  4088    Fletcher64 of the header; bytes from 2048 on, or from 4024 on without the feature CKSUM_2K, count as zeros
 *  4096  descriptor: layout name (1024) | 5120 lanes u64, their number u64 | 5136 heap u64
 *  6136    Fletcher64 of the descriptor's 2048 bytes
 *  6144    root object u64 | 6152 run id u64 | 6160 root's size u64 | 6176 heap bytes u64
 *  6184    statistics, and what is only valid while the pool is open
 *  8192  lanes (logs of libpmemobj's own transactions), then the heap: 1024 bytes, then zones
 *
 *  zone of at most 16 GiB: header 64 | 65528 chunk headers of 8 | as many chunks of 256 KiB
 * </pre>
 */
final class PmemPoolFormat {

  static final int HEAD_BYTES = 8192;
  static final int MIN_POOL_BYTES = 8 << 20;

  /** Changed when the pool is opened or closed: not part of what is sealed. */
  static final int SHUTDOWN_STATE_OFFSET = 4024;

  static final int SHUTDOWN_STATE_END = 4088;
  static final int RUN_ID_OFFSET = 6152;
  static final int RUN_ID_END = 6160;

  /** The length of the heap; libpmemobj takes a larger value as "the pool was extended". */
  static final int HEAP_BYTES_OFFSET = 6176;

  static final int VOLATILE_OFFSET = 6184;

  static final long ZONE_HEAD_BYTES = 64 + 65528L * Long.BYTES;
  private static final long UNIT_BYTES = 256 << 10;
  static final long ZONE_BYTES = ZONE_HEAD_BYTES + 65528 * UNIT_BYTES;
  private static final int HEAP_HEADER_BYTES = 1024;

  static final String LAYOUT = "llpl_heap";

  private static final long SIGNATURE = 0x004A424F4D454D50L; // "PMEMOBJ\0"
  private static final int SIGNATURE_PREFIX = 0x4D454D50; // "PMEM"
  private static final int MAJOR = 6;
  private static final int MAJOR_OFFSET = 8;
  private static final int INCOMPATIBLE_OFFSET = 16;
  private static final int READ_ONLY_OFFSET = 20;
  private static final int SINGLE_HEADER = 1;
  private static final int CHECKSUM_2K = 2;
  private static final int SHUTDOWN_STATE = 4;
  private static final int HEADER_CHECKSUM_OFFSET = 4088;
  private static final int DESCRIPTOR_OFFSET = 4096;
  private static final int LAYOUT_BYTES = 1024;
  private static final int LANES_OFFSET = 5120;
  private static final int HEAP_OFFSET = 5136;
  private static final int DESCRIPTOR_CHECKSUM_OFFSET = 6136;
  private static final int ROOT_OFFSET = 6144;

  /**
   * Where things are in a pool whose head is sound.
   *
   * @param heap offset of the allocator's heap
   * @param heapBytes its length
   * @param root offset of the root object
   */
  record Places(long heap, long heapBytes, long root) {

    long end() {
      return heap + heapBytes;
    }

    int zones() {
      return (int) Math.ceilDiv(heapBytes - HEAP_HEADER_BYTES, ZONE_BYTES);
    }

    long zone(int number) {
      return heap + HEAP_HEADER_BYTES + number * ZONE_BYTES;
    }

    /** Whether one of the allocator's units begins in a range, or a zone's head lies in it. */
    boolean holdsUnitStart(long offset, long lengthBytes) {
      long inZone = Math.floorMod(offset - zone(0), ZONE_BYTES);
      long inUnits = inZone - ZONE_HEAD_BYTES;
      return inUnits < 0
          || inZone + lengthBytes > ZONE_BYTES
          || Math.floorMod(-inUnits, UNIT_BYTES) < lengthBytes;
    }
  }

  private PmemPoolFormat() {}

  /**
   * Judges the first {@link #HEAD_BYTES} of a file.
   *
   * @param head filled up with zeros if the file is shorter
   * @throws NotAStore if it is no pool, or another application's
   * @throws FormatTooNew if written by a later libpmemobj
   * @throws FormatTooOld if written by an earlier one
   * @throws CorruptException if it is damaged or was truncated
   */
  static Places check(byte[] head, long fileBytes, String file) {
    if (fileBytes == 0) {
      throw new NotAStore(file + " is empty; a pool is at least 8 MiB; nothing was changed");
    }
    checkSignature(head, file);
    if (fileBytes < MIN_POOL_BYTES) {
      throw truncated(file, fileBytes, MIN_POOL_BYTES);
    }
    int incompatible = Bytes.getInt(head, INCOMPATIBLE_OFFSET);
    int covered = (incompatible & CHECKSUM_2K) != 0 ? 2048 : SHUTDOWN_STATE_OFFSET;
    if (fletcher64(head, 0, DESCRIPTOR_OFFSET, covered, DESCRIPTOR_OFFSET)
        != Bytes.getLong(head, HEADER_CHECKSUM_OFFSET)) {
      throw damaged(file, "header");
    }
    checkVersion(head, incompatible, file);
    if (fletcher64(
            head,
            DESCRIPTOR_OFFSET,
            ROOT_OFFSET,
            DESCRIPTOR_CHECKSUM_OFFSET,
            DESCRIPTOR_CHECKSUM_OFFSET + Long.BYTES)
        != Bytes.getLong(head, DESCRIPTOR_CHECKSUM_OFFSET)) {
      throw damaged(file, "descriptor");
    }
    String layout = layout(head);
    if (!layout.equals(LAYOUT)) {
      throw new NotAStore(
          file
              + " is a pool of another application, of layout \""
              + layout
              + "\", expected \""
              + LAYOUT
              + "\"; nothing was changed");
    }
    return places(head, fileBytes, file);
  }

  private static void checkSignature(byte[] head, String file) {
    if (Bytes.getLong(head, 0) == SIGNATURE) {
      return;
    }
    if (layout(head).equals(LAYOUT)) {
      throw damaged(file, "signature");
    }
    throw new NotAStore(
        file
            + (Bytes.getInt(head, 0) == SIGNATURE_PREFIX
                ? " is a persistent memory pool, but not one of libpmemobj in one file"
                : " is not a Hotpot heap: it does not begin as a pool of libpmemobj")
            + "; nothing was changed");
  }

  private static void checkVersion(byte[] head, int incompatible, String file) {
    int major = Bytes.getInt(head, MAJOR_OFFSET);
    int unknown =
        (incompatible & ~(SINGLE_HEADER | CHECKSUM_2K | SHUTDOWN_STATE))
            | Bytes.getInt(head, READ_ONLY_OFFSET);
    if (major > MAJOR || unknown != 0) {
      throw new FormatTooNew(
          file
              + " has pool format "
              + major
              + " with features "
              + Integer.toHexString(unknown)
              + " that this library does not know, it reads format "
              + MAJOR
              + "; use the version of Hotpot that wrote it, or a newer one");
    }
    if (major < MAJOR) {
      throw new FormatTooOld(file + " has pool format " + major + ", this library reads " + MAJOR);
    }
    if ((incompatible & SINGLE_HEADER) != 0) {
      throw new NotAStore(
          file + " is one part of a pool set; a Hotpot heap is one file; nothing was changed");
    }
  }

  private static Places places(byte[] head, long fileBytes, String file) {
    long lanes = Bytes.getLong(head, LANES_OFFSET);
    long heap = Bytes.getLong(head, HEAP_OFFSET);
    long heapBytes = Bytes.getLong(head, HEAP_BYTES_OFFSET);
    long root = Bytes.getLong(head, ROOT_OFFSET);
    boolean sound =
        lanes == HEAD_BYTES
            && heap > lanes
            && heap < MIN_POOL_BYTES
            && heapBytes >= MIN_POOL_BYTES - heap
            && heapBytes < 1L << 62
            && root > heap
            && root % Long.BYTES == 0;
    if (!sound) {
      throw damaged(file, "table of contents");
    }
    Places places = new Places(heap, heapBytes, root);
    if (places.end() > fileBytes) {
      throw truncated(file, fileBytes, places.end());
    }
    if (root > places.end() - 64) {
      throw damaged(file, "root pointer");
    }
    return places;
  }

  /** What seems to begin with these bytes, for a reader who must decide whether it is needed. */
  static String describe(byte[] head) {
    if (Bytes.getInt(head, 0) != SIGNATURE_PREFIX) {
      return "bytes that are not zero";
    }
    String layout = layout(head);
    return layout.equals(LAYOUT)
        ? "an LLPL heap, of a store or of one whose creation was cut short"
        : "a persistent memory pool of layout \"" + layout + "\"";
  }

  private static CorruptException damaged(String file, String what) {
    return new CorruptException(
        "the "
            + what
            + " of the pool "
            + file
            + " is damaged; nothing was changed; restore the store from a backup");
  }

  private static CorruptException truncated(String file, long actual, long expected) {
    return new CorruptException(
        file
            + " was truncated: it has "
            + actual
            + " bytes, expected at least "
            + expected
            + "; restore the store from a backup");
  }

  private static String layout(byte[] head) {
    int length = 0;
    while (length < LAYOUT_BYTES && head[DESCRIPTOR_OFFSET + length] != 0) {
      length++;
    }
    return new String(head, DESCRIPTOR_OFFSET, length, StandardCharsets.ISO_8859_1);
  }

  /** The checksum that libpmemobj uses, over a range in which some bytes count as zeros. */
  static long fletcher64(byte[] bytes, int from, int to, int zeroFrom, int zeroTo) {
    int low = 0;
    int high = 0;
    for (int i = from; i < to; i += Integer.BYTES) {
      low += i < zeroFrom || i >= zeroTo ? Bytes.getInt(bytes, i) : 0;
      high += low;
    }
    return (long) high << 32 | Integer.toUnsignedLong(low);
  }
}
