package io.hotpot.dispatcher;

import io.hotpot.dispatcher.LockQueue.Holder;
import io.hotpot.dispatcher.LockQueue.Request;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * One object of a {@link LockQueue}: who holds it, and in whose way at it somebody is. At it a
 * request is <i>clear</i> if no other transaction holds the object in a way that excludes it, and
 * no older request waits for it that does. Requests exclude one another unless both are shared.
 *
 * <p>The clear ones are one exclusive request, or shared ones. If the oldest that is not clear
 * cannot become so, no younger one can: what excludes it excludes them, or it does itself.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class LockedObject {

  /** Stays empty. */
  private static final TreeSet<Request> NONE = new TreeSet<>(Request.OLDEST_FIRST);

  private final LockQueue queue;

  /** By whom it is held: the first request of each that was given it. */
  private final TreeMap<Holder, Request> held = new TreeMap<>(Holder.OLDEST_FIRST);

  // Requests that wait: for other objects of theirs, and for this one.
  private TreeSet<Request> clear = NONE;
  private TreeSet<Request> blocked = NONE;

  LockedObject(LockQueue queue) {
    this.queue = queue;
  }

  boolean isUnused() {
    return held.isEmpty() && clear.isEmpty() && blocked.isEmpty();
  }

  private static boolean exclude(Holder one, Holder other) {
    return !(one.isShared && other.isShared);
  }

  /** A request that waits from now on, if only until {@link #take}; younger ones wait for it. */
  void add(Request request) {
    queue.stepped();
    woundYounger(request.holder);
    boolean isClear = isClear(request);
    while (!clear.isEmpty() && isBehind(clear.last(), request)) {
      queue.stepped();
      block(clear.pollLast());
    }
    if (isClear) {
      addClear(request);
    } else {
      block(request);
    }
  }

  private static boolean isBehind(Request younger, Request older) {
    return Request.OLDEST_FIRST.compare(older, younger) < 0
        && exclude(older.holder, younger.holder);
  }

  private void woundYounger(Holder waiter) {
    for (Holder holder : held.tailMap(waiter, false).keySet()) {
      queue.stepped();
      if (exclude(holder, waiter)) {
        queue.wound(holder);
      }
    }
  }

  private boolean isClear(Request request) {
    boolean isHeld =
        !held.isEmpty()
            && (held.size() > 1 || held.firstKey() != request.holder)
            && exclude(held.firstKey(), request.holder);
    return !isHeld
        && (blocked.isEmpty() || Request.OLDEST_FIRST.compare(request, blocked.first()) <= 0)
        && (clear.isEmpty() || !isBehind(request, clear.first()));
  }

  private void addClear(Request request) {
    clear = clear.isEmpty() ? new TreeSet<>(Request.OLDEST_FIRST) : clear;
    clear.add(request);
  }

  private void block(Request request) {
    blocked = blocked.isEmpty() ? new TreeSet<>(Request.OLDEST_FIRST) : blocked;
    blocked.add(request);
    queue.blocked(request);
  }

  /** A clear request holds the object from now on. */
  void take(Request request) {
    queue.stepped();
    clear.remove(request);
    held.putIfAbsent(request.holder, request);
    // Another request of the same transaction may have waited for this one.
    lookAgain();
  }

  /**
   * A request neither waits nor holds any more.
   *
   * @return whether the object was held by it
   */
  boolean remove(Request request) {
    queue.stepped();
    boolean wasHeld = held.remove(request.holder, request);
    if (!clear.remove(request)) {
      blocked.remove(request);
    }
    lookAgain();
    return wasHeld;
  }

  private void lookAgain() {
    while (!blocked.isEmpty() && isClear(blocked.first())) {
      queue.stepped();
      Request next = blocked.pollFirst();
      addClear(next);
      queue.unblocked(next);
    }
    // There may be very many objects, and few of them waited for.
    clear = clear.isEmpty() ? NONE : clear;
    blocked = blocked.isEmpty() ? NONE : blocked;
  }

  /** Whether somebody is in the way of a request, found by looking at everybody; for tests. */
  boolean isInTheWayOf(Request request) {
    return isHeldAgainst(request.holder)
        || Stream.concat(clear.stream(), blocked.stream())
            .anyMatch(other -> isBehind(request, other));
  }

  /** Whether it is held by another transaction that excludes this one, found likewise. */
  boolean isHeldAgainst(Holder holder) {
    return held.keySet().stream().anyMatch(other -> other != holder && exclude(other, holder));
  }

  /** Whether a request waits for the object, and is not clear; for tests. */
  boolean isBlocked(Request request) {
    return blocked.contains(request);
  }
}
