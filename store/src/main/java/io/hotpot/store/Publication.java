package io.hotpot.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The way of a partition's commits from the log into sight. A commit that must wait is in flight
 * from its append until everything that its promise needs has been said of it ({@link
 * InFlightCommit#durable}); then it is published, in the order of the log. One that need not wait,
 * because nothing before it does, is published at once.
 *
 * <p>Thread-safety: all methods under the commit lock, except those that say that they take it.
 * Locked handle words belong to the commit in flight that locked them, until it is published or has
 * failed.
 */
final class Publication {

  private final Partition partition;
  private final WriteApplier applier;
  private final ArrayDeque<InFlightCommit> inFlight = new ArrayDeque<>();

  /** The partition's: up to it everything is in sight. Raised here only. */
  private final AtomicLong publishedStamp;

  Publication(Partition partition, WriteApplier applier, AtomicLong publishedStamp) {
    this.partition = partition;
    this.applier = applier;
    this.publishedStamp = publishedStamp;
  }

  // ---- the commits in flight

  boolean hasInFlight() {
    return !inFlight.isEmpty();
  }

  /** A commit has been appended and must wait; its words are locked. */
  void enqueue(InFlightCommit commit) {
    inFlight.addLast(commit);
  }

  /** Adds the commits in flight that begin here and are not durable yet. */
  void collectPending(List<InFlightCommit> group) {
    for (InFlightCommit commit : inFlight) {
      if (commit.parts.getFirst().partition() == partition && !commit.isDurable()) {
        group.add(commit);
      }
    }
  }

  /** The stamp of the oldest commit in flight, or {@link Long#MAX_VALUE}. */
  long oldestStamp() {
    InFlightCommit first = inFlight.peekFirst();
    return first == null ? Long.MAX_VALUE : first.stamp;
  }

  /** The stamp of the commit in flight that writes an object; {@link Long#MIN_VALUE}: none. */
  long lockedAt(long objectId) {
    for (InFlightCommit commit : inFlight) {
      for (InFlightCommit.Part part : commit.parts) {
        if (part.partition() == partition && part.writes().find(objectId) != null) {
          return commit.stamp;
        }
      }
    }
    return Long.MIN_VALUE;
  }

  /**
   * Where the first batch of a commit in flight begins.
   *
   * @param tail the end of the log: the answer if there is none
   */
  long oldestBegin(long tail) {
    long begin = tail;
    for (InFlightCommit commit : inFlight) {
      for (InFlightCommit.Part part : commit.parts) {
        if (part.partition() == partition) {
          begin = Math.min(begin, part.beginAddress());
        }
      }
    }
    return begin;
  }

  /** Adds the chunks with the versions that commits in flight replace. */
  void collectReplacedChunks(Collection<Integer> sequences) {
    for (InFlightCommit commit : inFlight) {
      for (InFlightCommit.Part part : commit.parts) {
        if (part.partition() == partition) {
          part.writes().collectReplacedChunks(sequences);
        }
      }
    }
  }

  /** The youngest commit in flight at or below a stamp, or null. Takes the commit lock. */
  @Nullable InFlightCommit lastUpTo(long stamp) {
    partition.commitLock.lock();
    try {
      InFlightCommit last = null;
      for (InFlightCommit commit : inFlight) {
        if (commit.stamp <= stamp) {
          last = commit;
        }
      }
      return last;
    } finally {
      partition.commitLock.unlock();
    }
  }

  // ---- into sight

  /** Swings the handle words of one commit's part; {@link #raise} makes it count as published. */
  void publish(WriteSet writes, long stamp) {
    applier.apply(writes, stamp);
  }

  /** Everything up to this stamp is published. */
  void raise(long stamp) {
    publishedStamp.setRelease(stamp);
  }

  /** Publishes this partition's part of its oldest commit in flight. */
  void publishOldest(InFlightCommit commit, WriteSet writes) {
    if (inFlight.peekFirst() != commit) {
      throw new IllegalStateException("commit " + commit.stamp + " is published out of order");
    }
    publish(writes, commit.stamp);
    raise(commit.stamp);
    inFlight.removeFirst();
  }

  /**
   * Lets everything take effect, from the oldest on, that is durable here and acknowledged by the
   * others. Takes the commit lock; whoever is to be told is told without it.
   *
   * @return where what has not taken effect begins
   */
  long publishSettled() {
    List<InFlightCommit> done = new ArrayList<>();
    long publishedTo;
    partition.commitLock.lock();
    try {
      long acknowledgedTo = partition.others().acknowledgedTo();
      InFlightCommit first = inFlight.peekFirst();
      while (first != null
          && first.isDurable()
          && first.parts.getFirst().endAddress() <= acknowledgedTo) {
        inFlight.removeFirst();
        first.takeEffect();
        done.add(first);
        first = inFlight.peekFirst();
      }
      publishedTo = first == null ? partition.log.tail() : first.parts.getFirst().beginAddress();
    } finally {
      partition.commitLock.unlock();
    }
    done.forEach(InFlightCommit::tell);
    return publishedTo;
  }

  /** The end of what is in flight; only where something is. */
  long lastEnd() {
    return inFlight.getLast().parts.getFirst().endAddress();
  }

  /** Whether something waits for the medium. Takes the commit lock. */
  boolean needsFlush() {
    partition.commitLock.lock();
    try {
      // The youngest need nothing of their own where they only wait for those before them.
      Iterator<InFlightCommit> youngestFirst = inFlight.descendingIterator();
      while (youngestFirst.hasNext()) {
        if (!youngestFirst.next().isDurable()) {
          return true;
        }
      }
      return false;
    } finally {
      partition.commitLock.unlock();
    }
  }

  /** Forgets what is in flight: another node decides what becomes of it. Under the commit lock. */
  void abandon() {
    inFlight.clear();
  }

  /** No later commit will be stamped at or below this; where none is in flight, it is published. */
  void floor(long stamp) {
    if (inFlight.isEmpty()) {
      raise(Math.max(publishedStamp.getPlain(), stamp));
    }
  }

  /**
   * Fails every commit in flight, after the medium refused to make them durable. What they would
   * have replaced stays readable. Takes the commit lock.
   */
  void failAll(HotpotException e) {
    partition.commitLock.lock();
    try {
      for (InFlightCommit commit : inFlight) {
        for (InFlightCommit.Part part : commit.parts) {
          if (part.partition() == partition && commit.locksItsWrites()) {
            part.writes().unlock();
          }
        }
        commit.fail(e);
      }
      inFlight.clear();
    } finally {
      partition.commitLock.unlock();
    }
  }
}
