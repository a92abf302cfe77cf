package io.hotpot.store;

import io.hotpot.dispatcher.ClusterProbe;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.store.spi.HeldLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Bytes that rot on the media of machines, at any time, in copies of which another one is sound;
 * and whether they have been healed from that (PROTOCOL 13.5).
 *
 * <p>Of each partition one machine has rotten bytes at a time, so that something can be lost only
 * where all the others are excluded: then nobody is left who has sound bytes, and to be told so is
 * all that can be asked.
 */
final class RottenCopy {

  private static final int MOST_BATCHES = 3;

  private final SimCluster cluster;
  private final SplittableRandom random;

  /** By partition: the machine whose copy has rotted and may not have been healed. */
  private final Map<Integer, SimMachine> rotten = new TreeMap<>();

  private boolean hasAppeared;

  /** Partitions that have had no member left but the one with rotten bytes. */
  private final Set<Integer> alone = new TreeSet<>();

  /** Partitions whose end may have rotted without its node being able to know after its death. */
  private final Set<Integer> unnoted = new TreeSet<>();

  private long lookAgainNs;

  RottenCopy(SimCluster cluster, SplittableRandom random) {
    this.cluster = cluster;
    this.random = random;
    cluster.simulation.afterEachStep(this::look);
  }

  boolean hasAppeared() {
    return hasAppeared;
  }

  /** Whether a partition has had no member left but the one with rotten bytes. */
  boolean mayBeLost() {
    return !alone.isEmpty();
  }

  /**
   * Whether something may be lost untold: a node has died with bytes that rotted in what had become
   * durable so lately that it was not noted (PROTOCOL 13.6), and nobody else has them.
   */
  boolean mayBeLostUntold() {
    return alone.stream().anyMatch(unnoted::contains);
  }

  private Map<Integer, PartitionInfo> partitions() {
    return cluster.dispatcher.state().configuration().partitions();
  }

  private void look() {
    if (rotten.isEmpty()) {
      return;
    }
    Map<Integer, PartitionInfo> partitions = partitions();
    rotten.forEach(
        (partition, machine) -> {
          PartitionInfo info = partitions.get(partition);
          if (info != null
              && info.inSync().stream().allMatch(id -> id == machine.nodeId())
              && alone.add(partition)) {
            cluster.tell("nobody else has partition " + partition + " than " + machine.name());
          }
        });
  }

  /** Lets some batches rot, or not. */
  void mayAppear() {
    if (random.nextBoolean()) {
      appear();
    }
  }

  /** Lets some batches rot, if there is another copy of them. */
  void appear() {
    rotten.entrySet().removeIf(each -> isSound(each.getKey(), each.getValue()));
    List<SimMachine> up = cluster.up().stream().filter(m -> m.store() != null).toList();
    if (up.isEmpty()) {
      return;
    }
    SimMachine chosen = up.get(random.nextInt(up.size()));
    List<LogCopy> logs = new ArrayList<>();
    for (PartitionInfo info : partitions().values()) {
      if (info.status() == PartitionStatus.SERVING
          && !rotten.containsKey(info.id())
          && info.inSync().size() > 1
          && info.inSync().contains(chosen.nodeId())
          && InterleavedReads.inner(chosen.probe().parts().log(info.id())) instanceof LogCopy log) {
        logs.add(log);
      }
    }
    if (logs.isEmpty()) {
      return;
    }
    LogCopy log = logs.get(random.nextInt(logs.size()));
    rotten.put(log.partition(), chosen);
    hasAppeared = true;
    cluster.tell("rotten: partition " + log.partition() + " at " + chosen.node());
    for (int i = 1 + random.nextInt(MOST_BATCHES); i > 0; i--) {
      rot(chosen, log);
    }
  }

  private void rot(SimMachine machine, LogCopy log) {
    long to = Math.min(log.settledTo(), log.durableTo());
    List<long[]> batches = new ArrayList<>();
    for (LogChunk chunk : log.held().chunks.all()) {
      ChunkBatches.forEach(
          chunk,
          log.held().log.seed(),
          offset -> {
            int length = BatchFormat.length(chunk.memory, offset);
            if (Address.of(chunk.sequence, offset) + length <= to) {
              long end = Address.of(chunk.sequence, offset) + length;
              batches.add(new long[] {chunk.memory.index(), offset, length, end});
            }
          });
    }
    if (!batches.isEmpty()) {
      long[] batch = batches.get(random.nextInt(batches.size()));
      int at = (int) batch[1] + random.nextInt((int) batch[2]);
      byte[] bytes = new byte[1];
      machine.heap().chunk((int) batch[0]).get(at, bytes, 0, 1);
      bytes[0] ^= 0x5A;
      machine.heap().corrupt((int) batch[0], at, bytes);
      machine.node().whenKilled(() -> dies(machine, log, batch[3]));
    }
  }

  private void dies(SimMachine machine, LogCopy log, long end) {
    if (end > log.held().log.notedTo()) {
      cluster.tell("not noted: the end of partition " + log.partition() + " at " + machine.name());
      unnoted.add(log.partition());
    }
  }

  /** Whether nothing is damaged of a copy, as far as its node can tell. */
  private static boolean isSound(int partition, SimMachine machine) {
    ClusterProbe probe = machine.probe();
    if (probe == null) {
      return false;
    }
    return !(InterleavedReads.inner(probe.parts().log(partition)) instanceof LogCopy log)
        || (!log.isDamaged() && log.damages().isEmpty());
  }

  /** Has what nobody has read healed, as an operator would; true: nothing is left to be healed. */
  boolean isHealed() {
    if (cluster.simulation.nowNs() < lookAgainNs) {
      return false;
    }
    lookAgainNs = cluster.simulation.nowNs() + SimCluster.TIMES.leaseNs() / 4;
    boolean isHealed = true;
    for (SimMachine machine : cluster.machines) {
      for (int partition : rotten.keySet()) {
        isHealed &= isHealed(partition, machine);
      }
    }
    return isHealed;
  }

  private static boolean isHealed(int partition, SimMachine machine) {
    ClusterProbe probe = machine.probe();
    if (probe == null) {
      return false;
    }
    if (!(InterleavedReads.inner(probe.parts().log(partition)) instanceof LogCopy log)) {
      return true;
    }
    List<HeldLog.Damaged> damages = log.damages();
    for (HeldLog.Damaged damaged : damages) {
      probe.heal(partition, Address.of(damaged.sequence(), damaged.offset()));
    }
    return damages.isEmpty();
  }
}
