package io.hotpot.replication;

import io.hotpot.replication.Owners.Route;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Where the records of granted copies stand in their owners' memory. A place outlives its copy: as
 * long as it is here, the owner lists this node for the object, and an invalidation removes it. So
 * what stands there is the newest version.
 *
 * <p>Confined to the loop.
 */
final class PlaceTable {

  /** More than so many are given up, the oldest first. */
  static final int MOST = 1 << 16;

  /**
   * A place.
   *
   * @param route along which it was granted
   * @param address of the record in the owner's log
   * @param memory of the chunk
   * @param stamp of the version
   * @param lengthBytes of the record
   */
  record Place(Route route, long address, RemoteMemory.Key memory, long stamp, int lengthBytes) {

    int sequence() {
      return LogAddress.sequence(address);
    }

    int offset() {
      return LogAddress.offset(address);
    }

    /** Whether it lies in its chunk. */
    boolean isPossible() {
      return lengthBytes > 0 && (long) offset() + lengthBytes <= memory.lengthBytes();
    }
  }

  private static final class Entry {
    final Place place;

    /** Whether there is no copy, so that the owner lists this node for the place alone. */
    boolean isAlone;

    Entry(Place place) {
      this.place = place;
    }
  }

  private final int most;

  /** By object id, in the order in which they were granted. */
  private final Map<Long, Entry> places = new LinkedHashMap<>();

  PlaceTable(int most) {
    this.most = most;
  }

  /** A copy was granted, with its place. */
  void put(long objectId, Place place) {
    places.remove(objectId);
    places.put(objectId, new Entry(place));
  }

  /** Null: it is not known. */
  @Nullable Place of(long objectId) {
    Entry found = places.get(objectId);
    return found == null ? null : found.place;
  }

  /** There is a copy again, read at its place. */
  void isCopied(long objectId) {
    Entry found = places.get(objectId);
    if (found != null) {
      found.isAlone = false;
    }
  }

  /**
   * The copy is gone, and the owner was not told.
   *
   * @return false: there is no place either, so it may be told
   */
  boolean isLeftBy(long objectId) {
    Entry found = places.get(objectId);
    if (found == null) {
      return false;
    }
    found.isAlone = true;
    return true;
  }

  void remove(long objectId) {
    places.remove(objectId);
  }

  void removeIf(LongPredicate condition) {
    places.keySet().removeIf(condition::test);
  }

  /**
   * Forgets all places in a chunk.
   *
   * @return the objects of which there is no copy, so that their owner may be told
   */
  List<Long> forget(int partition, int sequence) {
    return remove(
        (objectId, entry) ->
            Owners.partitionOf(objectId) == partition && entry.place.sequence() == sequence);
  }

  /** Gives up what is too much; as {@link #forget}. */
  List<Long> takeSurplus() {
    int[] surplus = {places.size() - most};
    return surplus[0] <= 0 ? List.of() : remove((objectId, entry) -> surplus[0]-- > 0);
  }

  private interface Condition {
    boolean holds(long objectId, Entry entry);
  }

  private List<Long> remove(Condition condition) {
    List<Long> alone = new ArrayList<>();
    Iterator<Map.Entry<Long, Entry>> each = places.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<Long, Entry> next = each.next();
      if (condition.holds(next.getKey(), next.getValue())) {
        if (next.getValue().isAlone) {
          alone.add(next.getKey());
        }
        each.remove();
      }
    }
    return alone;
  }
}
