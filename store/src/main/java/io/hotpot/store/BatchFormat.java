package io.hotpot.store;

/**
 * The header of a batch, the unit of logging, checksum and replication; docs/FORMAT.md draws it.
 *
 * <pre>
 *  0 length u32 | 4 checksum u32 | 8 previous checksum u32 | 12 epoch u32 | 16 stamp u64
 *  24 durable distance u32 | 28 kind u8 | 29 flags u8 | 30 siblings u16 | 32 sibling list, records
 * </pre>
 */
final class BatchFormat {

  static final int HEADER_BYTES = 32;
  static final int SIBLING_BYTES = 16;
  static final int ALIGNMENT = 8;

  static final int COMMIT = 0xA1;
  static final int PART = 0xA2;
  static final int RELOCATION = 0xA3;
  static final int MARK = 0xA4;
  static final int SEAL = 0xA5;
  static final int PAGE = 0xA6;
  static final int CHECKPOINT = 0xA7;

  /** A participant's part of a transaction over several partitions of a cluster. */
  static final int PREPARE = 0xA8;

  /** How a transaction ended that was prepared, or that never shall be. */
  static final int DECISION = 0xA9;

  /** Flag of a COMMIT: the transaction's id stands behind the sibling list. */
  static final int WITH_ID = 8;

  /** Flag of a PAGE: a part of the ledger, not of the handle table. */
  static final int LEDGER = 1;

  /** Flag of a MARK: the first batch of an epoch of the partition. */
  static final int EPOCH = 16;

  /** Flag of a MARK: a bound of the partition's snapshots follows. */
  static final int BOUND = 32;

  /**
   * Flag of a MARK: a recovery ended here; references that the crash left dangling must not come to
   * life again.
   */
  static final int RECOVERED = 1;

  /**
   * MARK: recovery found damage; an address follows, below which versions may not be the newest.
   */
  static final int SUSPECT = 4;

  /** Flag of a MARK: an operator decided to go on without what was lost before it. */
  static final int DAMAGE_ACCEPTED = 2;

  /** The longest batch: what a chunk holds beside its header and the seal that closes it. */
  static final int MAX_BYTES = Heap.CHUNK_BYTES - ChunkFormat.DATA_OFFSET - HEADER_BYTES;

  /** What the number of siblings has room for. */
  static final int MAX_SIBLINGS = 0xFFFF;

  /** The longest sibling list beside which every object fits a batch. */
  static final int FITTING_SIBLINGS = 1024;

  /** The largest encoded object. */
  static final int MAX_PAYLOAD_BYTES =
      MAX_BYTES
          - HEADER_BYTES
          - FITTING_SIBLINGS * SIBLING_BYTES
          - RecordFormat.HEADER_BYTES
          - ALIGNMENT;

  private static final int UNKNOWN_DISTANCE = -1;

  private BatchFormat() {}

  static int aligned(int lengthBytes) {
    return (lengthBytes + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /**
   * Completes a batch whose sibling list and records already stand in {@code batch} from {@link
   * #HEADER_BYTES} on.
   *
   * @param lengthBytes with padding
   * @return its checksum
   */
  static int seal(
      byte[] batch,
      int lengthBytes,
      int kind,
      int flags,
      int siblings,
      int previousChecksum,
      int epoch,
      long stamp,
      long address,
      long durableAddress,
      long seed) {
    Bytes.putInt(batch, 0, lengthBytes);
    Bytes.putInt(batch, 8, previousChecksum);
    Bytes.putInt(batch, 12, epoch);
    Bytes.putLong(batch, 16, stamp);
    long distance = (address - durableAddress) >>> 3;
    Bytes.putInt(
        batch,
        24,
        durableAddress == 0 || distance >= 0xFFFF_FFFFL ? UNKNOWN_DISTANCE : (int) distance);
    batch[28] = (byte) kind;
    batch[29] = (byte) flags;
    Bytes.putShort(batch, 30, siblings);
    int checksum = Checksum.of(batch, 8, lengthBytes - 8, seed ^ address);
    Bytes.putInt(batch, 4, checksum);
    return checksum;
  }

  static int kind(ChunkMemory chunk, int offset) {
    return chunk.getInt(offset + 28) & 0xFF;
  }

  static int flags(ChunkMemory chunk, int offset) {
    return chunk.getInt(offset + 28) >>> 8 & 0xFF;
  }

  static int siblings(ChunkMemory chunk, int offset) {
    return chunk.getInt(offset + 28) >>> 16;
  }

  /** Whether versions of objects stand in a batch of this kind. */
  static boolean hasRecords(int kind) {
    return kind == COMMIT || kind == PART || kind == RELOCATION || kind == PREPARE;
  }

  static int length(ChunkMemory chunk, int offset) {
    return chunk.getInt(offset);
  }

  static int checksum(ChunkMemory chunk, int offset) {
    return chunk.getInt(offset + 4);
  }

  static int previousChecksum(ChunkMemory chunk, int offset) {
    return chunk.getInt(offset + 8);
  }

  static int epoch(ChunkMemory chunk, int offset) {
    return chunk.getInt(offset + 12);
  }

  static long stamp(ChunkMemory chunk, int offset) {
    return chunk.getLong(offset + 16);
  }

  /** The address up to which the writer knew the log durable, or 0. */
  static long durableAddress(ChunkMemory chunk, int offset, long address) {
    int distance = chunk.getInt(offset + 24);
    return distance == UNKNOWN_DISTANCE ? 0 : address - (Integer.toUnsignedLong(distance) << 3);
  }

  /**
   * Whether a whole, undamaged batch of this chunk's present life starts at an offset.
   *
   * @param seed of the partition, see {@link #seed}
   */
  static boolean isValid(ChunkMemory chunk, int offset, int sequence, long seed) {
    if (offset > Heap.CHUNK_BYTES - HEADER_BYTES) {
      return false;
    }
    int kind = kind(chunk, offset);
    if (kind < COMMIT || kind > DECISION) {
      return false;
    }
    int length = length(chunk, offset);
    if (length < HEADER_BYTES
        || length > Heap.CHUNK_BYTES - offset
        || (length & (ALIGNMENT - 1)) != 0
        || siblings(chunk, offset) * SIBLING_BYTES > length - HEADER_BYTES) {
      return false;
    }
    return checksum(chunk, offset)
        == Checksum.of(chunk, offset + 8, length - 8, seed ^ Address.of(sequence, offset));
  }

  /** Where the records of a sound batch begin, from the batch on. */
  static int recordsBegin(ChunkMemory chunk, int offset) {
    int begin = HEADER_BYTES + siblings(chunk, offset) * SIBLING_BYTES;
    int kind = kind(chunk, offset);
    if (kind == PREPARE) {
      return begin + PrepareFormat.bytes(chunk, offset);
    }
    if (kind == DECISION) {
      return length(chunk, offset);
    }
    return kind != COMMIT
        ? begin
        : (flags(chunk, offset) & WITH_ID) == 0 ? begin : begin + SIBLING_BYTES;
  }

  static long seed(long storeId, int partition) {
    return Checksum.mix(storeId + partition);
  }

  static String kindName(int kind) {
    return switch (kind) {
      case COMMIT -> "commit";
      case PART -> "part";
      case RELOCATION -> "relocation";
      case MARK -> "mark";
      case SEAL -> "seal";
      case PAGE -> "page";
      case CHECKPOINT -> "checkpoint";
      case PREPARE -> "prepare";
      case DECISION -> "decision";
      default -> "unknown";
    };
  }
}
