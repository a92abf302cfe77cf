package io.hotpot.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
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

  private final Heap heap;
  private final Supplier<Collection<Partition>> partitions;
  private final Events events;
  private final AtomicBoolean leading = new AtomicBoolean();
  private final ConcurrentLinkedQueue<Thread> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable HotpotException> failure = new AtomicReference<>();

  GroupCommit(Heap heap, Supplier<Collection<Partition>> partitions, Events events) {
    this.heap = heap;
    this.partitions = partitions;
    this.events = events;
  }

  /** Returns when the commit is durable and published. */
  void await(InFlightCommit commit) {
    if (!commit.isDone()) {
      Thread self = Thread.currentThread();
      waiting.add(self);
      try {
        while (!commit.isDone()) {
          if (leading.compareAndSet(false, true)) {
            try {
              if (!commit.isDone()) {
                round();
              }
            } finally {
              leading.set(false);
            }
          } else {
            LockSupport.park(this);
          }
        }
      } finally {
        waiting.remove(self);
        // Somebody whose commit came too late for this round must lead the next one.
        Thread next = waiting.peek();
        if (next != null && !leading.get()) {
          LockSupport.unpark(next);
        }
      }
    }
    commit.throwIfFailed();
  }

  /**
   * Makes everything durable that was appended before the call, and publishes what waited for that.
   */
  void drainAll() {
    while (!leading.compareAndSet(false, true)) {
      Thread.onSpinWait();
      LockSupport.parkNanos(this, 20_000);
    }
    try {
      round();
    } finally {
      leading.set(false);
      Thread next = waiting.peek();
      if (next != null) {
        LockSupport.unpark(next);
      }
    }
    throwIfFailed();
  }

  void throwIfFailed() {
    HotpotException e = failure.get();
    if (e != null) {
      throw new CorruptException(
          "the medium refused to make earlier commits durable; the store takes no more writes; close it and open it"
              + " again to see what was kept: "
              + e.getMessage(),
          e);
    }
  }

  /** One flush and drain for all partitions. Only the leader runs it. */
  private void round() {
    HotpotException failed = failure.get();
    Collection<Partition> all = partitions.get();
    if (failed == null) {
      try {
        flushAndDrain(all);
      } catch (HotpotException e) {
        failure.compareAndSet(null, e);
        failed = e;
      }
    }
    List<InFlightCommit> done = new ArrayList<>();
    for (Partition partition : all) {
      done.addAll(failed == null ? partition.publishDurable() : partition.failInFlight(failed));
    }
    for (InFlightCommit commit : done) {
      commit.wake();
    }
    events.groupSize(done.size());
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
