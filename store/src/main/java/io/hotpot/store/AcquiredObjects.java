package io.hotpot.store;

import io.hotpot.store.spi.LockId;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The objects of a partition that transactions of the cluster have acquired, each exclusively or
 * shared with others that read (PROTOCOL 15). Volatile: whoever owns the partition next knows
 * nothing of them.
 *
 * <p>Thread-safety: under the commit lock.
 */
final class AcquiredObjects {

  private final Map<Long, LockId> holders = new HashMap<>();

  /** How many objects each holds; none is there with 0. */
  private final Map<LockId, Integer> counts = new HashMap<>();

  /** None is there without anybody. */
  private final Map<Long, TreeSet<LockId>> sharers = new HashMap<>();

  /** Nothing changes where an object is the same holder's already. */
  void add(LockId lock, long[] objectIds) {
    for (long id : objectIds) {
      LockId holder = holders.putIfAbsent(id, lock);
      if (sharers.containsKey(id)) {
        throw twice(id, sharers.get(id), lock);
      } else if (holder == null) {
        counts.merge(lock, 1, Integer::sum);
      } else if (!holder.equals(lock)) {
        throw twice(id, holder, lock);
      }
    }
  }

  private static IllegalStateException twice(long id, @Nullable Object holder, LockId lock) {
    return new IllegalStateException(
        Ref.text(id) + " is acquired twice - holder=" + holder + ", new=" + lock);
  }

  /** The same, for objects that others may share. */
  void share(LockId lock, long[] objectIds) {
    for (long id : objectIds) {
      if (holders.containsKey(id)) {
        throw twice(id, holders.get(id), lock);
      }
      sharers.computeIfAbsent(id, i -> new TreeSet<>()).add(lock);
    }
  }

  void remove(LockId lock, long[] objectIds) {
    for (long id : objectIds) {
      if (holders.remove(id, lock)) {
        counts.computeIfPresent(lock, (l, n) -> n == 1 ? null : n - 1);
      }
      TreeSet<LockId> sharing = sharers.get(id);
      if (sharing != null && sharing.remove(lock) && sharing.isEmpty()) {
        sharers.remove(id);
      }
    }
  }

  /** Whether it has anything exclusively. */
  boolean isHolder(LockId lock) {
    return counts.containsKey(lock);
  }

  /** Exclusively. */
  boolean isHeldBy(long objectId, LockId holder) {
    return holder.equals(holders.get(objectId));
  }

  /**
   * Exclusively.
   *
   * @param holder who asks; null: somebody who has acquired nothing
   */
  boolean isHeldByOther(long objectId, @Nullable LockId holder) {
    if (holders.isEmpty()) {
      return false;
    }
    LockId found = holders.get(objectId);
    return found != null && !found.equals(holder);
  }

  /** Whether somebody reads it under a shared lock: nobody may change it. */
  boolean isShared(long objectId) {
    return !sharers.isEmpty() && sharers.containsKey(objectId);
  }

  void clear() {
    holders.clear();
    counts.clear();
    sharers.clear();
  }
}
