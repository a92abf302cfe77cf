package io.hotpot.store;

import io.hotpot.store.spi.LockId;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The objects of a partition that transactions of the cluster have acquired exclusively (PROTOCOL
 * 15). Volatile: whoever owns the partition next knows nothing of them.
 *
 * <p>Thread-safety: under the commit lock.
 */
final class AcquiredObjects {

  private final Map<Long, LockId> holders = new HashMap<>();

  /** How many objects each holds; none is there with 0. */
  private final Map<LockId, Integer> counts = new HashMap<>();

  /** Nothing changes where an object is the same holder's already. */
  void add(LockId lock, long[] objectIds) {
    for (long id : objectIds) {
      LockId holder = holders.putIfAbsent(id, lock);
      if (holder == null) {
        counts.merge(lock, 1, Integer::sum);
      } else if (!holder.equals(lock)) {
        throw new IllegalStateException(
            Ref.text(id) + " is acquired twice - holder=" + holder + ", new=" + lock);
      }
    }
  }

  void remove(LockId lock, long[] objectIds) {
    for (long id : objectIds) {
      if (holders.remove(id, lock)) {
        counts.computeIfPresent(lock, (l, n) -> n == 1 ? null : n - 1);
      }
    }
  }

  boolean isHolder(LockId lock) {
    return counts.containsKey(lock);
  }

  boolean isHeldBy(long objectId, LockId holder) {
    return holder.equals(holders.get(objectId));
  }

  /**
   * @param holder who asks; null: somebody who has acquired nothing
   */
  boolean isHeldByOther(long objectId, @Nullable LockId holder) {
    if (holders.isEmpty()) {
      return false;
    }
    LockId found = holders.get(objectId);
    return found != null && !found.equals(holder);
  }

  void clear() {
    holders.clear();
    counts.clear();
  }
}
