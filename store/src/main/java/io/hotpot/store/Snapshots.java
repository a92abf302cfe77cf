package io.hotpot.store;

import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The open snapshots, so that what they can see is kept.
 *
 * <p>A snapshot is registered before its stamp is chosen (with stamp 0), so that nothing it will
 * see can slip away between the two.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class Snapshots {

  private final ReentrantLock lock = new ReentrantLock();
  private final TreeMap<Long, Long> stampByTicket = new TreeMap<>();
  private long nextTicket = 1;
  private volatile int open;
  private volatile long abandonedBefore;

  /** Registers a snapshot. Its ticket orders it against the retirement of chunks. */
  long open() {
    lock.lock();
    try {
      long ticket = nextTicket++;
      stampByTicket.put(ticket, 0L);
      open = stampByTicket.size();
      return ticket;
    } finally {
      lock.unlock();
    }
  }

  void stamped(long ticket, long stamp) {
    lock.lock();
    try {
      stampByTicket.replace(ticket, stamp);
    } finally {
      lock.unlock();
    }
  }

  void close(long ticket) {
    lock.lock();
    try {
      stampByTicket.remove(ticket);
      open = stampByTicket.size();
    } finally {
      lock.unlock();
    }
  }

  boolean none() {
    return open == 0;
  }

  int count() {
    return open;
  }

  /** Whether no open snapshot could see a version replaced at this stamp. */
  boolean noneBefore(long stamp) {
    lock.lock();
    try {
      return stampByTicket.values().stream().allMatch(s -> s >= stamp);
    } finally {
      lock.unlock();
    }
  }

  /** A moment in the order of snapshots: those opened before it have smaller tickets. */
  long now() {
    lock.lock();
    try {
      return nextTicket;
    } finally {
      lock.unlock();
    }
  }

  /** Whether every snapshot that was opened before a moment has been closed or given up. */
  boolean allClosedBefore(long moment) {
    lock.lock();
    try {
      return stampByTicket.isEmpty() || stampByTicket.firstKey() >= moment;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives up the oldest snapshot, because what it pins is needed; its next read is {@link
   * SnapshotTooOld}.
   */
  boolean abandonOldest() {
    lock.lock();
    try {
      if (stampByTicket.isEmpty()) {
        return false;
      }
      long ticket = stampByTicket.firstKey();
      abandonedBefore = ticket + 1;
      stampByTicket.remove(ticket);
      open = stampByTicket.size();
      return true;
    } finally {
      lock.unlock();
    }
  }

  boolean isAbandoned(long ticket) {
    return ticket < abandonedBefore;
  }
}
