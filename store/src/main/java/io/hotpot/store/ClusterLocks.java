package io.hotpot.store;

import io.hotpot.store.spi.Elsewhere;
import io.hotpot.store.spi.TransactionLocks;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one transaction of a cluster's node has acquired (PROTOCOL 15), and what becomes of the
 * transaction when that is lost.
 *
 * <p>Confined to the transaction's thread.
 */
final class ClusterLocks {

  /** Objects of one transaction. */
  private static final int MOST = 65_536;

  private final Elsewhere elsewhere;
  private final long firstAge;

  /** Null, and all empty: nothing was acquired yet. */
  private @Nullable TransactionLocks locks;

  private Set<Long> acquired = Set.of();
  private Set<Integer> partitions = Set.of();

  /**
   * @param age of the work's first attempt; 0: this is it
   */
  ClusterLocks(Elsewhere elsewhere, long age) {
    this.elsewhere = elsewhere;
    this.firstAge = age;
  }

  /**
   * Acquires objects, those that are not acquired already.
   *
   * @throws Conflict if all locks of the transaction are gone
   * @throws ConflictException if another transaction kept one of them for too long
   */
  void acquire(long[] objectIds) {
    Set<Long> missing = new TreeSet<>();
    for (long id : objectIds) {
      if (!acquired.contains(id)) {
        missing.add(id);
      }
    }
    if (acquired.size() + missing.size() > MOST) {
      throw new MisuseException(
          "a transaction acquires at most " + MOST + " objects - acquired=" + acquired.size());
    }
    if (missing.isEmpty()) {
      return;
    }
    TransactionLocks open = locks;
    if (open == null) {
      open = elsewhere.locks(firstAge);
      locks = open;
      acquired = new TreeSet<>();
      partitions = new TreeSet<>();
    }
    throwUnlessHeld(open.acquire(missing.stream().mapToLong(Long::longValue).toArray()), missing);
    acquired.addAll(missing);
    missing.forEach(id -> partitions.add(ObjectId.partition(id)));
  }

  boolean isEmpty() {
    return acquired.isEmpty();
  }

  /** Where something was acquired. */
  Set<Integer> partitions() {
    return partitions;
  }

  /**
   * Whether all that was acquired is the transaction's still, as far as this node knows.
   *
   * @throws Conflict if not
   */
  void check() {
    if (locks != null && !isEmpty()) {
      throwUnlessHeld(locks.state(), acquired);
    }
  }

  private static void throwUnlessHeld(TransactionLocks.State state, Set<Long> wanted) {
    switch (state) {
      case HELD -> {}
      case WOUNDED -> throw Conflict.wounded(wanted.iterator().next());
      case LOST -> throw Conflict.lockLost(wanted.iterator().next());
    }
  }

  /**
   * Commits under these locks, and releases them.
   *
   * @param copiesWanted 0: no wish
   * @throws Conflict if it must be run again; nothing happened
   */
  void commit(List<Elsewhere.Part> parts, int copiesWanted) {
    TransactionLocks held = isEmpty() ? null : locks;
    Elsewhere.Result result =
        held == null ? elsewhere.commit(parts, copiesWanted) : held.commit(parts, copiesWanted);
    check(); // Wounded before it had begun, it conflicts with nothing else.
    switch (result) {
      case Elsewhere.Result.Committed _ -> {}
      case Elsewhere.Result.Conflicting conflicting -> throw new Conflict(conflicting.objectId());
      case Elsewhere.Result.LockLost _ ->
          throw Conflict.lockLost(isEmpty() ? 0 : acquired.iterator().next());
    }
  }

  /** For the next attempt of the same work. */
  long age() {
    return locks == null ? firstAge : locks.age();
  }

  void release() {
    if (locks != null) {
      locks.release();
    }
  }
}
