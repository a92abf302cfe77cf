package io.hotpot.replication;

import io.hotpot.store.spi.RemoteCopy;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * Copies that made room for others and may still stand in the read set of a running transaction.
 * Their owners list this node until it says {@link CopyMessage.Evicted}; it does so a while later,
 * when most such transactions have ended. Those that have not are doomed then.
 *
 * <p>The payloads are held weakly: a copy that no transaction holds costs a few words here. What is
 * sent and when does not depend on the garbage collector.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class EvictedCopies {

  /** How long an evicted copy stays good for those who have read it. */
  static final long LINGER_NS = 10_000_000_000L;

  /** More than so many end early. */
  static final int MOST = 1 << 16;

  /**
   * @param isGranted whether the owner of the object lists this node
   */
  private record Lingering(long dueNs, List<WeakReference<RemoteCopy>> copies, boolean isGranted) {
    void invalidate() {
      for (WeakReference<RemoteCopy> each : copies) {
        RemoteCopy copy = each.get();
        if (copy != null) {
          copy.invalidate();
        }
      }
    }
  }

  /** By object id, the earliest due first. */
  private final Map<Long, Lingering> lingering = new LinkedHashMap<>();

  void add(RemoteCopy copy, long nowNs) {
    if (copy.isDropped()) {
      return;
    }
    Lingering before = lingering.remove(copy.objectId());
    List<WeakReference<RemoteCopy>> copies =
        before == null ? new ArrayList<>() : new ArrayList<>(before.copies());
    copies.add(new WeakReference<>(copy));
    boolean isGranted = copy.isGranted() || (before != null && before.isGranted());
    lingering.put(copy.objectId(), new Lingering(nowNs + LINGER_NS, copies, isGranted));
  }

  boolean isLingering(long objectId) {
    return lingering.containsKey(objectId);
  }

  /** The owner has invalidated it. */
  void drop(long objectId) {
    Lingering found = lingering.remove(objectId);
    if (found != null) {
      found.invalidate();
    }
  }

  /** Dooms the readers of all that a condition holds for. */
  void dropIf(LongPredicate condition) {
    Iterator<Map.Entry<Long, Lingering>> each = lingering.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<Long, Lingering> entry = each.next();
      if (condition.test(entry.getKey())) {
        entry.getValue().invalidate();
        each.remove();
      }
    }
  }

  /** Ends what is due, or too much, and returns the objects whose owners may be told. */
  List<Long> takeDue(long nowNs) {
    List<Long> due = new ArrayList<>();
    Iterator<Map.Entry<Long, Lingering>> each = lingering.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<Long, Lingering> entry = each.next();
      if (entry.getValue().dueNs() > nowNs && lingering.size() <= MOST) {
        break;
      }
      entry.getValue().invalidate();
      if (entry.getValue().isGranted()) {
        due.add(entry.getKey());
      }
      each.remove();
    }
    return due;
  }

  /** When {@link #takeDue} has something next; {@link Long#MAX_VALUE}: nothing lingers. */
  long nextDueNs() {
    return lingering.isEmpty() ? Long.MAX_VALUE : lingering.values().iterator().next().dueNs();
  }
}
