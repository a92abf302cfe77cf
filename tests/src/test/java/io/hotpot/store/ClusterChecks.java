package io.hotpot.store;

import io.hotpot.dispatcher.ClusterProbe;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.OwnedPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/** Looks at a whole simulated cluster from outside, at one moment, while it runs. */
final class ClusterChecks {

  private static final long BETWEEN_NS = 2_000_000;
  private static final long MS = 1_000_000;

  /** How long a cluster without faults may take until nothing is left to be done. */
  private static final long PATIENCE_NS = 30_000 * MS;

  private final SimCluster cluster;

  /** Up to where each partition's log was settled, by its epoch; it never goes back. */
  private final Map<Integer, Long> settled = new TreeMap<>();

  private boolean isOver;
  private String wanting = "";

  ClusterChecks(SimCluster cluster) {
    this.cluster = cluster;
  }

  /** Checks again and again, on the simulation's own thread, until {@link #stop}. */
  void watch() {
    cluster.simulation.after(
        cluster.simulation.between(1, BETWEEN_NS),
        () -> {
          if (!isOver) {
            check();
            watch();
          }
        });
  }

  void stop() {
    isOver = true;
  }

  /**
   * Checks all of it, and the copies too, after each step, or after each of so many, until {@link
   * #stop}.
   *
   * @param every 1: after each step
   */
  void watchCopies(int every) {
    cluster.simulation.afterEachStep(
        () -> {
          if (!isOver && cluster.simulation.steps() % every == 0) {
            CopyChecks.check(cluster.up(), check());
          }
        });
  }

  /**
   * @return the partitions that are served in their newest epoch, and by which machines
   */
  private Map<Integer, SimMachine> check() {
    Map<Integer, SimMachine> serving = new TreeMap<>();
    List<SimMachine> up = cluster.up();
    for (PartitionInfo info : cluster.dispatcher.state().configuration().partitions().values()) {
      SimMachine owner = check(info, up);
      if (owner != null) {
        serving.put(info.id(), owner);
      }
    }
    return serving;
  }

  /**
   * Invariant 8: one owner; invariant 1: what is settled is in all logs of the in-sync set.
   *
   * @return who serves it in its newest epoch; null: nobody does
   */
  private SimMachine check(PartitionInfo info, List<SimMachine> up) {
    OwnedPartition serving = null;
    SimMachine server = null;
    long settledTo = -1;
    for (SimMachine machine : up) {
      ClusterProbe probe = machine.probe();
      OwnedPartition owned = probe == null || !probe.holdsLease() ? null : probe.owned(info.id());
      if (owned == null) {
        continue;
      }
      if (serving != null) {
        throw new AssertionError(
            "two nodes serve partition " + info.id() + ", one of them " + machine.node());
      }
      serving = owned;
      server = machine;
      settledTo = probe.settledTo(info.id());
    }
    if (serving == null
        || serving.epoch() != info.epoch()
        || info.status() == PartitionStatus.DROPPED) {
      // Of what is dropped nothing need be kept.
      return null;
    }
    long before = settled.merge(info.id(), settledTo, Math::max);
    if (settledTo < before) {
      throw new AssertionError(
          "what was settled of partition " + info.id() + " is not any more - " + info);
    }
    for (SimMachine machine : up) {
      ClusterProbe probe = machine.probe();
      if (probe == null || !info.inSync().contains(probe.self().nodeId())) {
        continue;
      }
      HeldLog log = probe.parts().log(info.id());
      if (log == null || log.durableTo() < settledTo) {
        throw new AssertionError(
            machine.node()
                + " is in the in-sync set and lacks what is settled - "
                + info
                + ", settled to "
                + settledTo
                + ", durable to "
                + (log == null ? "nothing" : log.durableTo()));
      }
    }
    return server;
  }

  /**
   * Waits until nothing is left to be done: every partition served, every log equal.
   *
   * @param isExcused whether it need not come to rest
   */
  void atRest(LongConsumer pause, BooleanSupplier isExcused) {
    long untilNs = cluster.simulation.nowNs() + PATIENCE_NS;
    while (!isExcused.getAsBoolean() && !isAtRest()) {
      if (cluster.simulation.nowNs() > untilNs) {
        throw new AssertionError("without faults the cluster does not come to rest: " + wanting);
      }
      pause.accept(20 * MS);
    }
  }

  private boolean isAtRest() {
    var configuration = cluster.dispatcher.state().configuration();
    for (PartitionInfo info : configuration.partitions().values()) {
      int degree = configuration.datasets().get(info.dataset()).degree();
      wanting = wanting(info, Math.min(degree, cluster.machines.size()));
      if (!wanting.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private String wanting(PartitionInfo info, int copies) {
    if (info.status() == PartitionStatus.DROPPED) {
      return info + " is dropped and still there";
    }
    if (info.status() != PartitionStatus.SERVING || info.inSync().size() < copies) {
      return info + " should have " + copies + " copies and serve";
    }
    List<HeldLog> logs = new ArrayList<>();
    boolean isServed = false;
    for (SimMachine machine : cluster.up()) {
      ClusterProbe probe = machine.probe();
      if (probe == null || !info.inSync().contains(probe.self().nodeId())) {
        continue;
      }
      HeldLog held = probe.parts().log(info.id());
      logs.add(held);
      OwnedPartition owned = probe.owned(info.id());
      long settledTo = owned == null ? held.settledTo() : probe.settledTo(info.id());
      if (settledTo < held.tail()) {
        return info + " has at " + machine.node() + " what is not settled: " + held.tail();
      }
      if (owned != null) {
        isServed = true;
        if (!owned.inDoubt().isEmpty()) {
          return info + " has in doubt " + owned.inDoubt();
        }
        if (!owned.unlearned().isEmpty()) {
          return info + " has not been learned: " + owned.unlearned();
        }
      }
    }
    if (!isServed || logs.size() < info.inSync().size()) {
      return info + " is not served, or lacks members";
    }
    HeldLog first = logs.getFirst();
    for (HeldLog log : logs) {
      boolean isEqual =
          log.tail() == first.tail()
              && log.lastChecksum() == first.lastChecksum()
              && log.chunks().equals(first.chunks());
      if (!isEqual) {
        return info
            + " has unequal logs: "
            + log.tail()
            + log.chunks()
            + ", and "
            + first.tail()
            + first.chunks();
      }
    }
    return "";
  }
}
