package io.hotpot.store;

import io.hotpot.store.Ledger.Entry;
import io.hotpot.store.Ledger.Kind;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.List;

/**
 * The stamp that no snapshot of a partition exceeds, as its log says: whoever owns the partition
 * next stamps its commits above it, and so above all snapshots that were taken (PROTOCOL 14.3). It
 * is raised a second ahead, so that few snapshots wait for it.
 *
 * <p>Thread-safety: under the commit lock.
 */
final class SnapshotBound {

  private static final long AHEAD_MS = 1000;

  private long stamp;
  private long end;

  /** No bound yet: 0. */
  long stamp() {
    return stamp;
  }

  /** The end of the batch that says it; 0: it was there when the partition was rebuilt. */
  long end() {
    return end;
  }

  boolean covers(long snapshot) {
    return snapshot <= stamp;
  }

  /** A MARK with a new bound, above a snapshot; the batch is to be appended with flag BOUND. */
  static byte[] mark(long snapshot) {
    byte[] mark = new byte[BatchFormat.HEADER_BYTES + Long.BYTES];
    Bytes.putLong(mark, BatchFormat.HEADER_BYTES, Stamp.laterBy(snapshot, AHEAD_MS));
    return mark;
  }

  /** The bound in a MARK was appended, or found in the log. */
  void raise(long bound, long endOfBatch) {
    if (bound > stamp) {
      stamp = bound;
      end = endOfBatch;
    }
  }

  /** The bound in a MARK of the log. */
  static long read(ChunkMemory memory, int batch) {
    return memory.getLong(batch + BatchFormat.HEADER_BYTES);
  }

  // ---- checkpoints

  /** So that the batch with the bound may go. */
  Ledger listedIn(Ledger ledger) {
    if (stamp == 0) {
      return ledger;
    }
    List<Entry> entries = new ArrayList<>(ledger.entries());
    entries.add(new Entry(new TransactionId(0, 0, 0), Kind.BOUND, stamp, 0));
    return new Ledger(entries);
  }

  void takeOver(Ledger ledger) {
    for (Entry entry : ledger.entries()) {
      if (entry.kind() == Kind.BOUND) {
        raise(entry.value(), 0);
      }
    }
  }
}
