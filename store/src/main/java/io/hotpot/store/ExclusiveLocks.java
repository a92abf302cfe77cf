package io.hotpot.store;

import io.hotpot.store.spi.Threads;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Objects acquired exclusively by running transactions (Hotpot's MRSW mode, architecture §7): all
 * or none, in the order of their ids, so that two transactions never wait for each other.
 *
 * <p>Thread-safety: all methods from any thread.
 */
@SuppressWarnings("ReferenceEquality") // An owner is one transaction object.
final class ExclusiveLocks {

  private static final long PARK_NS = 50_000;

  private final ConcurrentHashMap<Long, Object> owners = new ConcurrentHashMap<>();
  private final Threads threads;

  ExclusiveLocks(Threads threads) {
    this.threads = threads;
  }

  /**
   * Acquires all objects, or none.
   *
   * @return the id of an object that stayed with another owner after {@code attempts} tries, or 0
   */
  long acquire(Object owner, long[] objectIds, int attempts) {
    long[] sorted = objectIds.clone();
    Arrays.sort(sorted);
    long blocker = 0;
    for (int attempt = 0; attempt < attempts; attempt++) {
      blocker = tryAcquire(owner, sorted);
      if (blocker == 0) {
        return 0;
      }
      threads.park(this, PARK_NS);
    }
    return blocker;
  }

  private long tryAcquire(Object owner, long[] sorted) {
    boolean[] taken = new boolean[sorted.length];
    for (int i = 0; i < sorted.length; i++) {
      Object holder = owners.putIfAbsent(sorted[i], owner);
      if (holder != null && holder != owner) {
        for (int j = 0; j < i; j++) {
          if (taken[j]) {
            owners.remove(sorted[j], owner);
          }
        }
        return sorted[i];
      }
      taken[i] = holder == null;
    }
    return 0;
  }

  boolean heldByOther(long objectId, Object owner) {
    if (owners.isEmpty()) {
      return false;
    }
    @Nullable Object holder = owners.get(objectId);
    return holder != null && holder != owner;
  }

  boolean holds(Object owner, long objectId) {
    return owners.get(objectId) == owner;
  }

  void release(Object owner, Iterable<Long> objectIds) {
    for (long id : objectIds) {
      owners.remove(id, owner);
    }
  }
}
