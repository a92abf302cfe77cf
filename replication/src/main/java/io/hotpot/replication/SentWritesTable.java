package io.hotpot.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The writes of this node's commits that are under way, by the objects that they change.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class SentWritesTable {

  private final TreeMap<Long, List<SentWrites>> byObject = new TreeMap<>();

  /**
   * Two commits under way that change one object spoil each other: their answers do not tell which
   * of the two values is the later one.
   */
  void begin(SentWrites sent) {
    for (long objectId : sent.objectIds()) {
      List<SentWrites> all = byObject.computeIfAbsent(objectId, o -> new ArrayList<>(1));
      if (!all.isEmpty()) {
        all.forEach(other -> other.spoil(objectId));
        sent.spoil(objectId);
      }
      all.add(sent);
    }
  }

  void end(SentWrites sent) {
    for (long objectId : sent.objectIds()) {
      List<SentWrites> all = byObject.get(objectId);
      if (all == null || !all.remove(sent)) {
        throw new IllegalStateException("writes end that are not under way - id=" + objectId);
      }
      if (all.isEmpty()) {
        byObject.remove(objectId);
      }
    }
  }

  /** The owner has invalidated the object, perhaps for a commit later than ours. */
  void spoil(long objectId) {
    byObject.getOrDefault(objectId, List.of()).forEach(sent -> sent.spoil(objectId));
  }

  boolean isUnderWay(long objectId) {
    return byObject.containsKey(objectId);
  }

  /** Whether the object must not be fetched now. */
  boolean isHeld(long objectId) {
    for (SentWrites sent : byObject.getOrDefault(objectId, List.of())) {
      if (sent.isHeld()) {
        return true;
      }
    }
    return false;
  }
}
