package io.hotpot.dispatcher;

import io.hotpot.dispatcher.LockQueue.Holder;
import io.hotpot.dispatcher.LockQueue.Request;
import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Owners;
import io.hotpot.replication.Peer;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.replication.TransactionMessage.Acquire;
import io.hotpot.replication.TransactionMessage.Acquired;
import io.hotpot.replication.TransactionMessage.Release;
import io.hotpot.replication.TransactionMessage.RequestRefused;
import io.hotpot.replication.TransactionMessage.Wound;
import io.hotpot.store.spi.LockId;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.Refusal.Reason;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Keeps objects of the partitions owned here for transactions of this and other nodes (PROTOCOL
 * 15). Who comes next is said by a {@link LockQueue}; that nobody else changes what is kept, by the
 * partition.
 *
 * <p>Thread-safety: on the node's loop only. Replies are given on the loop.
 */
@SuppressWarnings("ReferenceEquality") // A partition of another epoch is another object.
final class AcquireDesk {

  /** 2 L: a holder that has died is excluded by then. */
  static final long WAIT_NS = 4_000_000_000L;

  /** Objects of one partition that are held or waited for. */
  private static final int MOST = 1 << 20;

  /** The locks of a partition in one epoch. */
  private static final class Kept {
    final OwnedPartition owned;
    final LockQueue queue;

    Kept(AcquireDesk desk, OwnedPartition owned) {
      this.owned = owned;
      this.queue = new LockQueue(desk.new PartitionEffects(this));
    }
  }

  private final CommitDispatcher desk;
  private final TreeMap<Integer, Kept> partitions = new TreeMap<>();

  AcquireDesk(CommitDispatcher desk) {
    this.desk = desk;
  }

