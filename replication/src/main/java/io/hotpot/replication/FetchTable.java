package io.hotpot.replication;

import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.CopyMessage.CopyAt;
import io.hotpot.replication.CopyMessage.Fetch;
import io.hotpot.replication.Owners.Route;
import io.hotpot.store.CorruptException;
import io.hotpot.store.HotpotException;
import io.hotpot.store.MisuseException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.ObjectNotFound;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.RemoteCopy;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Objects that readers of this node wait for. Several readers share one fetch; its answer becomes a
 * copy only under the rules of PROTOCOL 7.3. Objects that this node is about to change are held:
 * their fetches wait until the owner has locked them, or it is known that it will not (7.5).
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class FetchTable {

  /** How long to wait before a partition that is not served yet is asked again. */
  private static final long AGAIN_NS = 20_000_000L;

  /** How long a partition may be unknown: a reference can be newer than the configuration. */
  private static final long UNKNOWN_NS = 2_000_000_000L;

  /** What one object's readers wait for. */
  private static final class Wanted {
    final long objectId;
    final List<CopyReader> readers = new ArrayList<>();

    /** The number of the fetch in flight; 0: none is. */
    long fetch;

    /** Where the fetch in flight went. */
    @Nullable Route route;

    /** Who sent it. */
    Peer sender = Peer.STRANGER;

    /** What it brings must not be kept. */
    boolean isPoisoned;

    boolean isTimed;

    Wanted(long objectId) {
      this.objectId = objectId;
    }

    int partition() {
      return Owners.partitionOf(objectId);
    }
  }

  private final NodeContext context;
  private final Owners owners;
  private final CopyCache cache;
  private final Places places;

  /** By object id. */
  private final TreeMap<Long, Wanted> wanted = new TreeMap<>();

  /** By the number of the fetch. */
  private final TreeMap<Long, Wanted> inFlight = new TreeMap<>();

  /** Our commits under way: what they change is not fetched while it is held. */
  private final SentWritesTable sent = new SentWritesTable();

  private long lastFetch;

  FetchTable(NodeContext context, Owners owners, CopyCache cache, Places places) {
    this.places = places;
    this.context = context;
    this.owners = owners;
    this.cache = cache;
  }

  void read(long objectId, CopyReader reader) {
    RemoteCopy copy = cache.find(objectId);
    if (copy != null) {
      reader.found(copy);
      return;
    }
    Wanted found = wanted.get(objectId);
    if (found != null) {
      found.readers.add(reader);
      return;
    }
    Wanted made = new Wanted(objectId);
    made.readers.add(reader);
    wanted.put(objectId, made);
    fetch(made);
  }

  /** The number of the last fetch that was sent: a later one is newer than what is said now. */
  long lastFetch() {
    return lastFetch;
  }

  /** Whether a copy of the object may be installed soon: fetched, or of a commit of ours. */
  boolean isExpected(long objectId) {
    Wanted found = wanted.get(objectId);
    return (found != null && found.fetch != 0) || sent.isUnderWay(objectId);
  }

  /** What is under way and would become a copy of this object may be old already. */
  void poison(long objectId) {
    poisonFetch(objectId);
    sent.spoil(objectId);
  }

  private void poisonFetch(long objectId) {
    Wanted found = wanted.get(objectId);
    if (found != null && found.fetch != 0) {
      found.isPoisoned = true;
    }
  }

  /**
   * A commit is about to be sent: fetches of what it changes wait, those in flight count for
   * nothing, until {@link #release}.
   */
  SentWrites hold(int partition, Route route, List<ObjectWrite> writes) {
    // Of what is deleted the owner would list this node for ever.
    boolean keeps =
        !route.isHere()
            && writes.size() <= SentWrites.MOST_KEPT
            && writes.stream().noneMatch(write -> write.kind() == ObjectWrite.Kind.DELETE);
    SentWrites made =
        new SentWrites(partition, route, context.self(), keeps ? ++lastFetch : 0, writes);
    sent.begin(made);
    made.objectIds().forEach(this::poisonFetch);
    return made;
  }

  /** The owner has locked them, or it is known that it does not change them in this commit. */
  void release(SentWrites writes) {
    if (writes.release()) {
      for (long objectId : writes.objectIds()) {
        Wanted found = wanted.get(objectId);
        if (found != null && found.fetch == 0) {
          fetch(found);
        }
      }
    }
  }

  /**
   * They have committed, and their owner lists this node for them: what nobody has changed since
   * becomes copies, under the rules for what a fetch brings.
   */
  void committed(SentWrites writes, long stamp) {
    if (owners.stands(writes.partition(), writes.route())
        && context.self().equals(writes.committer())
        && context.loop().bootNs() < context.leaseEndNs()) {
      for (ObjectWrite write : writes.kept()) {
        context.counters().count(ClusterCounter.COPIES_KEPT);
        install(writes.route().node(), write.objectId(), stamp, write.payload());
      }
    }
  }

  /** The outcome is known; what was not kept until now will not be. */
  void end(SentWrites writes) {
    sent.end(writes);
    release(writes);
  }

  private void install(int owner, long objectId, long stamp, byte @Nullable [] payload) {
    RemoteCopy copy = cache.install(owner, objectId, stamp, payload);
    Wanted found = wanted.remove(objectId);
    if (found != null) {
      inFlight.remove(found.fetch);
      found.readers.forEach(reader -> reader.found(copy));
    }
  }

  /** The owner has found something, and told where it stands. */
  void answered(long session, CopyAt copy) {
    Wanted found = take(session, copy.fetch(), copy.epoch(), copy.stamp(), copy.payload());
    if (found != null && found.route != null) {
      places.granted(found.objectId, found.route, copy);
    }
  }

  /** The owner has found something, or nothing: stamp 0 and no payload. */
  void answered(long session, long fetch, int epoch, long stamp, byte @Nullable [] payload) {
    take(session, fetch, epoch, stamp, payload);
  }

  /** What became a copy; null: it did not. */
  private @Nullable Wanted take(
      long session, long fetch, int epoch, long stamp, byte @Nullable [] payload) {
    Wanted found = takeAnswered(session, fetch);
    if (found == null) {
      return null;
    }
    places.remove(found.objectId);
    return keepOrAskAgain(found, epoch, stamp, payload) ? found : null;
  }

  /** It was read at its place; or it was not, and the owner is asked. */
  private void readAtPlace(Route route, long fetch, long stamp, byte @Nullable [] payload) {
    Wanted found = takeAnswered(route.session(), fetch);
    if (found == null) {
      return;
    }
    if (payload == null) {
      places.remove(found.objectId);
      fetch(found);
    } else if (keepOrAskAgain(found, route.epoch(), stamp, payload)) {
      places.isCopied(found.objectId);
    }
  }

  private boolean keepOrAskAgain(Wanted found, int epoch, long stamp, byte @Nullable [] payload) {
    Route route = found.route;
    if (route == null || !mayKeep(found, route, epoch)) {
      context.counters().count(ClusterCounter.FETCHES_AGAIN);
      fetch(found);
    } else if (context.loop().bootNs() >= context.leaseEndNs()) {
      fail(found, new NotAMember("the lease of " + context.self() + " has run out"));
    } else {
      context.counters().count(ClusterCounter.COPIES_INSTALLED);
      if (payload == null) {
        context.counters().count(ClusterCounter.FETCHES_ABSENT);
      }
      install(route.node(), found.objectId, stamp, payload);
      return true;
    }
    return false;
  }

  private boolean mayKeep(Wanted found, Route route, int epoch) {
    return !found.isPoisoned
        && route.epoch() == epoch
        && owners.stands(found.partition(), route)
        && context.self().equals(found.sender);
  }

  void unreadable(long session, long fetch, String reason) {
    Wanted found = takeAnswered(session, fetch);
    if (found != null) {
      context.counters().count(ClusterCounter.FETCHES_UNREADABLE);
      fail(
          found,
          new CorruptException("object " + Long.toHexString(found.objectId) + ": " + reason));
    }
  }

  /**
   * The node asked does not serve the partition, or not in this epoch.
   *
   * @param epoch the one that it knows
   */
  void notServed(long session, long fetch, int epoch) {
    Wanted found = takeAnswered(session, fetch);
    if (found == null) {
      return;
    }
    context.counters().count(ClusterCounter.FETCHES_NOT_SERVED);
    PartitionInfo info = owners.info(found.partition());
    boolean isBehindUs = info != null && epoch <= info.epoch();
    if (isBehindUs) {
      againLater(found);
    }
    // Else the configuration that it knows is under way.
  }

  /** The fetch is not in flight any more; null: it was given up before. */
  private @Nullable Wanted takeAnswered(long session, long fetch) {
    Wanted found = inFlight.get(fetch);
    if (found == null || found.route == null || found.route.session() != session) {
      return null;
    }
    inFlight.remove(fetch);
    found.fetch = 0;
    return found;
  }

  /** A session has begun or ended, or the configuration has changed. */
  void lookAgain() {
    for (Wanted each : List.copyOf(wanted.values())) {
      Route route = each.route;
      if (each.fetch != 0 && route != null && !owners.stands(each.partition(), route)) {
        inFlight.remove(each.fetch);
        each.fetch = 0;
      }
      if (each.fetch == 0 && wanted.containsKey(each.objectId)) {
        fetch(each);
      }
    }
  }

  /** Nobody gets an answer any more. */
  void failAll(HotpotException reason) {
    for (Wanted each : List.copyOf(wanted.values())) {
      fail(each, reason);
    }
  }

  private void fail(Wanted what, HotpotException reason) {
    wanted.remove(what.objectId);
    inFlight.remove(what.fetch);
    what.readers.forEach(reader -> reader.failed(reason));
  }

  private void fetch(Wanted what) {
    int partition = what.partition();
    PartitionInfo info = owners.info(partition);
    if (context.self().equals(Peer.STRANGER)) {
      fail(what, new NotAMember("this node is no member of the cluster: it cannot read objects"));
    } else if (info == null) {
      failIfUnknown(what);
    } else if (isDropped(info)) {
      fail(what, new MisuseException("the dataset of partition " + partition + " was dropped"));
    } else if (!sent.isHeld(what.objectId)) {
      Route route = owners.route(partition);
      if (route == null) {
        return; // until a session begins or the configuration changes
      }
      if (route.isHere()) {
        restart(what);
      } else {
        send(what, partition, route);
      }
    }
  }

  private boolean isDropped(PartitionInfo info) {
    DatasetInfo dataset = context.configuration().datasets().get(info.dataset());
    return info.status() == PartitionStatus.DROPPED || (dataset != null && dataset.dropped());
  }

  private void send(Wanted what, int partition, Route route) {
    what.fetch = ++lastFetch;
    what.route = route;
    what.sender = context.self();
    what.isPoisoned = false;
    inFlight.put(what.fetch, what);
    long number = what.fetch;
    if (places.read(
        what.objectId, route, (stamp, payload) -> readAtPlace(route, number, stamp, payload))) {
      return;
    }
    if (!context.send(
        route.node(), new Fetch(what.fetch, partition, route.epoch(), what.objectId))) {
      inFlight.remove(what.fetch);
      what.fetch = 0;
      againLater(what);
    } else {
      context.counters().count(ClusterCounter.FETCHES_SENT);
    }
  }

  /**
   * The partition is owned here by now: a copy that is invalid says so, and the reader restarts.
   */
  private void restart(Wanted what) {
    RemoteCopy invalid = new RemoteCopy(what.objectId, 0, null, cache.installations());
    invalid.invalidate();
    wanted.remove(what.objectId);
    what.readers.forEach(reader -> reader.found(invalid));
  }

  private void againLater(Wanted what) {
    if (what.isTimed) {
      return;
    }
    what.isTimed = true;
    context
        .loop()
        .after(
            AGAIN_NS,
            () -> {
              what.isTimed = false;
              if (what.fetch == 0 && wanted.get(what.objectId) == what) {
                fetch(what);
              }
            });
  }

  private void failIfUnknown(Wanted what) {
    if (what.isTimed) {
      return;
    }
    what.isTimed = true;
    context
        .loop()
        .after(
            UNKNOWN_NS,
            () -> {
              what.isTimed = false;
              if (wanted.get(what.objectId) == what && owners.info(what.partition()) == null) {
                fail(
                    what,
                    new ObjectNotFound(
                        "the cluster has no partition "
                            + what.partition()
                            + ", which object "
                            + Long.toHexString(what.objectId)
                            + " would lie in"));
              }
            });
  }

  /** Whether each fetch in flight is somebody's, and no held object has one that counts. */
  void checkInvariants() {
    inFlight.forEach(
        (number, what) -> {
          if (what.fetch != number || wanted.get(what.objectId) != what) {
            throw new IllegalStateException("a fetch in flight is nobody's - number=" + number);
          }
          if (sent.isHeld(what.objectId) && !what.isPoisoned) {
            throw new IllegalStateException("a fetch of a held object counts - number=" + number);
          }
        });
  }
}
