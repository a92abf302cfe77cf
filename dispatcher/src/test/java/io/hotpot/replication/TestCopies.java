package io.hotpot.replication;

import io.hotpot.replication.CopyMessage.Absent;
import io.hotpot.replication.CopyMessage.Copy;
import io.hotpot.replication.CopyMessage.Fetch;
import io.hotpot.replication.CopyMessage.Invalidate;
import io.hotpot.replication.CopyMessage.Invalidated;
import io.hotpot.replication.CopyMessage.NotServed;
import io.hotpot.replication.CopyMessage.Unreadable;
import io.hotpot.store.spi.HeldLog;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A simple cache of copies that follows section 7. */
final class TestCopies implements HeldCopies, MessageHandler {

  record Held(int partition, int epoch, long object, long stamp, int owner) {}

  private static final class InFlight {
    final int partition;
    final int epoch;
    final long object;
    final int owner;
    boolean isPoisoned;

    InFlight(int partition, int epoch, long object, int owner) {
      this.partition = partition;
      this.epoch = epoch;
      this.object = object;
      this.owner = owner;
    }
  }

  private final Map<String, Held> copies = new TreeMap<>();
  private final Map<Long, InFlight> inFlight = new TreeMap<>();
  private @Nullable NodeProtocol node;
  private long lastFetch;

  void of(NodeProtocol protocol) {
    node = protocol;
  }

  Iterable<Held> held() {
    return copies.values();
  }

  private static String key(int partition, long object) {
    return partition + "/" + object;
  }

  void fetch(int partition, long object) {
    NodeProtocol of = node;
    Configuration.PartitionInfo info =
        of == null ? null : of.configuration().partitions().get(partition);
    if (of == null
        || info == null
        || of.self().nodeId() == 0
        || info.owner() == of.self().nodeId()
        || copies.containsKey(key(partition, object))
        || inFlight.values().stream()
            .anyMatch(f -> f.partition == partition && f.object == object)) {
      return;
    }
    long number = ++lastFetch;
    if (of.send(info.owner(), new Fetch(number, partition, info.epoch(), object))) {
      inFlight.put(number, new InFlight(partition, info.epoch(), object, info.owner()));
    }
  }

  /** Gives up one copy of its own accord. */
  void evictOne() {
    NodeProtocol of = node;
    if (of == null || copies.isEmpty()) {
      return;
    }
    Held held = copies.remove(copies.keySet().iterator().next());
    Configuration.PartitionInfo info = of.configuration().partitions().get(held.partition());
    if (info != null) {
      of.send(
          held.owner(),
          new CopyMessage.Evicted(
              held.partition(), info.epoch(), lastFetch, new long[] {held.object()}));
    }
  }

  @Override
  public boolean handle(Peer from, long session, Message message) {
    switch (message) {
      case Copy copy -> install(copy.fetch(), copy.epoch(), copy.stamp());
      case Absent absent -> install(absent.fetch(), absent.epoch(), 0);
      case Unreadable unreadable -> inFlight.remove(unreadable.fetch());
      case NotServed notServed -> inFlight.remove(notServed.fetch());
      case Invalidate invalidate -> {
        drop(
            h ->
                h.partition() == invalidate.partition()
                    && Arrays.stream(invalidate.objectIds()).anyMatch(id -> id == h.object()));
        if (node != null) {
          node.send(
              from.nodeId(),
              new Invalidated(invalidate.partition(), invalidate.epoch(), invalidate.round()));
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void install(long number, int epoch, long stamp) {
    InFlight fetch = inFlight.remove(number);
    NodeProtocol of = node;
    if (fetch == null
        || of == null
        || fetch.isPoisoned
        || fetch.epoch != epoch
        || of.loop().bootNs() - of.leaseEndNs() >= 0) {
      return;
    }
    copies.put(
        key(fetch.partition, fetch.object),
        new Held(fetch.partition, epoch, fetch.object, stamp, fetch.owner));
  }

  private void drop(java.util.function.Predicate<Held> which) {
    copies.values().removeIf(which);
    for (InFlight fetch : inFlight.values()) {
      if (which.test(new Held(fetch.partition, fetch.epoch, fetch.object, 0, fetch.owner))) {
        fetch.isPoisoned = true;
      }
    }
  }

  @Override
  public void dropPartition(int partition, int epoch) {
    drop(h -> h.partition() == partition);
  }

  @Override
  public void dropOwner(int nodeId) {
    drop(h -> h.owner() == nodeId);
    inFlight.values().removeIf(f -> f.owner == nodeId);
  }

  @Override
  public void dropAll() {
    copies.clear();
    inFlight.clear();
  }

  @Override
  public void readable(int partition, int epoch, HeldLog log) {}

  @Override
  public void unreadable(int partition) {}

  @Override
  public void changed(long objectId) {}
}
