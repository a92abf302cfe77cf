package io.hotpot.dispatcher;

import io.hotpot.replication.NodeLoop.Timer;
import io.hotpot.replication.Peer;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.store.spi.LockId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who holds objects of one partition, alone or with other readers, and who waits for them (PROTOCOL
 * 15): wound-wait. Nobody is given what an older transaction holds or waits for, and what a younger
 * one holds is asked back. So waiting goes from the younger to the older one only, over all
 * partitions.
 *
 * <p>A request counts at how many of its objects somebody is in its way ({@link LockedObject} tells
 * it of changes); with none left it is given all of them. So a call costs what it asks for, gives
 * back or lets others have, however many wait.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class LockQueue {

  /** A transaction that holds or wants something. */
  static final class Holder {
    /** The older first; two of the same age in the order of their ids, everywhere the same. */
    static final Comparator<Holder> OLDEST_FIRST =
        Comparator.<Holder>comparingLong(holder -> holder.age).thenComparing(holder -> holder.id);

    final LockId id;
    final Peer peer;

    /** In which it asked: with its end the locks end. */
    final long session;

    final long age;

    /** It only reads: others that do may hold the same objects. */
    final boolean isShared;

    private final TreeMap<Long, Request> requests = new TreeMap<>();

    /** It was told that an older one waits, or it has ended. */
    private boolean isWounded;

    Holder(LockId id, Peer peer, long session, long age, boolean isShared) {
      this.id = id;
      this.peer = peer;
      this.session = session;
      this.age = age;
      this.isShared = isShared;
    }
  }

  /** What a transaction has asked for at once: it gets all of it or waits for all of it. */
  static final class Request {
    static final Comparator<Request> OLDEST_FIRST =
        Comparator.<Request, Holder>comparing(request -> request.holder, Holder.OLDEST_FIRST)
            .thenComparingLong(request -> request.number);

    final Holder holder;
    final long number;

    /** Each once. */
    final long[] objectIds;

    /** Where to answer. */
    Consumer<TransactionMessage> reply;

    /** At how many of its objects somebody is in its way. */
    private int blocked;

    /** What it asked for is kept for it; a commit of another transaction may still be under way. */
    private boolean isTaken;

    /** The transaction was told so. */
    boolean isGranted;

    /** Ends the waiting. */
    @Nullable Timer limit;

    Request(Holder holder, long number, long[] objectIds, Consumer<TransactionMessage> reply) {
      this.holder = holder;
      this.number = number;
      this.objectIds = Arrays.stream(objectIds).distinct().toArray();
      this.reply = reply;
    }
  }

  /** What a queue has others do; none of it comes back to the queue before it returns. */
  interface Effects {
    /** The objects are the request's now. */
    void take(Request request);

    /** These objects are not that transaction's any more. */
    void giveBack(Holder holder, long[] objectIds);

    /** It should give up what it holds. */
    void wound(Holder holder);
  }

  private final Effects effects;
  private final TreeMap<LockId, Holder> holders = new TreeMap<>();

  /** Whatever is held or waited for; never iterated. */
  private final Map<Long, LockedObject> byObject = new HashMap<>();

  /** Those that wait and have nobody in their way. */
  private final TreeSet<Request> ready = new TreeSet<>(Request.OLDEST_FIRST);

  private int objects;
  private long steps;

  LockQueue(Effects effects) {
    this.effects = effects;
  }

  boolean isEmpty() {
    return holders.isEmpty();
  }

  /** How many objects are held or waited for, counted once for each request. */
  int objects() {
    return objects;
  }

  /** How often a request was looked at, at one of its objects, up to now. */
  long steps() {
    return steps;
  }

  @Nullable Holder holder(LockId id) {
    return holders.get(id);
  }

  /** What a transaction has asked for, and not given up. */
  @Nullable Request find(LockId id, long number) {
    Holder holder = holders.get(id);
    return holder == null ? null : holder.requests.get(number);
  }

  /** Whether others are in its way. */
  boolean isWaiting(Request request) {
    return !request.isTaken && request.holder.requests.get(request.number) == request;
  }

  /** A new request; see {@link #advance}. */
  void add(Request request) {
    holders.putIfAbsent(request.holder.id, request.holder);
    request.holder.requests.put(request.number, request);
    objects += request.objectIds.length;
    ready.add(request);
    for (long id : request.objectIds) {
      byObject.computeIfAbsent(id, i -> new LockedObject(this)).add(request);
    }
  }

  /** Gives up one request; see {@link #advance}. */
  void remove(Request request) {
    Holder holder = request.holder;
    if (!holder.requests.remove(request.number, request)) {
      return;
    }
    objects -= request.objectIds.length;
    if (request.limit != null) {
      request.limit.cancel();
    }
    ready.remove(request);
    // Those only that no other request of the same transaction had taken before.
    long[] free = Arrays.stream(request.objectIds).filter(id -> leave(id, request)).toArray();
    if (request.isTaken) {
      effects.giveBack(holder, free);
    }
    if (holder.requests.isEmpty()) {
      holders.remove(holder.id);
    }
  }

  /** Whether the object was held by the request. */
  private boolean leave(long objectId, Request request) {
    LockedObject object = byObject.get(objectId);
    if (object == null) {
      return false;
    }
    boolean isFreed = object.remove(request);
    if (object.isUnused()) {
      byObject.remove(objectId);
    }
    return isFreed;
  }

  /** Gives up all that a transaction holds and wants. */
  void remove(Holder holder) {
    List.copyOf(holder.requests.values()).forEach(this::remove);
  }

  /** The same, for all transactions of a kind; returns whether there were any. */
  boolean removeIf(Predicate<Holder> kind) {
    List<Holder> found = new ArrayList<>();
    for (Holder holder : holders.values()) {
      if (kind.test(holder)) {
        found.add(holder);
      }
    }
    found.forEach(this::remove);
    return !found.isEmpty();
  }

  /** Gives what can be given, the oldest first. */
  void advance() {
    Request request = ready.pollFirst();
    while (request != null) {
      request.isTaken = true;
      for (long id : request.objectIds) {
        LockedObject object = byObject.get(id);
        if (object != null) {
          object.take(request);
        }
      }
      effects.take(request);
      request = ready.pollFirst();
    }
  }

  // ---- told by objects

  /** Somebody is in the way of a request at one more object. */
  void blocked(Request request) {
    request.blocked++;
    ready.remove(request);
  }

  /** Nobody is in the way of a request at one of its objects any more. */
  void unblocked(Request request) {
    request.blocked--;
    if (request.blocked == 0) {
      ready.add(request);
    }
  }

  void stepped() {
    steps++;
  }

  /** An older transaction wants what this one holds. */
  void wound(Holder holder) {
    if (!holder.isWounded) {
      holder.isWounded = true;
      effects.wound(holder);
    }
  }

  /** That each request counts rightly who is in its way, found by looking at everybody. */
  void checkInvariants() {
    for (Holder holder : holders.values()) {
      for (Request request : holder.requests.values()) {
        int inTheWay = 0;
        for (long id : request.objectIds) {
          LockedObject object = Objects.requireNonNull(byObject.get(id));
          if (request.isTaken && object.isHeldAgainst(holder)) {
            throw new IllegalStateException("object " + id + " is held by " + holder.id + ", too");
          }
          boolean isBlocked = !request.isTaken && object.isInTheWayOf(request);
          if (isBlocked != object.isBlocked(request)) {
            throw new IllegalStateException(
                "object " + id + ", request " + request.number + " - in the way=" + isBlocked);
          }
          inTheWay += isBlocked ? 1 : 0;
        }
        boolean isReady = !request.isTaken && inTheWay == 0;
        if (request.blocked != inTheWay || ready.contains(request) != isReady) {
          throw new IllegalStateException(
              "request "
                  + request.number
                  + " - in the way="
                  + inTheWay
                  + ", counted="
                  + request.blocked);
        }
      }
    }
  }
}
