package io.hotpot.replication;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes may hold copies of which objects of a partition. A node is listed before its owner
 * looks at the object's word (7.2), and sharers are read after the words were locked (6.2): so of a
 * fetch and a commit at least one sees the other.
 *
 * <p>Thread-safety: all methods from any thread; one short lock, which is the last one taken.
 */
final class SharerTable {

  /** Beyond this many objects the oldest are invalidated to make room. */
  static final int MAX_OBJECTS = 1 << 20;

  /** Immutable; nodes ascending, beside the number of the fetch that listed each. */
  private record Sharers(int[] nodes, long[] fetches) {

    Sharers with(int node, long fetch) {
      int at = Arrays.binarySearch(nodes, node);
      if (at >= 0) {
        long[] changed = fetches.clone();
        changed[at] = fetch;
        return new Sharers(nodes, changed);
      }
      int to = -at - 1;
      int[] moreNodes = new int[nodes.length + 1];
      long[] moreFetches = new long[nodes.length + 1];
      System.arraycopy(nodes, 0, moreNodes, 0, to);
      System.arraycopy(fetches, 0, moreFetches, 0, to);
      moreNodes[to] = node;
      moreFetches[to] = fetch;
      System.arraycopy(nodes, to, moreNodes, to + 1, nodes.length - to);
      System.arraycopy(fetches, to, moreFetches, to + 1, nodes.length - to);
      return new Sharers(moreNodes, moreFetches);
    }

    @Nullable Sharers without(int node) {
      int at = Arrays.binarySearch(nodes, node);
      if (at < 0) {
        return this;
      }
      if (nodes.length == 1) {
        return null;
      }
      int[] fewerNodes = new int[nodes.length - 1];
      long[] fewerFetches = new long[nodes.length - 1];
      System.arraycopy(nodes, 0, fewerNodes, 0, at);
      System.arraycopy(fetches, 0, fewerFetches, 0, at);
      System.arraycopy(nodes, at + 1, fewerNodes, at, nodes.length - at - 1);
      System.arraycopy(fetches, at + 1, fewerFetches, at, nodes.length - at - 1);
      return new Sharers(fewerNodes, fewerFetches);
    }

    /** 0: it is not listed. */
    long fetchOf(int node) {
      int at = Arrays.binarySearch(nodes, node);
      return at < 0 ? 0 : fetches[at];
    }
  }

  private static final Sharers NOBODY = new Sharers(new int[0], new long[0]);

  private final ReentrantLock lock = new ReentrantLock();
  private final int maxObjects;

  /** In the order of their first sharer. */
  private final Map<Long, Sharers> byObject = new LinkedHashMap<>();

  SharerTable(int maxObjects) {
    this.maxObjects = maxObjects;
  }

  /**
   * Lists a node, before the object is looked at.
   *
   * @param fetch above 0, rising within a session
   * @return the fetch by which it was listed before; 0: it was not
   */
  long add(long objectId, int node, long fetch) {
    lock.lock();
    try {
      Sharers before = byObject.getOrDefault(objectId, NOBODY);
      byObject.put(objectId, before.with(node, fetch));
      return before.fetchOf(node);
    } finally {
      lock.unlock();
    }
  }

  /** Lists a node for what it has written itself, unless it has fetched that since. */
  void keep(long objectId, int node, long number) {
    lock.lock();
    try {
      Sharers before = byObject.getOrDefault(objectId, NOBODY);
      byObject.put(objectId, before.with(node, Math.max(number, before.fetchOf(node))));
    } finally {
      lock.unlock();
    }
  }

  /** Takes back an {@link #add}, since nothing was granted. */
  void undo(long objectId, int node, long fetchBefore) {
    lock.lock();
    try {
      Sharers present = byObject.getOrDefault(objectId, NOBODY);
      put(objectId, fetchBefore == 0 ? present.without(node) : present.with(node, fetchBefore));
    } finally {
      lock.unlock();
    }
  }

  /** A node has given up its copy, unless it has asked again since. */
  void evicted(long objectId, int node, long fetch) {
    lock.lock();
    try {
      Sharers present = byObject.getOrDefault(objectId, NOBODY);
      if (present.fetchOf(node) <= fetch) {
        put(objectId, present.without(node));
      }
    } finally {
      lock.unlock();
    }
  }

  private void put(long objectId, @Nullable Sharers sharers) {
    if (sharers == null || sharers.nodes().length == 0) {
      byObject.remove(objectId);
    } else {
      byObject.put(objectId, sharers);
    }
  }

  /** Who is listed, ascending. */
  int[] of(long objectId) {
    lock.lock();
    try {
      return byObject.getOrDefault(objectId, NOBODY).nodes().clone();
    } finally {
      lock.unlock();
    }
  }

  /** The fetch by which a node is listed; 0: it is not. */
  long fetchOf(long objectId, int node) {
    lock.lock();
    try {
      return byObject.getOrDefault(objectId, NOBODY).fetchOf(node);
    } finally {
      lock.unlock();
    }
  }

  /** A node holds no copy of anything any more: a new session began, or it is excluded. */
  void removeNode(int node) {
    lock.lock();
    try {
      for (Iterator<Map.Entry<Long, Sharers>> i = byObject.entrySet().iterator(); i.hasNext(); ) {
        Map.Entry<Long, Sharers> entry = i.next();
        Sharers rest = entry.getValue().without(node);
        if (rest == null) {
          i.remove();
        } else {
          entry.setValue(rest);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * The objects that are in the table for longest, if it is over its bound. They stay listed until
   * their sharers have answered the invalidation.
   */
  List<Long> beyondBound() {
    lock.lock();
    try {
      List<Long> oldest = new ArrayList<>();
      int surplus = byObject.size() - maxObjects;
      for (Iterator<Long> i = byObject.keySet().iterator(); surplus > 0; surplus--) {
        oldest.add(i.next());
      }
      return oldest;
    } finally {
      lock.unlock();
    }
  }

  int objects() {
    lock.lock();
    try {
      return byObject.size();
    } finally {
      lock.unlock();
    }
  }
}
