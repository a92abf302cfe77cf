package io.hotpot.store;

import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * What a copy of a log knows of objects beyond its table: up to where the log may change each
 * (PROTOCOL 7.11). An object is pending as long as the table has not come past its mark.
 *
 * <p>A mark is never taken away, since the table passes it, and objects share marks: so marking
 * costs one store, and the memory is bounded. Objects that share one are pending together, which
 * costs whoever reads the other one a message.
 *
 * <p>Thread-safety: {@link #of} and {@link #from} from any thread; the others by the thread that
 * writes the copy.
 */
final class PendingMarks {

  private static final int BITS = 14;

  /** How many objects have a mark of their own, at best. */
  static final int SIZE = 1 << BITS;

  /** By {@link #place}: the end of the last batch that changes an object there. */
  private volatile @Nullable AtomicLongArray ends;

  /** What begins below is not marked. */
  private volatile long from;

  private static int place(long objectId) {
    return (int) ((objectId * 0x9E37_79B9_7F4A_7C15L) >>> (Long.SIZE - BITS));
  }

  /** A batch that ends at an address changes the object. */
  void mark(long objectId, long end) {
    AtomicLongArray now = ends;
    if (now == null) {
      now = new AtomicLongArray(SIZE);
      ends = now;
    }
    now.set(place(objectId), end);
  }

  /** Nothing of the object was marked beyond this address; 0: nothing at all. */
  long of(long objectId) {
    AtomicLongArray now = ends;
    return now == null ? 0 : now.get(place(objectId));
  }

  /** The log below an address has come without being marked; nothing beyond it is there. */
  void beginAt(long address) {
    ends = null;
    from = address;
  }

  /** Where marks begin: a table that has not come there misses what is not marked. */
  long from() {
    return from;
  }
}
