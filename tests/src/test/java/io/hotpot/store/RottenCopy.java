package io.hotpot.store;

import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.store.spi.HeldLog;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Bytes that rot on the medium of one machine, in copies of which at least two others are sound;
 * and whether they have been healed from those (PROTOCOL 13.5).
 */
final class RottenCopy {

  private static final int SOUND = 2;
  private static final int MOST_BATCHES = 3;

  private final SimCluster cluster;
  private final SplittableRandom random;
  private SimMachine machine;
  private int partition;

  RottenCopy(SimCluster cluster, SplittableRandom random) {
    this.cluster = cluster;
    this.random = random;
  }

  /** Whether something has rotted in this run: then objects may not be readable for a while. */
  boolean isThere() {
    return machine != null;
  }

  /** Lets some batches rot, if there are enough copies of them. Once in a run. */
  void appear() {
    List<SimMachine> up = cluster.up().stream().filter(m -> m.store() != null).toList();
    if (machine != null || up.isEmpty()) {
      return;
    }
    SimMachine chosen = up.get(random.nextInt(up.size()));
    List<LogCopy> logs = new ArrayList<>();
    for (PartitionInfo info : cluster.dispatcher.state().configuration().partitions().values()) {
      if (info.status() == PartitionStatus.SERVING
          && info.inSync().size() > SOUND
          && info.inSync().contains(chosen.nodeId())
          && chosen.probe().parts().log(info.id()) instanceof LogCopy log) {
        logs.add(log);
      }
    }
    if (logs.isEmpty()) {
      return;
    }
    machine = chosen;
    LogCopy log = logs.get(random.nextInt(logs.size()));
    partition = log.partition();
    cluster.tell("rotten: partition " + log.partition() + " at " + chosen.node());
    for (int i = 1 + random.nextInt(MOST_BATCHES); i > 0; i--) {
      rot(log);
    }
  }

  private void rot(LogCopy log) {
    long to = Math.min(log.settledTo(), log.durableTo());
    List<long[]> batches = new ArrayList<>();
    for (LogChunk chunk : log.held().chunks.all()) {
      ChunkBatches.forEach(
          chunk,
          log.held().log.seed(),
          offset -> {
            int length = BatchFormat.length(chunk.memory, offset);
            if (Address.of(chunk.sequence, offset) + length <= to) {
              batches.add(new long[] {chunk.memory.index(), offset, length});
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
    }
  }

  /**
   * Has what is still rotten healed, as an operator would. If the node had to be promoted meanwhile
   * with nobody else there, it doubts what it could not read then, until another one owns the
   * partition.
   *
   * @return whether nothing is left to be done
   */
  boolean isHealed() {
    if (machine == null) {
      return true;
    }
    PartitionInfo info = cluster.dispatcher.state().configuration().partitions().get(partition);
    if (info == null || machine.probe() == null) {
      return info == null;
    }
    if (!(machine.probe().parts().log(partition) instanceof LogCopy log)) {
      return !info.inSync().contains(machine.nodeId());
    }
    List<HeldLog.Damaged> damages = log.damages();
    damages.forEach(
        damaged ->
            machine.probe().heal(partition, Address.of(damaged.sequence(), damaged.offset())));
    if (damages.isEmpty() && info.owner() == machine.nodeId()) {
      info.inSync().stream()
          .filter(node -> node != machine.nodeId())
          .findFirst()
          .ifPresent(other -> machine.migrate(partition, other));
      return false;
    }
    return damages.isEmpty();
  }
}
