package io.hotpot.store;

import io.hotpot.store.Ledger.Entry;
import io.hotpot.store.Ledger.Kind;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.List;

/**
 * The pages of a {@link Ledger}: PAGE batches with flag LEDGER, after the batch header.
 *
 * <pre>
 *  0 count u32 | 4 reserved u32 | count entries:
 *  0 node u32 | 4 incarnation u32 | 8 sequence u64 | 16 value u64 | 24 address u64, its lowest 3 bits: kind
 * </pre>
 */
final class LedgerFormat {

  /** Half a megabyte: a page never has to wait for a chunk of its own. */
  static final int PAGE_ENTRIES = 1 << 14;

  static final int ENTRY_BYTES = 32;
  private static final int KIND_MASK = BatchFormat.ALIGNMENT - 1;
  private static final int FIXED_BYTES = 8;

  private LedgerFormat() {}

  /** The batches, to be sealed. */
  static List<byte[]> pages(Ledger ledger) {
    List<Entry> entries = ledger.entries();
    List<byte[]> pages = new ArrayList<>();
    for (int from = 0; from < entries.size(); from += PAGE_ENTRIES) {
      pages.add(page(entries.subList(from, Math.min(from + PAGE_ENTRIES, entries.size()))));
    }
    return pages;
  }

  private static byte[] page(List<Entry> entries) {
    int at = BatchFormat.HEADER_BYTES;
    byte[] batch = new byte[at + FIXED_BYTES + entries.size() * ENTRY_BYTES];
    Bytes.putInt(batch, at, entries.size());
    at += FIXED_BYTES;
    for (Entry entry : entries) {
      Bytes.putInt(batch, at, entry.id().nodeId());
      Bytes.putInt(batch, at + 4, entry.id().incarnation());
      Bytes.putLong(batch, at + 8, entry.id().sequence());
      Bytes.putLong(batch, at + 16, entry.value());
      Bytes.putLong(batch, at + 24, entry.address() | entry.kind().ordinal());
      at += ENTRY_BYTES;
    }
    return batch;
  }

  static boolean isPage(ChunkMemory memory, int batch) {
    return BatchFormat.kind(memory, batch) == BatchFormat.PAGE
        && (BatchFormat.flags(memory, batch) & BatchFormat.LEDGER) != 0;
  }

  /**
   * Reads a sound page.
   *
   * @throws CorruptException if it says what no writer says
   */
  static void read(ChunkMemory memory, int batch, List<Entry> into) {
    int at = batch + BatchFormat.HEADER_BYTES;
    int count = memory.getInt(at);
    int room = BatchFormat.length(memory, batch) - BatchFormat.HEADER_BYTES - FIXED_BYTES;
    if (count < 0 || count > room / ENTRY_BYTES) {
      throw new CorruptException(
          "a page of the ledger names " + count + " entries, more than it is long");
    }
    at += FIXED_BYTES;
    for (int i = 0; i < count; i++, at += ENTRY_BYTES) {
      long address = memory.getLong(at + 24);
      int kind = (int) address & KIND_MASK;
      if (kind >= Kind.values().length) {
        throw new CorruptException("an entry of the ledger has the unknown kind " + kind);
      }
      into.add(
          new Entry(
              new TransactionId(memory.getInt(at), memory.getInt(at + 4), memory.getLong(at + 8)),
              Kind.values()[kind],
              memory.getLong(at + 16),
              address & ~KIND_MASK));
    }
  }
}
