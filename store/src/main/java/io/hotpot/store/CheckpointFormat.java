package io.hotpot.store;

import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The batches of a checkpoint, after the batch header.
 *
 * <pre>
 *  PAGE        0 first slot u32 | 4 count u32 | 8 handle words
 *  CHECKPOINT  0 begin u64 | 8 stamp u64 | 16 slots u32 | 20 first free slot u32 | 24 generation u32 | 28 pages u32
 *              32 objects u64 | 40 chunks u32 | 44 ledger pages u32 | 48 page addresses u64 | ledger page addresses u64
 *              chunks: sequence u32, reserved, live bytes u64
 * </pre>
 */
final class CheckpointFormat {

  static final int PAGE_SLOTS = 1 << 16;
  private static final int FIXED_BYTES = 48;

  private CheckpointFormat() {}

  static int pageBytes(int count) {
    return BatchFormat.aligned(BatchFormat.HEADER_BYTES + 8 + 8 * count);
  }

  static void writePage(byte[] batch, int firstSlot, int count) {
    Bytes.putInt(batch, BatchFormat.HEADER_BYTES, firstSlot);
    Bytes.putInt(batch, BatchFormat.HEADER_BYTES + 4, count);
  }

  static int wordOffset(int index) {
    return BatchFormat.HEADER_BYTES + 8 + 8 * index;
  }

  static byte[] writeEnd(Checkpoint checkpoint) {
    int at = BatchFormat.HEADER_BYTES;
    byte[] batch =
        new byte
            [BatchFormat.aligned(
                at
                    + FIXED_BYTES
                    + 8 * checkpoint.pages().length
                    + 8 * checkpoint.ledger().length
                    + 16 * checkpoint.liveBytes().size())];
    Bytes.putLong(batch, at, checkpoint.begin());
    Bytes.putLong(batch, at + 8, checkpoint.stamp());
    Bytes.putInt(batch, at + 16, checkpoint.slots());
    Bytes.putInt(batch, at + 20, checkpoint.freeHead());
    Bytes.putInt(batch, at + 24, checkpoint.generation());
    Bytes.putInt(batch, at + 28, checkpoint.pages().length);
    Bytes.putLong(batch, at + 32, checkpoint.objects());
    Bytes.putInt(batch, at + 40, checkpoint.liveBytes().size());
    Bytes.putInt(batch, at + 44, checkpoint.ledger().length);
    at = writeAddresses(batch, at + FIXED_BYTES, checkpoint.pages());
    at = writeAddresses(batch, at, checkpoint.ledger());
    for (var entry : new TreeMap<>(checkpoint.liveBytes()).entrySet()) {
      Bytes.putInt(batch, at, entry.getKey());
      Bytes.putLong(batch, at + 8, entry.getValue());
      at += 16;
    }
    return batch;
  }

  private static int writeAddresses(byte[] batch, int from, long[] addresses) {
    int at = from;
    for (long address : addresses) {
      Bytes.putLong(batch, at, address);
      at += 8;
    }
    return at;
  }

  /**
   * The checkpoint that the batch at an address completes; null if any of its batches is damaged.
   */
  static @Nullable Checkpoint read(FoundLog found, long address) {
    LogChunk chunk = found.chunks.get(Address.sequence(address));
    int offset = Address.offset(address);
    if (chunk == null
        || !BatchFormat.isValid(chunk.memory, offset, chunk.sequence, found.seed)
        || BatchFormat.kind(chunk.memory, offset) != BatchFormat.CHECKPOINT) {
      return null;
    }
    int length = BatchFormat.length(chunk.memory, offset);
    byte[] batch = new byte[length];
    chunk.memory.get(offset, batch, 0, length);
    int at = BatchFormat.HEADER_BYTES;
    int chunkCount = Bytes.getInt(batch, at + 40);
    int pagesAt = at + FIXED_BYTES;
    long[] pages = readAddresses(batch, pagesAt, Bytes.getInt(batch, at + 28));
    int ledgerAt = pagesAt + 8 * pages.length;
    long[] ledger = readAddresses(batch, ledgerAt, Bytes.getInt(batch, at + 44));
    if (!allValid(found, pages, false) || !allValid(found, ledger, true)) {
      return null;
    }
    TreeMap<Integer, Long> liveBytes = new TreeMap<>();
    int chunksAt = ledgerAt + 8 * ledger.length;
    for (int i = 0; i < chunkCount; i++) {
      liveBytes.put(
          Bytes.getInt(batch, chunksAt + 16 * i), Bytes.getLong(batch, chunksAt + 16 * i + 8));
    }
    return new Checkpoint(
        Bytes.getLong(batch, at),
        address + length,
        Bytes.getLong(batch, at + 8),
        Bytes.getInt(batch, at + 16),
        Bytes.getInt(batch, at + 20),
        Bytes.getInt(batch, at + 24),
        Bytes.getLong(batch, at + 32),
        liveBytes,
        pages,
        ledger);
  }

  private static long[] readAddresses(byte[] batch, int at, int count) {
    long[] addresses = new long[count];
    for (int i = 0; i < count; i++) {
      addresses[i] = Bytes.getLong(batch, at + 8 * i);
    }
    return addresses;
  }

  private static boolean allValid(FoundLog found, long[] pages, boolean ofLedger) {
    for (long address : pages) {
      LogChunk chunk = found.chunks.get(Address.sequence(address));
      int offset = Address.offset(address);
      if (chunk == null
          || !BatchFormat.isValid(chunk.memory, offset, chunk.sequence, found.seed)
          || BatchFormat.kind(chunk.memory, offset) != BatchFormat.PAGE
          || LedgerFormat.isPage(chunk.memory, offset) != ofLedger) {
        return false;
      }
    }
    return true;
  }
}
