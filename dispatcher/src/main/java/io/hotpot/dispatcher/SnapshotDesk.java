package io.hotpot.dispatcher;

import io.hotpot.replication.NodeContext;
import io.hotpot.replication.Peer;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.replication.TransactionMessage.CloseSnapshot;
import io.hotpot.replication.TransactionMessage.Floor;
import io.hotpot.replication.TransactionMessage.Floored;
import io.hotpot.replication.TransactionMessage.LastStamp;
import io.hotpot.replication.TransactionMessage.OpenSnapshot;
import io.hotpot.replication.TransactionMessage.ReadAt;
import io.hotpot.replication.TransactionMessage.RequestRefused;
import io.hotpot.replication.TransactionMessage.SnapshotsOpen;
import io.hotpot.replication.TransactionMessage.VersionAt;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnedPartition.AtStamp;
import io.hotpot.store.spi.OwnedPartition.SnapshotReading;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Refusal.Reason;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.SnapshotId;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Serves snapshots of this and other nodes from the partitions owned here (PROTOCOL 14). What it
 * must remember the partitions do; here is only the way to them, and the look at the lease before
 * an answer.
 *
 * <p>Thread-safety: on the node's loop only. Replies are given on any thread.
 */
final class SnapshotDesk {

  private final CommitDispatcher desk;

  SnapshotDesk(CommitDispatcher desk) {
    this.desk = desk;
  }

  /**
   * A request of another node, or of this one.
   *
   * @return false: it is none about snapshots
   */
  boolean handle(Peer from, TransactionMessage request, Consumer<TransactionMessage> reply) {
    switch (request) {
      case OpenSnapshot open -> open(id(from, open.snapshot()), open, reply);
      case Floor floor -> floor(id(from, floor.snapshot()), floor, reply);
      case ReadAt read -> read(id(from, read.snapshot()), read, reply);
      case CloseSnapshot close -> {
        OwnedPartition owned = desk.context().owned(close.partition());
        if (owned != null) {
          owned.closeSnapshot(id(from, close.snapshot()));
        }
      }
      case SnapshotsOpen still -> retain(from, still);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static SnapshotId id(Peer from, long number) {
    return new SnapshotId(from.nodeId(), from.incarnation(), number);
  }

  private void open(SnapshotId id, OpenSnapshot open, Consumer<TransactionMessage> reply) {
    long request = open.request();
    int partition = open.partition();
    OwnedPartition owned = owned(partition, open.epoch(), request, reply);
    if (owned != null) {
      owned.openSnapshot(
          id, answer(request, partition, reply, last -> new LastStamp(request, partition, last)));
    }
  }

  private void floor(SnapshotId id, Floor floor, Consumer<TransactionMessage> reply) {
    long request = floor.request();
    int partition = floor.partition();
    OwnedPartition owned = owned(partition, floor.epoch(), request, reply);
    if (owned != null) {
      desk.clock().see(floor.stamp());
      owned.floor(
          id,
          floor.stamp(),
          answer(request, partition, reply, stamp -> new Floored(request, partition)));
    }
  }

  private Settling answer(
      long request,
      int partition,
      Consumer<TransactionMessage> reply,
      LongFunction<TransactionMessage> settled) {
    return new Settling() {
      @Override
      public void settled(long stamp) {
        reply.accept(ifLeased(request, partition, settled.apply(stamp)));
      }

      @Override
      public void refused(Refusal refusal) {
        reply.accept(new RequestRefused(request, partition, refusal.reason(), refusal.message()));
      }
    };
  }

  private void read(SnapshotId id, ReadAt read, Consumer<TransactionMessage> reply) {
    long request = read.request();
    int partition = read.partition();
    OwnedPartition owned = owned(partition, read.epoch(), request, reply);
    if (owned == null) {
      return;
    }
    owned.readAt(
        id,
        read.stamp(),
        read.objectId(),
        new SnapshotReading() {
          @Override
          public void seen(AtStamp found) {
            reply.accept(ifLeased(request, partition, message(request, partition, found)));
          }

          @Override
          public void refused(Refusal refusal) {
            reply.accept(
                new RequestRefused(request, partition, refusal.reason(), refusal.message()));
          }
        });
  }

  private static TransactionMessage message(long request, int partition, AtStamp found) {
    return switch (found) {
      case AtStamp.Found(long stamp, byte[] payload) ->
          new VersionAt(request, partition, stamp, payload);
      case AtStamp.Nothing() -> new VersionAt(request, partition, 0, new byte[0]);
      case AtStamp.TooOld(String reason) ->
          new RequestRefused(request, partition, Reason.SNAPSHOT_TOO_OLD, reason);
      case AtStamp.Unreadable(String reason) ->
          new RequestRefused(request, partition, Reason.UNREADABLE, reason);
    };
  }

  /** What an owner says counts only if it was one after it had looked (5.5). */
  private TransactionMessage ifLeased(long request, int partition, TransactionMessage answer) {
    NodeContext context = desk.context();
    return context.loop().bootNs() - context.leaseEndNs() < 0
        ? answer
        : notOwner(request, partition);
  }

  private TransactionMessage notOwner(long request, int partition) {
    return new RequestRefused(
        request,
        partition,
        Reason.NOT_OWNER,
        desk.context().self() + " does not serve partition " + partition + " in that epoch");
  }

  private @Nullable OwnedPartition owned(
      int partition, int epoch, long request, Consumer<TransactionMessage> reply) {
    OwnedPartition owned = desk.context().owned(partition);
    if (owned != null && owned.epoch() == epoch) {
      return owned;
    }
    reply.accept(notOwner(request, partition));
    return null;
  }

  private void retain(Peer from, SnapshotsOpen still) {
    TreeSet<Long> numbers = new TreeSet<>();
    for (long number : still.snapshots()) {
      numbers.add(number);
    }
    for (int partition : desk.context().configuration().partitions().keySet()) {
      OwnedPartition owned = desk.context().owned(partition);
      if (owned != null) {
        owned.retainSnapshots(from.nodeId(), from.incarnation(), numbers);
      }
    }
  }
}
