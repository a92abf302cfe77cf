package io.hotpot.dispatcher;

import java.util.List;
import java.util.TreeMap;

/**
 * The locks that transactions of this node hold and ask for, on whatever nodes (PROTOCOL 15).
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class AcquireLocks {

  private final CommitDispatcher desk;

  /** By number. */
  private final TreeMap<Long, LockSet> open = new TreeMap<>();

  private long lastNumber;
  private long lastAge;

  AcquireLocks(CommitDispatcher desk) {
    this.desk = desk;
  }

  /** Gives a transaction's locks their number. */
  long opened(LockSet locks) {
    open.put(++lastNumber, locks);
    return lastNumber;
  }

  void closed(long number) {
    open.remove(number);
  }

  /** For the first attempt of a transaction: none of this node gets the same. */
  long nextAge() {
    long now = desk.context().loop().wallMs() << StampClock.COUNTER_BITS;
    lastAge = Math.max(lastAge + 1, now);
    return lastAge;
  }

  /** An older transaction wants what these locks hold; they may be gone already. */
  void wounded(long number) {
    LockSet locks = open.get(number);
    if (locks != null) {
      locks.wounded();
    }
  }

  /** A session has begun or ended, or the configuration has changed. */
  void lookAgain() {
    List.copyOf(open.values()).forEach(LockSet::lookAgain);
  }

  void membershipEnded() {
    List.copyOf(open.values()).forEach(LockSet::membershipEnded);
  }

  /** How many transactions hold or ask for something. */
  int size() {
    return open.size();
  }
}
