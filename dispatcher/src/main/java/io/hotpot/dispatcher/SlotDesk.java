package io.hotpot.dispatcher;

import io.hotpot.replication.Peer;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.replication.TransactionMessage.RequestRefused;
import io.hotpot.replication.TransactionMessage.ReserveSlots;
import io.hotpot.replication.TransactionMessage.ReturnSlots;
import io.hotpot.replication.TransactionMessage.Slots;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.Refusal;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lends slots of partitions owned here to nodes that create objects in them.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class SlotDesk {

  /** More are not lent at once. */
  static final int MOST = 4096;

  private final CommitDispatcher desk;
  private final Reservations reservations = new Reservations();

  SlotDesk(CommitDispatcher desk) {
    this.desk = desk;
  }

  void lend(Peer to, ReserveSlots request, Consumer<TransactionMessage> reply) {
    OwnedPartition owned = owned(request.partition(), request.epoch());
    if (owned == null) {
      reply.accept(
          new RequestRefused(
              request.request(),
              request.partition(),
              Refusal.Reason.NOT_OWNER,
              desk.context().self() + " does not serve partition " + request.partition()));
      return;
    }
    long[] ids = owned.reserve(Math.clamp(request.count(), 1, MOST));
    reservations.add(new Reservations.Holder(request.partition(), request.epoch(), to), ids);
    reply.accept(new Slots(request.request(), request.partition(), request.epoch(), ids));
  }

  void takeBack(Peer from, ReturnSlots returned) {
    OwnedPartition owned = owned(returned.partition(), returned.epoch());
    if (owned != null) {
      giveBack(owned, use(from, returned.partition(), returned.epoch(), returned.objectIds()));
    }
  }

  /** The slots become objects; returns those that the node had reserved. */
  long[] use(Peer by, int partition, int epoch, long[] objectIds) {
    return reservations.take(new Reservations.Holder(partition, epoch, by), objectIds);
  }

  /** The objects were not created: the slots are the node's again, or free if it is gone. */
  void unused(Peer by, int partition, int epoch, long[] objectIds) {
    OwnedPartition owned = owned(partition, epoch);
    if (owned == null) {
      return;
    }
    if (desk.fates().isExcluded(by)) {
      giveBack(owned, objectIds);
    } else {
      reservations.add(new Reservations.Holder(partition, epoch, by), objectIds);
    }
  }

  /** The configuration has changed: what excluded nodes had reserved is free. */
  void changed() {
    reservations
        .takeAll(
            holder ->
                desk.fates().isExcluded(holder.peer())
                    || owned(holder.partition(), holder.epoch()) == null)
        .forEach(
            (holder, ids) -> {
              OwnedPartition owned = owned(holder.partition(), holder.epoch());
              if (owned != null) {
                giveBack(owned, ids);
              }
            });
  }

  private static void giveBack(OwnedPartition owned, long[] objectIds) {
    if (objectIds.length > 0) {
      owned.giveBack(objectIds);
    }
  }

  private @Nullable OwnedPartition owned(int partition, int epoch) {
    OwnedPartition owned = desk.context().owned(partition);
    return owned != null && owned.epoch() == epoch ? owned : null;
  }
}
