package io.hotpot.store;

import io.hotpot.store.spi.Threads;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
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
  private final Supplier<List<Partition>> partitions;
  private final Events events;
  private final Threads threads;
  private final AtomicBoolean leading = new AtomicBoolean();
  private final ReentrantLock publishing = new ReentrantLock();
  private final ConcurrentLinkedQueue<Waiter> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable HotpotException> failure = new AtomicReference<>();

  private volatile boolean closing;

  GroupCommit(Heap heap, Supplier<List<Partition>> partitions, Events events, Threads threads) {
    this.heap = heap;
    this.partitions = partitions;
    this.events = events;
    this.threads = threads;
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
        if (!commit.isDurable() && leading.compareAndSet(false, true)) {
          lead();
        } else {
          threads.park(this);
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
      threads.pause(round);
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
   * One round, by whoever has set {@code leading}. The lead is given up as soon as the medium has
   * answered, so that it writes for the next group while this one is published and woken. Groups
   * are published in the order in which they were made durable: who leads takes {@code publishing}
   * before giving up the lead.
   */
  private void lead() {
    try {
      List<InFlightCommit> group;
      try {
        group = makeDurableUnlessFailed();
      } finally {
        publishing.lock();
        leading.set(false);
      }
      wakeNext();
      publish(group);
    } finally {
      // Also where the round was cut short: who leads next must be able to publish.
      publishing.unlock();
    }
    wakeDone();
  }

  /** Wakes whoever waits for what has been published. */
  void wakeDone() {
    for (Iterator<Waiter> i = waiting.iterator(); i.hasNext(); ) {
      Waiter waiter = i.next();
      if (waiter.commit.isDone()) {
        i.remove();
        threads.unpark(waiter.thread);
      }
    }
  }

  /**
   * After the lead was given up: whoever came to wait before that could not lead, and is seen here.
   * Whose commit is durable needs no next round, and is woken once it is published.
   */
  private void wakeNext() {
    for (Waiter waiter : waiting) {
      if (!waiter.commit.isDurable() && !waiter.commit.isDone()) {
        threads.unpark(waiter.thread);
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
  private List<InFlightCommit> makeDurableUnlessFailed() {
    try {
      if (failure.get() == null) {
        return makeDurable();
      }
    } catch (PowerLoss e) {
      throw e;
    } catch (RuntimeException | Error e) {
      // Each commit in flight is told; a mapping whose file has shrunk, say, is an InternalError.
      fail(e);
    }
    return List.of();
  }

  /** Makes a durable group visible, or tells all in flight that the medium refused. */
  private void publish(List<InFlightCommit> group) {
    try {
      Set<Partition> replicated = new LinkedHashSet<>();
      for (InFlightCommit commit : group) {
        Partition partition = commit.replicatedIn();
        if (partition == null) {
          commit.publish();
        } else {
          replicated.add(partition);
        }
      }
      replicated.forEach(partition -> partition.publication.publishSettled());
      events.groupSize(group.size());
    } catch (PowerLoss e) {
      throw e;
    } catch (RuntimeException | Error e) {
      fail(e);
    }
    HotpotException failed = failure.get();
    if (failed != null) {
      partitions.get().forEach(partition -> partition.publication.failAll(failed));
    }
  }

  /**
   * Makes durable what all logs hold at one moment. No commit lies in one of them and not yet in
   * another one then, nor does any lie in them without those that it follows: a commit that was
   * appended after another one has ended its append is not there without that one.
   *
   * @return the commits in flight that are durable now, in the order of their stamps; published in
   *     that order, none is visible before one that it follows (invariant 4)
   */
  private List<InFlightCommit> makeDurable() {
    List<Partition> all = lockAll();
    long[] ends = new long[all.size()];
    List<InFlightCommit> group = new ArrayList<>();
    try {
      for (int i = 0; i < ends.length; i++) {
        ends[i] = all.get(i).log.tail();
        all.get(i).publication.collectPending(group);
      }
    } finally {
      all.forEach(partition -> partition.commitLock.unlock());
    }
    for (Partition partition : all) {
      partition.log.flushAppended();
    }
    heap.drain();
    events.drained();
    for (int i = 0; i < ends.length; i++) {
      all.get(i).log.durable(ends[i]);
    }
    group.forEach(InFlightCommit::durable);
    group.sort(Comparator.comparingLong(commit -> commit.stamp));
    return group;
  }

  /** Takes the commit locks of all partitions there are, in the order of their numbers. */
  private List<Partition> lockAll() {
    while (true) {
      List<Partition> all = partitions.get();
      all.forEach(partition -> partition.commitLock.lock());
      if (partitions.get().equals(all)) {
        return all;
      }
      // One was created meanwhile, and a commit may lie in it and in one of these.
      all.forEach(partition -> partition.commitLock.unlock());
    }
  }
}
