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
 * <p>Thread-safety: under the commit lock, but for {@link #settled}.
 */
final class SnapshotBound {

  private static final long AHEAD_MS = 1000;

  private long stamp;
  private long end;
  private volatile long settled;

  /** No bound yet: 0. */
  long stamp() {
    return stamp;
  }

  /** The end of the batch that says it; 0: it was found. */
  long end() {
    return end;
  }

  boolean covers(long snapshot) {
    return snapshot <= stamp;
  }

  /** Whether a bound above it will survive whatever happens. */
  boolean coversForGood(long snapshot) {
    return snapshot <= settled;
  }

  /** A bound is settled. From any thread; told in the order in which they were appended. */
  void settled(long bound) {
    settled = bound;
  }

  /** A MARK with a new bound, above a snapshot; the batch is to be appended with flag BOUND. */
  static byte[] mark(long snapshot) {
    byte[] mark = new byte[BatchFormat.HEADER_BYTES + Long.BYTES];
    Bytes.putLong(mark, BatchFormat.HEADER_BYTES, Stamp.laterBy(snapshot, AHEAD_MS));
    return mark;
  }

  /** A MARK with a bound was appended. */
  void raise(long bound, long endOfBatch) {
    stamp = bound;
    end = endOfBatch;
  }

  /** The log of a partition that is rebuilt says so; all of it is settled before it is served. */
  void found(long bound) {
    stamp = Math.max(stamp, bound);
    settled = stamp;
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
        found(entry.value());
      }
    }
  }
}
