package io.hotpot.store;

import io.hotpot.store.spi.Elsewhere;
import io.hotpot.store.spi.ReadLocks;
import io.hotpot.store.spi.TransactionLocks;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The shared locks of a {@code read} that other nodes' commits kept disturbing (PROTOCOL 7.9): what
 * an attempt reads it acquires before, beginning with what the last one had read, so that nobody
 * changes it meanwhile. They only keep commits away: the end of the attempt is that of any other.
 *
 * <p>Confined to the transaction's thread.
 */
final class SharedReads {

  /** What is read beyond so many objects is not acquired, and may go on being disturbed. */
  private static final int MOST = 65_536;

  /** How long the first attempt may hold something. */
  private static final long FIRST_LIMIT_NS = 100_000_000;

  /** 16 L: how long any attempt may. */
  private static final long LAST_LIMIT_NS = 32_000_000_000L;

  private final Elsewhere elsewhere;
  private Set<Long> lastRead;

  /** In this attempt, whatever became of it. */
  private final Set<Long> asked = new TreeSet<>();

  private long age;
  private long limitNs = FIRST_LIMIT_NS;
  private @Nullable ReadLocks locks;

  /**
   * @param lastRead by the attempt before, without locks
   */
  SharedReads(Elsewhere elsewhere, Set<Long> lastRead) {
    this.elsewhere = elsewhere;
    this.lastRead = lastRead;
  }

  /**
   * Acquires what the last attempt has read, all of it at once.
   *
   * @throws Conflict if the attempt must be made again
   */
  void begin() {
    locks = elsewhere.readLocks(age, limitNs);
    acquire(lastRead);
  }

  /**
   * Acquires an object that is about to be read.
   *
   * @throws Conflict if the attempt must be made again
   */
  void read(long objectId) {
    if (!asked.contains(objectId)) {
      acquire(Set.of(objectId));
    }
  }

  private void acquire(Set<Long> objectIds) {
    ReadLocks held = locks;
    if (held == null || objectIds.isEmpty() || asked.size() + objectIds.size() > MOST) {
      return;
    }
    TransactionLocks.State state;
    try {
      state = held.acquire(objectIds.stream().mapToLong(Long::longValue).sorted().toArray());
    } catch (ConflictException e) {
      // Others kept one of them for very long.
      asked.addAll(objectIds);
      throw new Conflict(objectIds.iterator().next());
    } catch (ObjectNotFound e) {
      // The dataset of one was dropped: who reads that is told, and the others are asked for then.
      return;
    }
    asked.addAll(objectIds);
    switch (state) {
      case HELD -> {}
      case WOUNDED -> throw Conflict.wounded(objectIds.iterator().next());
      case LOST -> throw Conflict.lockLost(objectIds.iterator().next());
    }
  }

  /** The attempt is over. */
  void end() {
    ReadLocks held = locks;
    if (held != null) {
      age = held.age();
      held.release();
    }
    locks = null;
    lastRead = Set.copyOf(asked);
    asked.clear();
    limitNs = Math.min(LAST_LIMIT_NS, 2 * limitNs);
  }
}
