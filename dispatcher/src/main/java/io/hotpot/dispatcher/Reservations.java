package io.hotpot.dispatcher;

import io.hotpot.replication.Peer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Slots of partitions owned here that other nodes have reserved and not used: given back when they
 * say so, or when they are excluded (PROTOCOL 5.8). They end with the epoch of the partition.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class Reservations {

  /** Of one incarnation in one epoch of a partition. */
  record Holder(int partition, int epoch, Peer peer) {}

  private static final Comparator<Holder> ORDER =
      Comparator.comparingInt(Holder::partition)
          .thenComparingInt(Holder::epoch)
          .thenComparingInt(holder -> holder.peer().nodeId())
          .thenComparingInt(holder -> holder.peer().incarnation());

  private final Map<Holder, Set<Long>> reserved = new TreeMap<>(ORDER);

  void add(Holder holder, long[] objectIds) {
    Set<Long> ids = reserved.computeIfAbsent(holder, h -> new TreeSet<>());
    for (long id : objectIds) {
      ids.add(id);
    }
  }

  /** Takes those out that are the holder's, and returns them: others are not its to use or give. */
  long[] take(Holder holder, long[] objectIds) {
    Set<Long> ids = reserved.getOrDefault(holder, Set.of());
    long[] taken = new long[objectIds.length];
    int count = 0;
    for (long id : objectIds) {
      if (ids.contains(id)) {
        ids.remove(id);
        taken[count++] = id;
      }
    }
    return Arrays.copyOf(taken, count);
  }

  /** Takes all of the holders that a condition holds for. */
  Map<Holder, long[]> takeAll(Predicate<Holder> condition) {
    Map<Holder, long[]> taken = new TreeMap<>(ORDER);
    Iterator<Map.Entry<Holder, Set<Long>>> each = reserved.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<Holder, Set<Long>> entry = each.next();
      if (condition.test(entry.getKey())) {
        taken.put(entry.getKey(), entry.getValue().stream().mapToLong(id -> id).toArray());
        each.remove();
      }
    }
    return taken;
  }
}
