package io.hotpot.dispatcher;

import io.hotpot.replication.NodeLoop.Timer;
import io.hotpot.replication.Peer;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.store.spi.LockId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who holds objects of one partition exclusively, and who waits for them (PROTOCOL 15): wound-wait.
 * Nobody is given what an older transaction holds or waits for, and what a younger one holds is
 * asked back. So waiting goes from the younger to the older one only, over all partitions.
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
    private final TreeMap<Long, Request> requests = new TreeMap<>();

    /** It was told that an older one waits, or it has ended. */
    private boolean isWounded;

    Holder(LockId id, Peer peer, long session, long age) {
      this.id = id;
      this.peer = peer;
      this.session = session;
      this.age = age;
    }
  }

  /** What a transaction has asked for at once: it gets all of it or waits for all of it. */
  static final class Request {
    private static final Comparator<Request> OLDEST_FIRST =
        Comparator.<Request, Holder>comparing(request -> request.holder, Holder.OLDEST_FIRST)
            .thenComparingLong(request -> request.number);

    final Holder holder;
    final long number;
    final long[] objectIds;

    /** Where to answer. */
    Consumer<TransactionMessage> reply;

    /** No other transaction gets the objects; a commit of one may still be under way. */
    private boolean isTaken;

    /** The transaction was told so. */
    boolean isGranted;

    /** Ends the waiting. */
    @Nullable Timer limit;

    Request(Holder holder, long number, long[] objectIds, Consumer<TransactionMessage> reply) {
      this.holder = holder;
      this.number = number;
      this.objectIds = objectIds;
      this.reply = reply;
    }
  }

  /** What a queue has others do; none of it comes back to the queue before it returns. */
  interface Effects {
    /** The objects are the request's now. */
    void take(Request request);

    /** These objects are nobody's now. */
    void giveBack(Holder holder, long[] objectIds);

    /** It should give up what it holds. */
    void wound(Holder holder);
  }

  private final Effects effects;
  private final TreeMap<LockId, Holder> holders = new TreeMap<>();
  private final TreeSet<Request> waiting = new TreeSet<>(Request.OLDEST_FIRST);

  /** By object, the request by which it is held; never iterated. */
  private final Map<Long, Request> taken = new HashMap<>();

  private int objects;

  LockQueue(Effects effects) {
    this.effects = effects;
  }

  boolean isEmpty() {
    return holders.isEmpty();
  }

  /** How many objects are held or waited for. */
  int objects() {
    return objects;
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
    return waiting.contains(request);
  }

  /** A new request; see {@link #advance}. */
  void add(Request request) {
    holders.putIfAbsent(request.holder.id, request.holder);
    request.holder.requests.put(request.number, request);
    objects += request.objectIds.length;
    waiting.add(request);
  }

  /** Gives up one request; see {@link #advance}. */
  void remove(Request request) {
    Holder holder = request.holder;
    if (holder.requests.remove(request.number) == null) {
      return;
    }
    objects -= request.objectIds.length;
    if (request.limit != null) {
      request.limit.cancel();
    }
    waiting.remove(request);
    if (request.isTaken) {
      // Those only that no other request of the same transaction had taken before.
      long[] free =
          Arrays.stream(request.objectIds).filter(id -> taken.remove(id, request)).toArray();
      effects.giveBack(holder, free);
    }
    if (holder.requests.isEmpty()) {
      holders.remove(holder.id);
    }
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

  /** Gives what can be given, the oldest first, and asks back what older ones wait for. */
  void advance() {
    Set<Long> wanted = new HashSet<>();
    for (Request request : List.copyOf(waiting)) {
      if (isFree(request, wanted)) {
        waiting.remove(request);
        request.isTaken = true;
        for (long id : request.objectIds) {
          taken.putIfAbsent(id, request);
        }
        effects.take(request);
      } else {
        for (long id : request.objectIds) {
          wanted.add(id);
        }
      }
    }
  }

  /**
   * @param wanted what older transactions wait for
   */
  private boolean isFree(Request request, Set<Long> wanted) {
    boolean isFree = true;
    for (long id : request.objectIds) {
      Request by = taken.get(id);
      if (by != null && by.holder != request.holder) {
        isFree = false;
        woundIfYounger(by.holder, request.holder);
      } else if (wanted.contains(id)) {
        isFree = false;
      }
    }
    return isFree;
  }

  private void woundIfYounger(Holder holder, Holder waiter) {
    if (!holder.isWounded && Holder.OLDEST_FIRST.compare(waiter, holder) < 0) {
      holder.isWounded = true;
      effects.wound(holder);
    }
  }
}
