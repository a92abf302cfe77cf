package io.hotpot.store;

import io.hotpot.dispatcher.ClusterProbe;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldLog.ChunkEnd;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares the bytes of logs in a cluster, as far as two nodes have them, and nothing was healed.
 */
final class LogBytes {

  private LogBytes() {}

  /**
   * @throws AssertionError if two members of an in-sync set that have something of its epoch have different
   *     ones
   */
  static void checkEqual(SimCluster cluster) {
    for (SimMachine machine : cluster.up()) {
      if (machine.store() != null
          && machine.store().counters().getOrDefault("healedDamages", 0L) > 0) {
        throw new AssertionError(machine.name() + " has healed what never rotted");
      }
    }
    for (PartitionInfo info : cluster.dispatcher.state().configuration().partitions().values()) {
      check(cluster, info);
    }
  }

  private static void check(SimCluster cluster, PartitionInfo info) {
    Map<Integer, byte[]> first = new TreeMap<>();
    for (SimMachine machine : cluster.up()) {
      ClusterProbe probe = machine.probe();
      if (probe == null || !info.inSync().contains(probe.self().nodeId())) {
        continue;
      }
      HeldLog log = probe.parts().log(info.id());
      if (log == null || log.lastEpoch() != info.epoch()) {
        // Where it has more than the next owner, it has not cut that yet (10.4).
        continue;
      }
      for (ChunkEnd chunk : log.chunks()) {
        byte[] bytes = new byte[chunk.end() - ChunkFormat.DATA_OFFSET];
        log.read(chunk.sequence(), ChunkFormat.DATA_OFFSET, bytes, bytes.length);
        byte[] before = first.putIfAbsent(chunk.sequence(), bytes);
        if (before != null) {
          int common = Math.min(before.length, bytes.length);
          int at = Arrays.mismatch(before, 0, common, bytes, 0, common);
          if (at >= 0) {
            throw new AssertionError(
                machine.name()
                    + " has other bytes of "
                    + info
                    + " in chunk "
                    + chunk
                    + " at "
                    + at);
          }
        }
      }
    }
  }
}
