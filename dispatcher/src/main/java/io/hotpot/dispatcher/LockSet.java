package io.hotpot.dispatcher;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.NodeLoop.Timer;
import io.hotpot.replication.Owners;
import io.hotpot.replication.Owners.Route;
import io.hotpot.replication.Peer;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.replication.TransactionMessage.Acquire;
import io.hotpot.replication.TransactionMessage.Acquired;
import io.hotpot.replication.TransactionMessage.Release;
import io.hotpot.store.HotpotException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.spi.TransactionLocks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one attempt of a transaction of this node has acquired, and asks for now (PROTOCOL 15).
 *
 * <p>Thread-safety: on the node's loop only, except {@link #state} and {@link #age}.
 */
final class LockSet {

  /** How far it has come. */
  enum Phase {
    /** It may acquire more, and may be wounded. */
    OPEN,
    /** The commit is under way: what is held is held until its end. */
    COMMITTING,
    /** It gave way to an older transaction, or to all others in the end. */
    WOUNDED,
    /** An owner, its epoch or the session with it is gone. */
    LOST,
    /** Its transaction is over. */
    ENDED
  }

  /** One call that acquires. */
  private static final class Acquisition {
    final Consumer<TransactionLocks.State> done;
    final Consumer<HotpotException> failed;

    /** By partition, the number of its request. */
    final TreeMap<Integer, Long> requests = new TreeMap<>();

    /** By partition, where it was granted. */
    final TreeMap<Integer, Route> granted = new TreeMap<>();

    Acquisition(Consumer<TransactionLocks.State> done, Consumer<HotpotException> failed) {
      this.done = done;
      this.failed = failed;
    }
  }

  private final CommitDispatcher desk;

  /** For how long something may be held that others may hold too; 0: it is held exclusively. */
  private final long sharedForNs;

  private volatile long age;
  private volatile Phase phase = Phase.OPEN;

  /** 0: nothing was asked for yet. */
  private long number;

  /** By partition, where something is held. */
  private final TreeMap<Integer, Route> held = new TreeMap<>();

  /** By partition, whoever was asked and so may hold something. */
  private final TreeMap<Integer, TreeSet<Integer>> askedNodes = new TreeMap<>();

  private @Nullable Acquisition current;

  /** Runs from the first grant of shared locks. */
  private @Nullable Timer limit;

  /**
   * Locks that are exclusive.
   *
   * @param age of the first attempt; 0: this is it
   */
  LockSet(CommitDispatcher desk, long age) {
    this(desk, age, 0);
  }

  private LockSet(CommitDispatcher desk, long age, long sharedForNs) {
    this.desk = desk;
    this.age = age;
    this.sharedForNs = sharedForNs;
  }

  /**
   * Locks of a transaction that only reads (15.9).
   *
   * @param limitNs what is held is given up when something was held for so long
   */
  static LockSet shared(CommitDispatcher desk, long age, long limitNs) {
    return new LockSet(desk, age, limitNs);
  }

  /** What commits are made under; 0: nothing was asked for yet. */
  long number() {
    return number;
  }

  /** Where something is held. */
  Set<Integer> partitions() {
    return Set.copyOf(held.keySet());
  }

  /** From any thread. */
  long age() {
    return age;
  }

  /** From any thread. */
  TransactionLocks.State state() {
    return switch (phase) {
      case OPEN, COMMITTING, ENDED -> TransactionLocks.State.HELD;
      case WOUNDED -> TransactionLocks.State.WOUNDED;
      case LOST -> TransactionLocks.State.LOST;
    };
  }

  /**
   * Asks the owners of all these objects at once.
   *
   * @param done told what became of the locks: HELD if all objects are
   * @param failed told why none of them was acquired; those from before are held still
   */
  void acquire(
      long[] objectIds, Consumer<TransactionLocks.State> done, Consumer<HotpotException> failed) {
    if (phase != Phase.OPEN) {
      done.accept(state());
      return;
    }
    if (desk.context().self().equals(Peer.STRANGER)) {
      failed.accept(new NotAMember("this node is no member of the cluster"));
      return;
    }
    if (number == 0) {
      number = desk.locks().opened(this);
      age = age == 0 ? desk.locks().nextAge() : age;
    }
    TreeMap<Integer, List<Long>> byPartition = new TreeMap<>();
    for (long id : objectIds) {
      byPartition.computeIfAbsent(Owners.partitionOf(id), p -> new ArrayList<>()).add(id);
    }
    Acquisition acquisition = new Acquisition(done, failed);
    current = acquisition;
    byPartition.forEach(
        (partition, ids) -> {
          if (current == acquisition) {
            long[] objects = ids.stream().mapToLong(Long::longValue).toArray();
            desk.counters().count(ClusterCounter.LOCKS_ASKED);
            long request =
                desk.requests().ask(partition, new Asking(acquisition, partition, objects));
            acquisition.requests.put(partition, request);
          }
        });
  }

