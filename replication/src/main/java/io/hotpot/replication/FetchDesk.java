package io.hotpot.replication;

import io.hotpot.replication.CopyMessage.Absent;
import io.hotpot.replication.CopyMessage.Copy;
import io.hotpot.replication.CopyMessage.CopyAt;
import io.hotpot.replication.CopyMessage.Evicted;
import io.hotpot.replication.CopyMessage.Fetch;
import io.hotpot.replication.CopyMessage.NotServed;
import io.hotpot.replication.CopyMessage.Unreadable;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnedPartition.Fetched;
import io.hotpot.store.spi.RecordPlace;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Answers fetches of an owned partition's objects (PROTOCOL 7.2): lists the sharer, then looks at
 * the object, then at the lease.
 *
 * <p>Confined to the loop, but for {@link #areWaiting}.
 */
final class FetchDesk {

  /**
   * @param isHealed whether what it asks for was damaged, and all has been done about it
   */
  private record Waiting(int from, long session, Fetch fetch, boolean isHealed) {

    Waiting healed() {
      return new Waiting(from, session, fetch, true);
    }
  }

  private final Surroundings node;
  private final int partition;
  private final int epoch;
  private final SharerTable sharers;
  private final GrantedPlaces places;
  private final InvalidationRounds rounds;
  private final Healing healing;

  /** Fetches of locked objects, by object. */
  private final Map<Long, List<Waiting>> locked = new LinkedHashMap<>();

  /** Fetches that came while the partition is not served for a moment. */
  private final List<Waiting> held = new ArrayList<>();

  private final AtomicInteger waiting = new AtomicInteger();
  private @Nullable OwnedPartition owned;
  private boolean isHeldBack;
  private boolean isMakingRoom;

  FetchDesk(
      Surroundings node,
      int partition,
      int epoch,
      SharerTable sharers,
      GrantedPlaces places,
      InvalidationRounds rounds,
      Healing healing) {
    this.node = node;
    this.partition = partition;
    this.epoch = epoch;
    this.sharers = sharers;
    this.places = places;
    this.rounds = rounds;
    this.healing = healing;
  }

  /** Whether a fetch waits for an object to be unlocked, or is about to. From any thread. */
  boolean areWaiting() {
    // The words were unlocked by stores that a later load may overtake; a fetch that has seen one
    // locked must be seen here.
    VarHandle.fullFence();
    return waiting.get() != 0;
  }

  void serve(OwnedPartition by) {
    owned = by;
    isHeldBack = false;
    List<Waiting> now = List.copyOf(held);
    held.clear();
    now.forEach(this::answer);
  }

  /** Fetches wait until it is served again, or refused. */
  void hold() {
    isHeldBack = true;
  }

  void refuseAll(int knownEpoch) {
    owned = null;
    isHeldBack = false;
    List<Waiting> all = new ArrayList<>(held);
    locked.values().forEach(all::addAll);
    held.clear();
    locked.clear();
    waiting.set(0);
    all.forEach(w -> refuse(w, knownEpoch));
  }

  private void refuse(Waiting w, int knownEpoch) {
    node.context().send(w.from(), new NotServed(w.fetch().fetch(), partition, knownEpoch));
  }

  void received(int from, long session, Fetch fetch) {
    answer(new Waiting(from, session, fetch, false));
  }

  private void answer(Waiting w) {
    if (node.session(w.from()) != w.session()) {
      return;
    }
    if (isHeldBack) {
      held.add(w);
      return;
    }
    OwnedPartition by = owned;
    if (by == null || w.fetch().epoch() != epoch) {
      refuse(w, epoch);
      return;
    }
    long object = w.fetch().objectId();
    long listedBefore = sharers.add(object, w.from(), w.fetch().fetch());
    waiting.incrementAndGet();
    Fetched found = by.fetch(object);
    if (found instanceof Fetched.Locked) {
      node.counters().count(ClusterCounter.FETCHES_HELD_UP);
      sharers.undo(object, w.from(), listedBefore);
      locked.computeIfAbsent(object, o -> new ArrayList<>()).add(w);
      return;
    }
    waiting.decrementAndGet();
    if (found instanceof Fetched.Unreadable(String ignored, long address)
        && address != 0
        && !w.isHealed()) {
      sharers.undo(object, w.from(), listedBefore);
      healing.heal(address, lookAgain -> answer(w.healed()));
      return;
    }
    if (node.loop().bootNs() - node.context().leaseEndNs() >= 0) {
      sharers.undo(object, w.from(), listedBefore);
      refuse(w, epoch);
      return;
    }
    node.counters().count(ClusterCounter.FETCHES_SERVED);
    node.context().send(w.from(), reply(w, found, listedBefore));
    makeRoom();
  }

  private CopyMessage reply(Waiting w, Fetched found, long listedBefore) {
    long fetch = w.fetch().fetch();
    long object = w.fetch().objectId();
    return switch (found) {
      case Fetched.Found version -> copy(w, version);
      case Fetched.Nothing() -> new Absent(fetch, epoch, object);
      case Fetched.Unreadable(String reason, long ignored) -> {
        sharers.undo(object, w.from(), listedBefore);
        yield new Unreadable(fetch, epoch, object, reason);
      }
      case Fetched.Locked() -> throw new IllegalStateException("a locked object is not answered");
    };
  }

  private CopyMessage copy(Waiting w, Fetched.Found found) {
    long fetch = w.fetch().fetch();
    long object = w.fetch().objectId();
    node.counters().add(ClusterCounter.RECORD_BYTES_COPIED, found.payload().length);
    RecordPlace place = found.place();
    RemoteMemory.Key memory = places.keyFor(w.from(), place.address());
    return memory == null
        ? new Copy(fetch, epoch, object, found.stamp(), found.payload())
        : new CopyAt(
            fetch,
            epoch,
            object,
            found.stamp(),
            found.payload(),
            place.address(),
            place.lengthBytes(),
            memory);
  }

  void unlocked(long[] objectIds) {
    for (long object : objectIds) {
      List<Waiting> again = locked.remove(object);
      if (again != null) {
        waiting.addAndGet(-again.size());
        again.forEach(this::answer);
      }
    }
  }

  void evicted(int from, Evicted message) {
    for (long object : message.objectIds()) {
      sharers.evicted(object, from, message.fetch());
    }
  }

  /** A node's session is over: nobody waits for the answers any more. */
  void forget(int from) {
    held.removeIf(w -> w.from() == from);
    for (List<Waiting> each : locked.values()) {
      int before = each.size();
      each.removeIf(w -> w.from() == from);
      waiting.addAndGet(each.size() - before);
    }
    locked.values().removeIf(List::isEmpty);
  }

  /** The objects listed for longest stay listed until their sharers have dropped them. */
  void makeRoom() {
    if (isMakingRoom) {
      return;
    }
    List<Long> surplus = sharers.beyondBound();
    SortedMap<Integer, List<Long>> toTell = new TreeMap<>();
    SortedMap<Long, SortedMap<Integer, Long>> listed = new TreeMap<>();
    for (long object : surplus) {
      for (int sharer : sharers.of(object)) {
        toTell.computeIfAbsent(sharer, n -> new ArrayList<>()).add(object);
        listed
            .computeIfAbsent(object, o -> new TreeMap<>())
            .put(sharer, sharers.fetchOf(object, sharer));
      }
    }
    if (!toTell.isEmpty()) {
      isMakingRoom = true;
      rounds.begin(
          toTell,
          () -> {
            isMakingRoom = false;
            listed.forEach(
                (object, nodes) -> nodes.forEach((id, f) -> sharers.evicted(object, id, f)));
          });
    }
  }
}
