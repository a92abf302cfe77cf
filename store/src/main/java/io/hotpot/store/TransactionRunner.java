package io.hotpot.store;

import io.hotpot.store.spi.Chance;
import io.hotpot.store.spi.Elsewhere;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs work in transactions: commits what it did, and on a conflict runs it again, after a pause
 * that grows; of work that only reads, the last attempt is over a snapshot, which cannot conflict,
 * or in a cluster under shared locks, which keep those away that it conflicts with.
 *
 * <p>Owns nothing and takes no lock. Thread-safety: all methods from any thread; the work runs on
 * the caller's.
 */
final class TransactionRunner {

  /** So often {@code read} tries what is newest before it takes a snapshot. */
  private static final int OPTIMISTIC_READS = 4;

  /** In a cluster so often, before it takes shared locks (PROTOCOL 7.9). */
  private static final int READS_WITHOUT_LOCKS = 16;

  private final TransactionContext context;
  private final SnapshotTaker snapshots;
  private final Chance chance;

  TransactionRunner(TransactionContext context, SnapshotTaker snapshots, Chance chance) {
    this.context = context;
    this.snapshots = snapshots;
    this.chance = chance;
  }

  /**
   * Begins a transaction that its user ends.
   *
   * @param home the dataset that is meant where a call names none
   */
  Transaction begin(@Nullable Dataset home) {
    context.state().checkOpen();
    return Transaction.optimistic(context, home, context.options().readOnly(), true, 0);
  }

  /** Runs work that may write; see {@link Dataset#transact}. */
  <T> T transact(@Nullable Dataset home, TransactionWork<T> work) {
    context.state().checkWritable();
    return attempts(home, false, work);
  }

  /** As {@link #transact}, for work without a result. */
  void run(@Nullable Dataset home, TransactionAction work) {
    transact(
        home,
        tx -> {
          work.run(tx);
          return Boolean.TRUE;
        });
  }

  /** Runs work that only reads; see {@link Dataset#read}. */
  <T> T read(@Nullable Dataset home, TransactionWork<T> work) {
    context.state().checkOpen();
    T result = attempts(home, true, work);
    return result;
  }

  private <T> T attempts(@Nullable Dataset home, boolean readOnly, TransactionWork<T> work) {
    int limit = context.options().attempts();
    long age = 0;
    Set<Long> lastRead = Set.of();
    for (int attempt = 1; ; attempt++) {
      Elsewhere elsewhere = context.cluster().elsewhere();
      if (readOnly && elsewhere == null && attempt > Math.min(OPTIMISTIC_READS, limit)) {
        return readSnapshot(home, work);
      }
      if (readOnly && elsewhere != null && attempt > Math.min(READS_WITHOUT_LOCKS, limit)) {
        return readSharing(home, work, new SharedReads(elsewhere, lastRead));
      }
      Transaction tx = Transaction.optimistic(context, home, readOnly, false, age);
      try {
        T result = work.run(tx);
        tx.commitOrConflict();
        return result;
      } catch (Conflict conflict) {
        note(conflict);
        if (!readOnly && attempt >= limit) {
          throw conflict.afterAttempts(attempt);
        }
        context.events().retries.increment();
        backOff(attempt);
      } finally {
        tx.rollback();
      }
      age = tx.age();
      lastRead = readOnly ? tx.objectsRead() : lastRead;
      context.state().checkOpen();
    }
  }

  /** Other transactions keep changing what the work reads; of a snapshot nothing changes. */
  private <T> T readSnapshot(@Nullable Dataset home, TransactionWork<T> work) {
    try (Snapshot view = snapshots.take()) {
      context.events().snapshotReads.increment();
      Transaction tx = Transaction.over(view, context, home);
      try {
        T result = work.run(tx);
        tx.commitOrConflict();
        return result;
      } finally {
        tx.rollback();
      }
    }
  }

  private void note(Conflict conflict) {
    context.events().conflicts.increment();
    if (conflict.kind == Conflict.Kind.DOOMED) {
      context.events().doomed.increment();
    }
  }

  /** The same, where there is no snapshot that would do: nobody may change it meanwhile. */
  private <T> T readSharing(@Nullable Dataset home, TransactionWork<T> work, SharedReads shared) {
    context.events().sharedReads.increment();
    for (int attempt = 1; ; attempt++) {
      Transaction tx = Transaction.sharing(context, home, shared);
      try {
        shared.begin();
        T result = work.run(tx);
        tx.commitOrConflict();
        return result;
      } catch (Conflict conflict) {
        note(conflict);
        context.events().retries.increment();
      } finally {
        shared.end();
        tx.rollback();
      }
      backOff(attempt);
      context.state().checkOpen();
    }
  }

  /** Jittered and growing, from some microseconds to a millisecond. */
  private void backOff(int attempt) {
    long limitNs = Math.min(1_000_000L, 2_000L << Math.min(attempt, 9));
    if (attempt > 2) {
      context.threads().park(this, limitNs / 4 + chance.nextLong(limitNs - limitNs / 4));
    } else {
      context.threads().pause(0);
    }
  }
}
