package io.hotpot.store;

import io.hotpot.dispatcher.ClusterProbe;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldLog.ChunkEnd;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compares the bytes of logs in a cluster, where nothing rots or is healed: as far as two nodes
 * have them, and as far as one had them before. Logs that have nothing of the present epoch are
 * left out: where one has more than the next owner, it has not cut that yet (10.4).
 */
final class LogBytes {

  private final SimCluster cluster;

  /** By machine, partition and chunk, as seen last. */
  private final Map<String, byte[]> before = new HashMap<>();

  LogBytes(SimCluster cluster) {
    this.cluster = cluster;
  }

  /**
   * @throws AssertionError if two members of an in-sync set have different ones, or one has not the
   *     same as at the last call
   */
  void check() {
    for (SimMachine machine : cluster.up()) {
      if (machine.store() != null
          && machine.store().counters().getOrDefault("healedDamages", 0L) > 0) {
        throw new AssertionError(machine.name() + " has healed what never rotted");
      }
    }
    for (PartitionInfo info : cluster.dispatcher.state().configuration().partitions().values()) {
      check(info);
    }
  }

  private void check(PartitionInfo info) {
    Map<Integer, byte[]> first = new TreeMap<>();
    for (SimMachine machine : cluster.up()) {
      ClusterProbe probe = machine.probe();
      if (probe == null || !info.inSync().contains(probe.self().nodeId())) {
        continue;
      }
      HeldLog log = probe.parts().log(info.id());
      if (log == null || log.lastEpoch() != info.epoch()) {
        continue;
      }
      for (ChunkEnd chunk : log.chunks()) {
        String where =
            machine.name() + " has other bytes of " + info + " in chunk " + chunk.sequence();
        byte[] bytes = new byte[chunk.end() - ChunkFormat.DATA_OFFSET];
        log.read(chunk.sequence(), ChunkFormat.DATA_OFFSET, bytes, bytes.length);
        compare(first.putIfAbsent(chunk.sequence(), bytes), bytes, where + " than another");
        String key = machine.name() + " " + info.id() + " " + info.epoch() + " " + chunk.sequence();
        compare(before.put(key, bytes), bytes, where + " than before");
      }
    }
  }

  private static void compare(byte @Nullable [] one, byte[] other, String what) {
    if (one != null) {
      int common = Math.min(one.length, other.length);
      int at = Arrays.mismatch(one, 0, common, other, 0, common);
      if (at >= 0) {
        throw new AssertionError(what + ", at " + at);
      }
    }
  }
}
