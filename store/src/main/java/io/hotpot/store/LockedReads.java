package io.hotpot.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reads of snapshots, and acquisitions, that wait until objects of a partition are unlocked.
 *
 * <p>Thread-safety: all methods from any thread. A read is added under the commit lock, while its
 * object is locked; whoever unlocks objects under that lock and tells of it afterwards finds it.
 */
final class LockedReads {

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, List<Runnable>> byObject = new HashMap<>();
  private volatile boolean isEmpty = true;

  void add(long objectId, Runnable again) {
    lock.lock();
    try {
      byObject.computeIfAbsent(objectId, o -> new ArrayList<>(1)).add(again);
      isEmpty = false;
    } finally {
      lock.unlock();
    }
  }

  /** Runs what waited for these objects; without the commit lock. */
  void unlocked(long[] objectIds) {
    if (isEmpty) {
      return;
    }
    List<Runnable> now = new ArrayList<>();
    lock.lock();
    try {
      for (long object : objectIds) {
        List<Runnable> waiting = byObject.remove(object);
        if (waiting != null) {
          now.addAll(waiting);
        }
      }
      isEmpty = byObject.isEmpty();
    } finally {
      lock.unlock();
    }
    now.forEach(Runnable::run);
  }

  /** The partition is not this node's any more: whoever waits asks the next owner. */
  void clear() {
    lock.lock();
    try {
      byObject.clear();
      isEmpty = true;
    } finally {
      lock.unlock();
    }
  }
}
