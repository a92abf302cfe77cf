package io.hotpot.dispatcher;

import io.hotpot.replication.Owners.Route;
import io.hotpot.replication.Peer;
import io.hotpot.replication.TransactionMessage.RequestRefused;
import io.hotpot.replication.TransactionMessage.ReserveSlots;
import io.hotpot.replication.TransactionMessage.Slots;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Slots that this node has reserved in partitions of others and not used yet, a few for each
 * partition, so that few creations wait for an owner. They count in one epoch of the partition and
 * for one incarnation of this node.
 *
 * <p>Thread-safety: {@link #poll} from any thread, the others on the node's loop.
 */
final class SlotPools {

  /** How many are asked for at once. */
  static final int AT_ONCE = 64;

  private record Pool(int epoch, Peer holder, Queue<Long> ids) {}

  /** Who waits for slots of a partition. */
  private static final class Waiting {
    final Queue<LongConsumer> consumers = new ArrayDeque<>();

    /** The request that is under way; 0: none is. */
    long request;

    @Nullable Route route;
  }

  private final CommitDispatcher desk;
  private final Map<Integer, Pool> pools = new ConcurrentHashMap<>();
  private final Map<Integer, Waiting> waiting = new TreeMap<>();

  SlotPools(CommitDispatcher desk) {
    this.desk = desk;
  }

  /** A slot, as the id of the object to be created; null: none is at hand. */
  @Nullable Long poll(int partition, int epoch) {
    Pool pool = pools.get(partition);
    return pool != null && pool.epoch() == epoch && pool.holder().equals(desk.context().self())
        ? pool.ids().poll()
        : null;
  }

  /** Reserves more, and gives one of them to the consumer. */
  void reserve(int partition, LongConsumer consumer) {
    Waiting found = waiting.computeIfAbsent(partition, p -> new Waiting());
    found.consumers.add(consumer);
    ask(partition, found);
  }

  private void ask(int partition, Waiting found) {
    Route route = desk.owners().route(partition);
    if (found.request != 0 || route == null) {
      return; // until the answer, or until a session begins or the configuration changes
    }
    found.request = desk.nextRequest();
    found.route = route;
    int count = Math.max(AT_ONCE, found.consumers.size());
    if (!desk.deliver(
        route,
        new ReserveSlots(
            found.request, partition, route.epoch(), Math.min(count, SlotDesk.MOST)))) {
      found.request = 0;
    }
  }

  void received(Slots slots) {
    Waiting found = waiting.get(slots.partition());
    if (found == null || found.request != slots.request()) {
      return; // the owner takes them back when this incarnation ends
    }
    found.request = 0;
    Pool pool = pools.get(slots.partition());
    Peer holder = desk.context().self();
    if (pool == null || pool.epoch() != slots.epoch() || !pool.holder().equals(holder)) {
      pool = new Pool(slots.epoch(), holder, new ConcurrentLinkedQueue<>());
    }
    for (long id : slots.objectIds()) {
      LongConsumer consumer = found.consumers.poll();
      if (consumer == null) {
        pool.ids().add(id);
      } else {
        consumer.accept(id);
      }
    }
    pools.put(slots.partition(), pool);
    if (found.consumers.isEmpty()) {
      waiting.remove(slots.partition());
    } else {
      ask(slots.partition(), found);
    }
  }

  /** False: the request was not about slots. */
  boolean refused(RequestRefused refused) {
    Waiting found = waiting.get(refused.partition());
    if (found == null || found.request != refused.request()) {
      return false;
    }
    found.request = 0;
    desk.context().loop().after(InDoubt.PATIENCE_NS / 10, this::lookAgain);
    return true;
  }

  /** A session has begun or ended, or the configuration has changed. */
  void lookAgain() {
    for (Map.Entry<Integer, Waiting> each : new TreeMap<>(waiting).entrySet()) {
      Waiting found = each.getValue();
      Route route = found.route;
      if (found.request != 0 && (route == null || !desk.owners().stands(each.getKey(), route))) {
        found.request = 0;
      }
      ask(each.getKey(), found);
    }
  }
}