  /** One partition's part of an acquisition. */
  private final class Asking implements PartitionRequests.Question {
    private final Acquisition acquisition;
    private final int partition;
    private final long[] objectIds;

    Asking(Acquisition acquisition, int partition, long[] objectIds) {
      this.acquisition = acquisition;
      this.partition = partition;
      this.objectIds = objectIds;
    }

    @Override
    public TransactionMessage request(long request, int epoch) {
      Route route = desk.owners().route(partition);
      if (route != null) {
        askedNodes.computeIfAbsent(partition, p -> new TreeSet<>()).add(route.node());
      }
      boolean isShared = sharedForNs > 0;
      return new Acquire(request, partition, epoch, number, age, isShared, objectIds);
    }

    @Override
    public void answered(TransactionMessage answer) {
      if (current != acquisition) {
        return;
      }
      Route route = desk.owners().route(partition);
      if (route == null || ((Acquired) answer).epoch() != route.epoch()) {
        lose(Phase.LOST);
        return;
      }
      acquisition.granted.put(partition, route);
      if (sharedForNs > 0 && limit == null) {
        limit = desk.context().loop().after(sharedForNs, LockSet.this::wounded);
      }
      if (acquisition.granted.size() == acquisition.requests.size()) {
        current = null;
        held.putAll(acquisition.granted);
        acquisition.done.accept(TransactionLocks.State.HELD);
      }
    }

    @Override
    public void failed(HotpotException reason) {
      if (current == acquisition) {
        withdraw(reason);
      }
    }
  }

  /** The caller waits no longer for those who have not answered. */
  void giveUpWaiting() {
    Acquisition acquisition = current;
    if (acquisition != null) {
      TreeSet<Integer> missing = new TreeSet<>(acquisition.requests.keySet());
      missing.removeAll(acquisition.granted.keySet());
      withdraw(ClusterElsewhere.unserved(missing.first()));
    }
  }

  /** Gives up what is being acquired, and keeps what was acquired before. */
  private void withdraw(HotpotException reason) {
    Acquisition acquisition = current;
    if (acquisition == null) {
      return;
    }
    current = null;
    acquisition.requests.forEach(
        (partition, request) -> {
          desk.requests().forget(request);
          release(partition, request);
        });
    acquisition.failed.accept(reason);
  }

  /** Also to who was asked before: it may not own the partition any more, and does not mind. */
  private void release(int partition, long request) {
    for (int node : askedNodes.getOrDefault(partition, new TreeSet<>())) {
      desk.tell(node, new Release(partition, number, request));
    }
  }

  /** An older transaction wants something of it, or it was held for long enough. */
  void wounded() {
    if (phase == Phase.OPEN) {
      lose(Phase.WOUNDED);
    }
  }

  /** A session has begun or ended, or the configuration has changed. */
  void lookAgain() {
    if (phase != Phase.OPEN) {
      return;
    }
    Acquisition acquisition = current;
    if (!stand(held) || (acquisition != null && !stand(acquisition.granted))) {
      lose(Phase.LOST);
    }
  }

  private boolean stand(Map<Integer, Route> routes) {
    return routes.entrySet().stream()
        .allMatch(each -> desk.owners().stands(each.getKey(), each.getValue()));
  }

  void membershipEnded() {
    if (phase == Phase.OPEN) {
      lose(Phase.LOST);
    }
  }

  private void lose(Phase how) {
    desk.counters()
        .count(how == Phase.WOUNDED ? ClusterCounter.LOCKS_WOUNDED : ClusterCounter.LOCKS_LOST);
    Acquisition acquisition = current;
    giveUp(how);
    if (acquisition != null) {
      acquisition.done.accept(state());
    }
  }

  private void giveUp(Phase how) {
    phase = how;
    if (limit != null) {
      limit.cancel();
    }
    Acquisition acquisition = current;
    current = null;
    if (acquisition != null) {
      acquisition.requests.values().forEach(desk.requests()::forget);
    }
    askedNodes.keySet().forEach(partition -> release(partition, 0));
    askedNodes.clear();
    held.clear();
    desk.locks().closed(number);
  }

  /**
   * From now on it cannot be wounded.
   *
   * @return false: its locks are gone
   */
  boolean beginCommit() {
    if (phase != Phase.OPEN || current != null) {
      return false;
    }
    phase = Phase.COMMITTING;
    return true;
  }

  /** The transaction is over. */
  void release() {
    if (phase == Phase.OPEN || phase == Phase.COMMITTING) {
      giveUp(Phase.ENDED);
    }
  }
}
