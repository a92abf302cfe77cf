package io.hotpot.store;

import java.util.zip.CRC32C;

/**
 * The label and the header of a chunk that belongs to a partition's log; docs/FORMAT.md draws them.
 *
 * <pre>
 *  label:  moving 1 | partition 18 | sequence 31 | check 14
 *  header: 0 magic | 8 version u32 | 12 checksum u32 | 16 store id | 24 partition u32 | 28 sequence u32
 *          64 checkpoint address | 72 its check | 80 checkpoint address | 88 its check
 *          96 noted end | 104 its check | 112 noted end | 120 its check
 * </pre>
 */
final class ChunkFormat {

  static final int VERSION = 1;
  static final long MAGIC = 0x4B43544F50544F48L; // "HOTPOTCK"
  static final int HEADER_BYTES = 64;
  static final int CHECKPOINT_OFFSET = 64;
  static final int POINTER_BYTES = 16;
  static final int NOTE_OFFSET = 96;
  static final int DATA_OFFSET = 128;

  private static final long MOVING = 1L << 63;

  private ChunkFormat() {}

  static long label(int partition, int sequence, boolean moving) {
    long body = (moving ? MOVING : 0) | (long) partition << 45 | (long) sequence << 14;
    return body | check(body);
  }

  private static long check(long body) {
    return Checksum.mix(body ^ MAGIC) & 0x3FFF;
  }

  static boolean labelIsValid(long label) {
    return (label & 0x3FFF) == check(label & ~0x3FFFL);
  }

  static boolean labelIsMoving(long label) {
    return label < 0;
  }

  static int labelPartition(long label) {
    return (int) (label >>> 45) & ((1 << 18) - 1);
  }

  static int labelSequence(long label) {
    return (int) (label >>> 14) & Integer.MAX_VALUE;
  }

  static void writeHeader(ChunkMemory chunk, long storeId, int partition, int sequence) {
    byte[] header = new byte[DATA_OFFSET];
    Bytes.putLong(header, 0, MAGIC);
    Bytes.putInt(header, 8, VERSION);
    Bytes.putLong(header, 16, storeId);
    Bytes.putInt(header, 24, partition);
    Bytes.putInt(header, 28, sequence);
    Bytes.putInt(header, 12, headerChecksum(header));
    chunk.put(0, header, 0, DATA_OFFSET);
  }

  static void clearHeader(ChunkMemory chunk) {
    chunk.put(0, new byte[DATA_OFFSET], 0, DATA_OFFSET);
  }

  /**
   * Reads the identity in a chunk's header.
   *
   * @return the label it stands for, or 0 if there is no valid header of this store
   * @throws FormatTooNew if the header is valid and of a later version
   */
  static long headerLabel(ChunkMemory chunk, long storeId) {
    byte[] header = new byte[HEADER_BYTES];
    chunk.get(0, header, 0, HEADER_BYTES);
    if (Bytes.getLong(header, 0) != MAGIC
        || Bytes.getInt(header, 12) != headerChecksum(header)
        || Bytes.getLong(header, 16) != storeId) {
      return 0;
    }
    int version = Bytes.getInt(header, 8);
    if (version > VERSION) {
      throw new FormatTooNew(
          "chunk "
              + chunk.index()
              + " has log format "
              + version
              + ", this library reads up to "
              + VERSION
              + "; use the version of Hotpot that wrote it, or a newer one");
    }
    return label(Bytes.getInt(header, 24), Bytes.getInt(header, 28), false);
  }

  /** Whether a chunk is free now, or of another place. One whose header has rotted is neither. */
  static boolean isElsewhere(ChunkMemory chunk, long storeId, int partition, int sequence) {
    long label = headerLabel(chunk, storeId);
    if (label != 0) {
      return labelPartition(label) != partition || labelSequence(label) != sequence;
    }
    byte[] magic = new byte[Long.BYTES];
    chunk.get(0, magic, 0, magic.length);
    return Bytes.getLong(magic, 0) == 0;
  }

  private static int headerChecksum(byte[] header) {
    CRC32C crc = new CRC32C();
    crc.update(header, 0, 12);
    crc.update(header, 16, HEADER_BYTES - 16);
    return (int) crc.getValue();
  }

  /** The addresses of the newest two checkpoint batches that lie in this chunk, 0 for none. */
  static long[] checkpointPointers(ChunkMemory chunk) {
    return new long[] {
      checkpointPointer(chunk, CHECKPOINT_OFFSET),
      checkpointPointer(chunk, CHECKPOINT_OFFSET + POINTER_BYTES)
    };
  }

  private static long checkpointPointer(ChunkMemory chunk, int offset) {
    long address = chunk.getLong(offset);
    return address != 0 && chunk.getLong(offset + 8) == Checksum.mix(address) ? address : 0;
  }

  /**
   * Writes over the older pointer, so that one is left if power is lost meanwhile.
   *
   * @return where, for the flush of {@link #POINTER_BYTES} that must follow
   */
  static int writeCheckpointPointer(ChunkMemory chunk, long address) {
    long[] present = checkpointPointers(chunk);
    int offset = CHECKPOINT_OFFSET + (present[0] <= present[1] ? 0 : POINTER_BYTES);
    byte[] pointer = new byte[POINTER_BYTES];
    Bytes.putLong(pointer, 0, address);
    Bytes.putLong(pointer, 8, Checksum.mix(address));
    chunk.put(offset, pointer, 0, POINTER_BYTES);
    return offset;
  }

  /**
   * The address up to which the log was known to be durable on this medium, as far as it lies in
   * this chunk; 0: nothing was noted.
   *
   * @param seed of the log: the note of a chunk's earlier life is none
   */
  static long notedEnd(ChunkMemory chunk, int sequence, long seed) {
    long noted =
        Math.max(noted(chunk, NOTE_OFFSET, seed), noted(chunk, NOTE_OFFSET + POINTER_BYTES, seed));
    return Address.sequenceOfEnd(noted) == sequence ? noted : 0;
  }

  private static long noted(ChunkMemory chunk, int offset, long seed) {
    long address = chunk.getLong(offset);
    return address > 0 && chunk.getLong(offset + 8) == Checksum.mix(address ^ seed) ? address : 0;
  }

  /**
   * Writes over the lower note, so that one is left if power is lost meanwhile.
   *
   * @return where, for the flush of {@link #POINTER_BYTES} that must follow
   */
  static int writeNotedEnd(ChunkMemory chunk, long address, long seed) {
    boolean isFirstLower =
        noted(chunk, NOTE_OFFSET, seed) <= noted(chunk, NOTE_OFFSET + POINTER_BYTES, seed);
    int offset = NOTE_OFFSET + (isFirstLower ? 0 : POINTER_BYTES);
    writeNote(chunk, offset, address, seed);
    return offset;
  }

  /** Notes a lower end: both are written over, and both must be flushed. */
  static void lowerNotedEnd(ChunkMemory chunk, long address, long seed) {
    writeNote(chunk, NOTE_OFFSET, address, seed);
    writeNote(chunk, NOTE_OFFSET + POINTER_BYTES, address, seed);
  }

  private static void writeNote(ChunkMemory chunk, int offset, long address, long seed) {
    byte[] note = new byte[POINTER_BYTES];
    Bytes.putLong(note, 0, address);
    Bytes.putLong(note, 8, Checksum.mix(address ^ seed));
    chunk.put(offset, note, 0, POINTER_BYTES);
  }
}
