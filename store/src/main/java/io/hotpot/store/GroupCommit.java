package io.hotpot.store;

import java.util.Collection;
import java.util.Iterator;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes commits durable and publishes them: whoever waits first leads, drains once for all that is
 * pending, and wakes the others (leader/follower group commit).
 *
 * <p>After the medium has refused once, every later commit fails: what it holds is no longer known.
 *
 * <p>Thread-safety: all methods from any thread, without holding a commit lock.
 */
final class GroupCommit {

  /** A thread that waits for a commit: its own, or one that a snapshot must see. */
  private record Waiter(Thread thread, InFlightCommit commit) {}

  private final Heap heap;
  private final Supplier<Collection<Partition>> partitions;
  private final Events events;
  private final AtomicBoolean leading = new AtomicBoolean();
  private final ConcurrentLinkedQueue<Waiter> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable HotpotException> failure = new AtomicReference<>();

  private volatile boolean closing;

  GroupCommit(Heap heap, Supplier<Collection<Partition>> partitions, Events events) {
    this.heap = heap;
    this.partitions = partitions;
    this.events = events;
  }

  /**
   * Returns when the commit is durable and published.
   *
   * @throws CommitOutcomeUnknown if the medium refused
   */
  void await(InFlightCommit commit) {
    awaitEnd(commit);
    commit.throwIfFailed();
  }

  /** Returns when the commit is published or will never be, whatever the medium said. */
  void awaitEnd(InFlightCommit commit) {
    if (!commit.isDone()) {
      waiting.add(new Waiter(Thread.currentThread(), commit));
      awaitDone(commit);
    }
  }

  /** An interrupt would keep the thread from parking: it is put off until the commit is done. */
  private void awaitDone(InFlightCommit commit) {
    boolean interrupted = false;
    try {
      while (!commit.isDone()) {
        if (leading.compareAndSet(false, true)) {
          lead();
        } else {
          LockSupport.park(this);
          interrupted |= Thread.interrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Makes everything durable that was appended before the call, and publishes what waited for that.
   *
   * @throws CommitOutcomeUnknown if the medium refuses, or did earlier
   */
  void drainAll() {
    for (int round = 0; !leading.compareAndSet(false, true); round++) {
      Waiting.pause(round);
    }
    lead();
    HotpotException e = failure.get();
    if (e != null) {
      throw new CommitOutcomeUnknown(
          "the medium refused to make durable what was written: it may be there or not; close the store and open it"
              + " again to see, it takes no more writes until then: "
              + e.getMessage(),
          e);
    }
  }

  /**
   * One round, by whoever has set {@code leading}. The lead is given up only after the others are
   * woken, so that their next commits share one round: on few cores a round costs more than it
   * waits.
   */
  private void lead() {
    try {
      round();
      wakeDone();
    } finally {
      leading.set(false);
      wakeNext();
    }
  }

  private void wakeDone() {
    for (Iterator<Waiter> i = waiting.iterator(); i.hasNext(); ) {
      Waiter waiter = i.next();
      if (waiter.commit.isDone()) {
        i.remove();
        LockSupport.unpark(waiter.thread);
      }
    }
  }

  /**
   * After the lead was given up: whoever came to wait before that could not lead, and is seen here.
   * Who is done and only came too late to be told needs no waking.
   */
  private void wakeNext() {
    for (Waiter waiter : waiting) {
      if (!waiter.commit.isDone()) {
        LockSupport.unpark(waiter.thread);
        return;
      }
    }
  }

  /** Takes no more commits; those that were appended before may still be awaited. */
  void close() {
    closing = true;
  }

  /** Asked under the commit lock: what the closing of the store appends then comes last. */
  void checkTakesCommits() {
    if (closing) {
      throw new StoreClosed(
          "the store " + heap.info().location() + " was closed; nothing happened");
    }
    throwIfFailed();
  }

  /** Whether the medium has refused. */
  boolean hasFailed() {
    return failure.get() != null || heap.hasRefused();
  }

  /**
   * Before anything is written.
   *
   * @throws CorruptException if the medium has refused
   */
  void throwIfFailed() {
    if (hasFailed()) {
      HotpotException e = failure.get();
      String message =
          "the medium "
              + heap.info().location()
              + " refused to make earlier changes durable; nothing of this one happened; the store takes no more"
              + " writes; close it and open it again to see what was kept";
      throw e == null
          ? new CorruptException(message)
          : new CorruptException(message + ": " + e.getMessage(), e);
    }
  }

  /**
   * Nobody knows any more what the log holds: no commit is taken from now on.
   *
   * @param cause an error of the medium, or of the JVM in the middle of a commit
   */
  void fail(Throwable cause) {
    failure.compareAndSet(
        null,
        cause instanceof HotpotException e
            ? e
            : new CorruptException(
                heap.info().location() + ": a commit was cut short by " + cause, cause));
  }

  /** One flush and drain for all partitions. Only the leader runs it. */
  private void round() {
    Collection<Partition> all = partitions.get();
    try {
      if (failure.get() == null) {
        flushAndDrain(all);
        int done = 0;
        for (Partition partition : all) {
          done += partition.publishDurable();
        }
        events.groupSize(done);
      }
    } catch (PowerLoss e) {
      throw e;
    } catch (RuntimeException | Error e) {
      // Each commit in flight is told; a mapping whose file has shrunk, say, is an InternalError.
      fail(e);
    }
    HotpotException failed = failure.get();
    if (failed != null) {
      all.forEach(partition -> partition.failInFlight(failed));
    }
  }

  /**
   * The ends that will be claimed durable are read under each commit lock, before anything is
   * flushed: a commit that lies below such an end has by then been appended to its other partitions
   * too, so that what is flushed afterwards covers its siblings as well.
   */
  private void flushAndDrain(Collection<Partition> all) {
    long[] ends = new long[all.size()];
    int i = 0;
    for (Partition partition : all) {
      partition.commitLock.lock();
      try {
        ends[i++] = partition.log.tail();
      } finally {
        partition.commitLock.unlock();
      }
    }
    for (Partition partition : all) {
      partition.log.flushAppended();
    }
    heap.drain();
    events.drained();
    i = 0;
    for (Partition partition : all) {
      partition.flushedDurableTo(ends[i]);
      partition.log.durable(ends[i++]);
    }
  }
}
