package io.hotpot.replication;

import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.CopyMessage.Absent;
import io.hotpot.replication.CopyMessage.Copy;
import io.hotpot.replication.CopyMessage.CopyAt;
import io.hotpot.replication.CopyMessage.Evicted;
import io.hotpot.replication.CopyMessage.ForgetPlaces;
import io.hotpot.replication.CopyMessage.Invalidate;
import io.hotpot.replication.CopyMessage.Invalidated;
import io.hotpot.replication.CopyMessage.NotServed;
import io.hotpot.replication.CopyMessage.Unreadable;
import io.hotpot.replication.Owners.Route;
import io.hotpot.store.HotpotException;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.RemoteCopy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * This node as one that reads what others own: its copies, the fetches that bring them, the owners'
 * invalidations (PROTOCOL, section 7), and what it reads by itself as a replica. The other end is
 * the owner's.
 *
 * <p>Thread-safety: {@link #find}, {@link #copies}, {@link #readHere} and {@link #installations}
 * from any thread, everything else on the node's loop.
 */
public final class SharerSide implements MessageHandler {

  private final NodeContext context;
  private final Owners owners;
  private final CopyCache cache;
  private final FetchTable fetches;
  private final Places places;
  private final ReplicaReads replica;
  private final EvictedCopies evicted = new EvictedCopies();

  /** Whether the loop will look for evicted copies soon. */
  private final AtomicBoolean looksForEvicted = new AtomicBoolean();

  private boolean isTimed;

  /** Whose copies these are. */
  private Peer self;

  /**
   * @param capacityBytes of all copies together
   */
  public SharerSide(NodeContext context, long capacityBytes) {
    this(context, capacityBytes, null, (record, objectId, stamp) -> null);
  }

  /**
   * @param capacityBytes of all copies together
   * @param memory of other nodes; null: it is not reached
   * @param records takes apart what was read there
   */
  public SharerSide(
      NodeContext context,
      long capacityBytes,
      @Nullable RemoteMemory memory,
      RecordParser records) {
    this.places = new Places(memory, records, context.counters());
    this.context = context;
    this.owners = new Owners(context);
    this.cache = new CopyCache(capacityBytes, this::wasEvicted);
    this.fetches = new FetchTable(context, owners, cache, places);
    this.replica = new ReplicaReads(cache, context.counters());
    this.self = context.self();
    context.whenChanged(this::changed);
  }

  /** A valid copy; null: there is none. From any thread. */
  public @Nullable RemoteCopy find(long objectId) {
    return cache.find(objectId);
  }

  /** All valid copies, in no order: for who looks from outside. From any thread. */
  public List<RemoteCopy> copies() {
    return cache.all();
  }

  /**
   * Reads an object in this node's own copy of its partition's log, if that has the newest version
   * for sure; null: its owner must be asked. From any thread.
   */
  public @Nullable RemoteCopy readHere(long objectId) {
    return replica.read(objectId);
  }

  /** The count of copies installed up to now. From any thread. */
  public long installations() {
    return cache.installations();
  }

  /** Finds or fetches a copy. */
  public void read(long objectId, CopyReader reader) {
    fetches.read(objectId, reader);
  }

  /**
   * Drops the copies of what a commit of this node is about to change in a partition: to send it
   * then is the acknowledgement of their invalidation (7.5). They are not fetched until {@link
   * #release}: a copy that the owner grants before it locks the object would never be invalidated.
   */
  public SentWrites hold(int partition, Route route, List<ObjectWrite> writes) {
    SentWrites sent = fetches.hold(partition, route, writes);
    sent.objectIds().forEach(this::drop);
    return sent;
  }

  /**
   * The owner has locked them: whoever wants to read them waits there. May be told again, and does
   * nothing then.
   */
  public void release(SentWrites sent) {
    fetches.release(sent);
  }

  /** They have committed with this stamp; before {@link #end}. */
  public void committed(SentWrites sent, long stamp) {
    fetches.committed(sent, stamp);
  }

  /** Their outcome is known, or nobody here waits for it any more; to be told once. */
  public void end(SentWrites sent) {
    fetches.end(sent);
  }

  /**
   * This node's copy of a partition's log may be read, as far as the configuration has it in step
   * with the owner in this epoch.
   */
  public void readable(int partition, int epoch, HeldLog log) {
    PartitionInfo info = owners.info(partition);
    if (info != null && info.epoch() == epoch && isReplica(info)) {
      replica.open(partition, info.owner(), log);
    }
  }

  private boolean isReplica(PartitionInfo info) {
    return (info.status() == PartitionStatus.SERVING || info.status() == PartitionStatus.NEW)
        && info.inSync().contains(context.self().nodeId());
  }

  /** It may not; nothing that was read in it is left when this returns. */
  public void unreadable(int partition) {
    if (replica.close(partition)) {
      dropCopies(partition);
    }
  }

  /**
   * The log has a new version of an object, which is marked as pending: as an invalidation, of what
   * the owner does not know of (6.5).
   */
  public void changed(long objectId) {
    if (replica.isRead(Owners.partitionOf(objectId))) {
      drop(objectId);
    }
  }

  /** The partition has a new epoch: no copy of an earlier one is left when this returns (7.12). */
  public void dropPartition(int partition, int epoch) {
    replica.close(partition);
    dropCopies(partition);
    fetches.lookAgain();
  }

  private void dropCopies(int partition) {
    cache.dropPartition(partition);
    takeEvicted();
    evicted.dropIf(objectId -> Owners.partitionOf(objectId) == partition);
    places.removeIf(objectId -> Owners.partitionOf(objectId) == partition);
  }

  /**
   * A session with an owner has ended: nothing that it granted is left when this returns (7.10).
   */
  public void dropOwner(int nodeId) {
    Map<Integer, Integer> granted = new TreeMap<>(cache.owners());
    granted.values().removeIf(owner -> owner != nodeId);
    granted.keySet().forEach(cache::dropPartition);
    takeEvicted();
    evicted.dropIf(objectId -> granted.containsKey(Owners.partitionOf(objectId)));
    places.removeIf(objectId -> granted.containsKey(Owners.partitionOf(objectId)));
    fetches.lookAgain();
  }

  /**
   * The node is no member any more, or closes: all copies are dropped and all readers told (5.5).
   */
  public void dropAll(HotpotException reason) {
    replica.closeAll();
    cache.dropAll();
    takeEvicted();
    evicted.dropIf(objectId -> true);
    places.removeIf(objectId -> true);
    fetches.failAll(reason);
  }

  @Override
  public boolean handle(Peer peer, long session, Message message) {
    if (!(message instanceof CopyMessage copyMessage)) {
      return false;
    }
    switch (copyMessage) {
      case Copy copy ->
          fetches.answered(session, copy.fetch(), copy.epoch(), copy.stamp(), copy.payload());
      case CopyAt copy -> {
        fetches.answered(session, copy);
        tellOwners(places.takeSurplus());
      }
      case Absent absent -> fetches.answered(session, absent.fetch(), absent.epoch(), 0, null);
      case Unreadable unreadable ->
          fetches.unreadable(session, unreadable.fetch(), unreadable.reason());
      case NotServed notServed -> fetches.notServed(session, notServed.fetch(), notServed.epoch());
      case Invalidate invalidate -> invalidate(peer, invalidate);
      case ForgetPlaces forget -> forget(peer, forget);
      case CopyMessage.Fetch fetch -> {
        return false;
      }
      case Invalidated invalidated -> {
        return false;
      }
      case Evicted gone -> {
        return false;
      }
    }
    return true;
  }

  /** In the order of 7.4. One of an earlier epoch is obeyed like any other: it can do no harm. */
  private void invalidate(Peer owner, Invalidate invalidate) {
    context.counters().add(ClusterCounter.COPIES_INVALIDATED, invalidate.objectIds().length);
    for (long objectId : invalidate.objectIds()) {
      drop(objectId);
      fetches.poison(objectId);
    }
    context.send(
        owner.nodeId(),
        new Invalidated(invalidate.partition(), invalidate.epoch(), invalidate.round()));
  }

  private void drop(long objectId) {
    cache.drop(objectId);
    takeEvicted();
    evicted.drop(objectId);
    places.remove(objectId);
  }

  private void forget(Peer owner, ForgetPlaces forget) {
    Invalidated answer = new Invalidated(forget.partition(), forget.epoch(), forget.round());
    tellOwners(places.forget(forget, () -> context.send(owner.nodeId(), answer)));
  }

  @Override
  public void sessionBegan(Peer peer, long session) {
    owners.sessionBegan(peer, session);
    fetches.lookAgain();
  }

  @Override
  public void sessionEnded(Peer peer, long session) {
    owners.sessionEnded(peer, session);
    dropOwner(peer.nodeId());
  }

  /** What was asked as another incarnation is not answered to this one. */
  private void changed() {
    Peer now = context.self();
    if (!now.equals(self)) {
      self = now;
      replica.closeAll();
      cache.dropAll();
      takeEvicted();
      evicted.dropIf(objectId -> true);
      places.removeIf(objectId -> true);
    }
    fetches.lookAgain();
  }

  private void wasEvicted() {
    if (looksForEvicted.compareAndSet(false, true)) {
      context
          .loop()
          .execute(
              () -> {
                looksForEvicted.set(false);
                takeEvicted();
                setTimer();
              });
    }
  }

  private void takeEvicted() {
    for (RemoteCopy copy = cache.pollEvicted(); copy != null; copy = cache.pollEvicted()) {
      context.counters().count(ClusterCounter.COPIES_EVICTED);
      evicted.add(copy, context.loop().bootNs());
    }
  }

  private void setTimer() {
    if (isTimed || evicted.nextDueNs() == Long.MAX_VALUE) {
      return;
    }
    isTimed = true;
    long delayNs = Math.max(0, evicted.nextDueNs() - context.loop().bootNs());
    context
        .loop()
        .after(
            delayNs,
            () -> {
              isTimed = false;
              takeEvicted();
              tellOwners(evicted.takeDue(context.loop().bootNs()));
              setTimer();
            });
  }

  /**
   * Of what this node holds no more; not of what has been fetched again since, nor of that of which
   * it keeps the place.
   */
  private void tellOwners(List<Long> gone) {
    Map<Integer, List<Long>> byPartition = new TreeMap<>();
    for (long objectId : gone) {
      if (cache.find(objectId) == null
          && !fetches.isExpected(objectId)
          && !evicted.isLingering(objectId)
          && !places.isLeftBy(objectId)) {
        byPartition
            .computeIfAbsent(Owners.partitionOf(objectId), p -> new ArrayList<>())
            .add(objectId);
      }
    }
    byPartition.forEach(
        (partition, objectIds) -> {
          Route route = owners.route(partition);
          if (route != null && !route.isHere()) {
            long[] ids = objectIds.stream().mapToLong(Long::longValue).toArray();
            context.send(
                route.node(), new Evicted(partition, route.epoch(), fetches.lastFetch(), ids));
          }
        });
  }

  /** The conditions that hold between tasks of the loop. */
  void checkInvariants() {
    cache.checkInvariants();
    fetches.checkInvariants();
  }
}