  /**
   * A request of another node, or of this one.
   *
   * @return false: it is none about locks
   */
  boolean handle(
      Peer from, long session, TransactionMessage request, Consumer<TransactionMessage> reply) {
    switch (request) {
      case Acquire acquire -> acquire(from, session, acquire, reply);
      case Release release -> release(from, release);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static LockId id(Peer from, long number) {
    return new LockId(from.nodeId(), from.incarnation(), number);
  }

  private void acquire(Peer from, long session, Acquire asked, Consumer<TransactionMessage> reply) {
    int partition = asked.partition();
    OwnedPartition owned = desk.context().owned(partition);
    if (owned == null || owned.epoch() != asked.epoch()) {
      reply.accept(refusal(asked, Reason.NOT_OWNER, "partition " + partition + " has moved"));
      return;
    }
    if (asked.objectIds().length == 0) {
      reply.accept(refusal(asked, Reason.REFUSED, "no object is asked for"));
      return;
    }
    for (long object : asked.objectIds()) {
      if (Owners.partitionOf(object) != partition) {
        reply.accept(refusal(asked, Reason.REFUSED, "an object is not of partition " + partition));
        return;
      }
    }
    Kept kept = partitions.get(partition);
    if (kept == null || kept.owned != owned) {
      kept = new Kept(this, owned);
      partitions.put(partition, kept);
    }
    LockQueue queue = kept.queue;
    if (queue.objects() + asked.objectIds().length > MOST) {
      reply.accept(refusal(asked, Reason.BUSY, "too much is acquired in partition " + partition));
      return;
    }
    LockId id = id(from, asked.lock());
    Holder holder = queue.holder(id);
    if (holder != null && (holder.session != session || holder.isShared != asked.isShared())) {
      queue.remove(holder);
      holder = null;
    }
    Request known = queue.find(id, asked.request());
    if (known == null) {
      add(
          kept,
          holder == null ? new Holder(id, from, session, asked.age(), asked.isShared()) : holder,
          asked,
          reply);
    } else if (known.isGranted) {
      reply.accept(new Acquired(asked.request(), partition, asked.epoch()));
    } else {
      known.reply = reply;
    }
  }

  private void add(Kept kept, Holder holder, Acquire asked, Consumer<TransactionMessage> reply) {
    Request request = new Request(holder, asked.request(), asked.objectIds(), reply);
    request.limit =
        desk.context()
            .loop()
            .after(
                WAIT_NS,
                () -> {
                  desk.counters().count(ClusterCounter.LOCKS_REFUSED);
                  kept.queue.remove(request);
                  request.reply.accept(
                      refusal(
                          asked,
                          Reason.CONFLICT,
                          "objects of partition "
                              + asked.partition()
                              + " stayed acquired by another transaction for "
                              + WAIT_NS / 1_000_000_000
                              + " s; none of those asked for was acquired"));
                  kept.queue.advance();
                  dropIfEmpty(asked.partition(), kept);
                });
    kept.queue.add(request);
    kept.queue.advance();
    if (kept.queue.isWaiting(request)) {
      desk.counters().count(ClusterCounter.LOCKS_WAITED_FOR);
    }
  }

  private static RequestRefused refusal(Acquire asked, Reason reason, String message) {
    return new RequestRefused(asked.request(), asked.partition(), reason, message);
  }

  private void release(Peer from, Release release) {
    Kept kept = partitions.get(release.partition());
    if (kept == null) {
      return;
    }
    LockId id = id(from, release.lock());
    if (release.request() == 0) {
      Holder holder = kept.queue.holder(id);
      if (holder != null) {
        kept.queue.remove(holder);
      }
    } else {
      Request request = kept.queue.find(id, release.request());
      if (request != null) {
        kept.queue.remove(request);
      }
    }
    kept.queue.advance();
    dropIfEmpty(release.partition(), kept);
  }

  private void dropIfEmpty(int partition, Kept kept) {
    if (kept.queue.isEmpty()) {
      partitions.remove(partition, kept);
    }
  }

  /** Whatever was acquired in the session is free. */
  void sessionEnded(Peer peer, long session) {
    for (int partition : List.copyOf(partitions.keySet())) {
      free(partition, holder -> holder.peer.equals(peer) && holder.session == session);
    }
  }

  private void free(int partition, Predicate<Holder> kind) {
    Kept kept = partitions.get(partition);
    if (kept != null && kept.queue.removeIf(kind)) {
      kept.queue.advance();
      dropIfEmpty(partition, kept);
    }
  }

  /**
   * The configuration has changed, or the role of this node: locks end with the epoch, and with
   * their holder's incarnation. Who waits asks the next owner.
   */
  void changed() {
    for (int partition : List.copyOf(partitions.keySet())) {
      Kept kept = partitions.get(partition);
      if (kept != null && !isOurs(partition, kept.owned)) {
        kept.queue.removeIf(holder -> true);
        partitions.remove(partition);
      } else {
        free(partition, holder -> desk.fates().isExcluded(holder.peer));
      }
    }
  }

  /** Also while a partition is being handed over: it may stay. */
  private boolean isOurs(int partition, OwnedPartition owned) {
    OwnedPartition now = desk.context().owned(partition);
    if (now != null) {
      return now == owned;
    }
    PartitionInfo info = desk.owners().info(partition);
    return info != null
        && info.epoch() == owned.epoch()
        && info.owner() == desk.context().self().nodeId();
  }

  /** How many partitions have locks, for tests. */
  int partitions() {
    return partitions.size();
  }

  /** What happens to a partition, and to its requests. */
  private final class PartitionEffects implements LockQueue.Effects {
    private final Kept kept;

    PartitionEffects(Kept kept) {
      this.kept = kept;
    }

    @Override
    public void take(Request request) {
      Runnable free = () -> desk.context().loop().execute(() -> free(request));
      if (request.holder.isShared) {
        kept.owned.share(request.holder.id, request.objectIds, free);
      } else {
        kept.owned.acquire(request.holder.id, request.objectIds, free);
      }
    }

    /** No commit of others to the objects is under way. */
    private void free(Request request) {
      if (kept.queue.find(request.holder.id, request.number) != request) {
        return;
      }
      request.isGranted = true;
      if (request.limit != null) {
        request.limit.cancel();
      }
      desk.counters().count(ClusterCounter.LOCKS_GIVEN);
      request.reply.accept(new Acquired(request.number, kept.owned.id(), kept.owned.epoch()));
    }

    @Override
    public void giveBack(Holder holder, long[] objectIds) {
      kept.owned.release(holder.id, objectIds);
    }

    @Override
    public void wound(Holder holder) {
      desk.tell(holder.peer.nodeId(), new Wound(kept.owned.id(), holder.id.number()));
    }
  }
}
