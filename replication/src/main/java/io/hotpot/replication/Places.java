package io.hotpot.replication;

import io.hotpot.replication.CopyMessage.CopyAt;
import io.hotpot.replication.CopyMessage.ForgetPlaces;
import io.hotpot.replication.Owners.Route;
import io.hotpot.replication.PlaceTable.Place;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What this node can read in its owners' memory by itself: the places of copies that it was
 * granted, and reads of them (PROTOCOL 7.14). Does nothing where the fabric has no one-sided
 * access.
 *
 * <p>Confined to the loop.
 */
final class Places {

  /** Told of a read. */
  interface Reading {

    /**
     * @param payload null: the owner must be asked
     */
    void read(long stamp, byte @Nullable [] payload);
  }

  private final PlaceTable table = new PlaceTable(PlaceTable.MOST);
  private final @Nullable PlaceReads reads;

  /**
   * @param memory null: there is none
   */
  Places(@Nullable RemoteMemory memory, RecordParser records, ClusterCounters counters) {
    reads = memory == null ? null : new PlaceReads(memory, records, counters);
  }

  /** A copy was installed that was granted with its place. */
  void granted(long objectId, Route route, CopyAt copy) {
    Place place = new Place(route, copy.address(), copy.memory(), copy.stamp(), copy.lengthBytes());
    if (reads != null && place.isPossible()) {
      table.put(objectId, place);
    }
  }

  /**
   * Reads an object at its place, if that is known.
   *
   * @return false if {@code done} will not be told
   */
  boolean read(long objectId, Route route, Reading done) {
    Place place = table.of(objectId);
    if (reads == null || place == null || !place.route().equals(route)) {
      return false;
    }
    return reads.read(objectId, place, payload -> done.read(place.stamp(), payload));
  }

  /** There is a copy again. */
  void isCopied(long objectId) {
    table.isCopied(objectId);
  }

  /** The copy is gone; true: its place is kept, so the owner is to go on listing this node. */
  boolean isLeftBy(long objectId) {
    return table.isLeftBy(objectId);
  }

  /** What stands there may not be the newest version. */
  void remove(long objectId) {
    table.remove(objectId);
  }

  void removeIf(LongPredicate condition) {
    table.removeIf(condition);
  }

  /** Objects of which neither copy nor place is left, so that their owners may be told. */
  List<Long> takeSurplus() {
    return table.takeSurplus();
  }

  /**
   * The owner is about to release a chunk.
   *
   * @param then runs when nothing is read in it any more
   * @return as {@link #takeSurplus}
   */
  List<Long> forget(ForgetPlaces message, Runnable then) {
    List<Long> alone = table.forget(message.partition(), message.sequence());
    if (reads == null) {
      then.run();
    } else {
      reads.whenOver(message.partition(), message.sequence(), then);
    }
    return alone;
  }
}
