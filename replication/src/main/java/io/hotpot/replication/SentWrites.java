package io.hotpot.replication;

import io.hotpot.replication.Owners.Route;
import io.hotpot.store.spi.ObjectWrite;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a commit of this node is about to change in one partition, from before it is sent until its
 * outcome is known here (PROTOCOL 7.5).
 *
 * <p>Thread-safety: on the node's loop only.
 */
public final class SentWrites {

  /** Of more objects than this none is kept: who loads data in bulk will not read it at once. */
  static final int MOST_KEPT = 256;

  private final int partition;
  private final Route route;
  private final Peer committer;
  private final long keptAs;

  /** By object id. */
  private final SortedMap<Long, ObjectWrite> writes = new TreeMap<>();

  /** Of these another commit may have changed the value since: what was sent is not kept. */
  private final TreeSet<Long> spoiled = new TreeSet<>();

  private boolean isHeld = true;

  /**
   * @param keptAs the number under which the owner lists the committer; 0: it keeps nothing
   */
  SentWrites(int partition, Route route, Peer committer, long keptAs, List<ObjectWrite> all) {
    this.partition = partition;
    this.route = route;
    this.committer = committer;
    this.keptAs = keptAs;
    all.forEach(write -> writes.put(write.objectId(), write));
  }

  /** What goes with the commit, so that the owner lists this node as a sharer; 0: it shall not. */
  public long keptAs() {
    return keptAs;
  }

  int partition() {
    return partition;
  }

  Route route() {
    return route;
  }

  Peer committer() {
    return committer;
  }

  Iterable<Long> objectIds() {
    return Collections.unmodifiableSet(writes.keySet());
  }

  /** False from the second call on: its objects may be fetched again already. */
  boolean release() {
    boolean wasHeld = isHeld;
    isHeld = false;
    return wasHeld;
  }

  boolean isHeld() {
    return isHeld;
  }

  void spoil(long objectId) {
    spoiled.add(objectId);
  }

  /** What may become copies, if it has committed and the owner still counts on that. */
  List<ObjectWrite> kept() {
    if (keptAs == 0) {
      return List.of();
    }
    return writes.values().stream().filter(w -> !spoiled.contains(w.objectId())).toList();
  }
}
