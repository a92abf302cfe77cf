package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How long partitions have waited for the rest of their in-sync set (17.2): from when the first
 * member of it is back, by this leader's clock. After five leases the minimum is enough; that is
 * tried again every lease.
 *
 * <p>Confined to the loop; reads no clock.
 */
final class WaitingPartitions {

  private static final int LEASES_TO_WAIT = 5;

  private final LeaseTimes times;
  private final Map<Integer, Long> tryAtNs = new HashMap<>();

  WaitingPartitions(LeaseTimes times) {
    this.times = times;
  }

  void lead() {
    tryAtNs.clear();
  }

  List<Command.Elect> due(long nowNs, ClusterState state) {
    tryAtNs.keySet().retainAll(state.returned().keySet());
    List<Command.Elect> due = new ArrayList<>();
    for (int id : state.returned().keySet()) {
      PartitionInfo partition = state.configuration().partitions().get(id);
      if (partition == null || partition.status() != PartitionStatus.WAITING) {
        continue;
      }
      long atNs = tryAtNs.computeIfAbsent(id, i -> nowNs + LEASES_TO_WAIT * times.leaseNs());
      if (atNs <= nowNs) {
        tryAtNs.put(id, nowNs + times.leaseNs());
        due.add(new Command.Elect(id, partition.epoch()));
      }
    }
    return due;
  }
}
