package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What must hold after each step (PROTOCOL 19, invariants 1, 7, 8), and at the end of a run. */
final class ClusterChecks {

  private record Acknowledged(int partition, long end, TestBatch batch) {}

  private final ClusterRun run;
  private final List<Acknowledged> acknowledged = new ArrayList<>();

  /** The newest acknowledged stamp of each object. */
  private final Map<String, Long> newest = new HashMap<>();

  private final Set<Long> released = new HashSet<>();
  private long steps;
  private long version;

  ClusterChecks(ClusterRun run) {
    this.run = run;
  }

  void acknowledged(int partition, int epoch, long end, TestBatch batch) {
    Acknowledged it = new Acknowledged(partition, end, batch);
    acknowledged.add(it);
    newest.merge(partition + "/" + batch.object(), batch.stamp(), Math::max);
    PartitionInfo info = run.decided().partitions().get(partition);
    if (info != null && info.epoch() == epoch) {
      isInEveryInSyncLog(it, info);
      copiesAreNewest();
    }
  }

  void afterStep() {
    atMostOneServes();
    if (run.decided().version() != version) {
      version = run.decided().version();
      List<Acknowledged> last =
          acknowledged.subList(Math.max(0, acknowledged.size() - 32), acknowledged.size());
      last.forEach(this::isInEveryInSyncLog);
    }
    if (++steps % 64 == 0) {
      copiesAreNewest();
    }
    if (steps % 1024 == 0) {
      nothingIsLost();
    }
  }

  // ---- invariant 8

  private void atMostOneServes() {
    Map<Integer, Integer> servedBy = new HashMap<>();
    for (ClusterRun.Host host : run.hosts) {
      NodeProtocol node = host.node;
      if (node == null || !host.isLeased()) {
        continue;
      }
      for (int id : run.decided().partitions().keySet()) {
        if (node.owned(id) instanceof TestPartition there && there.isServed()) {
          Integer other = servedBy.put(id, host.number);
          assertThat(other)
              .as("partition %d is served by host %d and host %s", id, host.number, other)
              .isNull();
        }
      }
    }
  }

  void isLeased(ClusterRun.@Nullable Host host, Message message) {
    assertThat(host != null && host.isLeased())
        .as("served by a node whose lease is over: %s", message)
        .isTrue();
  }

  // ---- invariant 7

  /** An owner begins to serve: nobody may hold what an earlier owner granted (10.5). */
  void serves(int partition, int epoch) {
    for (ClusterRun.Host host : run.hosts) {
      if (host.isLeased()) {
        for (TestCopies.Held copy : host.copies.held()) {
          assertThat(copy.partition() == partition && copy.epoch() < epoch)
              .as(
                  "epoch %d of partition %d is served, host %d: %s",
                  epoch, partition, host.number, copy)
              .isFalse();
        }
      }
    }
  }

  private void copiesAreNewest() {
    for (ClusterRun.Host host : run.hosts) {
      if (!host.isLeased()) {
        continue;
      }
      for (TestCopies.Held copy : host.copies.held()) {
        long stamp = newest.getOrDefault(copy.partition() + "/" + copy.object(), 0L);
        assertThat(copy.stamp())
            .as("host %d holds an old copy of %d/%d", host.number, copy.partition(), copy.object())
            .isGreaterThanOrEqualTo(stamp);
      }
    }
  }

  // ---- invariant 1

  private void isInEveryInSyncLog(Acknowledged it) {
    PartitionInfo info = run.decided().partitions().get(it.partition());
    if (info != null) {
      isInEveryInSyncLog(it, info);
    }
  }

  private void isInEveryInSyncLog(Acknowledged it, PartitionInfo info) {
    for (int nodeId : info.inSync()) {
      ClusterRun.Host host = run.hostOf(nodeId);
      TestLog log = host == null ? null : host.parts.all().get(it.partition());
      assertThat(log)
          .as("node %d is in sync and holds no log of partition %d", nodeId, it.partition())
          .isNotNull();
      if (log == null || !log.holdsChunk(LogAddress.sequenceOfEnd(it.end()))) {
        assertThat(isReleased(it))
            .as("node %d is in sync and lacks the chunk of %s", nodeId, it)
            .isTrue();
        continue;
      }
      TestLog.Placed placed = log.batches().get(it.end());
      assertThat(placed == null ? null : placed.batch())
          .as("node %d is in sync and lacks %s", nodeId, it)
          .isEqualTo(it.batch());
      assertThat(log.durableTo())
          .as("node %d is in sync, and %s is not on its medium", nodeId, it)
          .isGreaterThanOrEqualTo(it.end());
    }
  }

  /** A later version of the object, or the same one moved, stands in the log that counts. */
  private boolean isReleased(Acknowledged it) {
    if (released.contains(it.end())) {
      return true;
    }
    for (Map<ClusterRun.Host, TestLog> logs : run.logs().values()) {
      for (TestLog log : logs.values()) {
        if (log.partition() == it.partition()
            && log.batches().values().stream()
                .anyMatch(
                    placed ->
                        placed.batch().object() == it.batch().object()
                            && placed.end() > it.end()
                            && placed.batch().stamp() >= it.batch().stamp())) {
          released.add(it.end());
          return true;
        }
      }
    }
    return false;
  }

  private void nothingIsLost() {
    acknowledged.forEach(this::isInEveryInSyncLog);
    run.logs()
        .forEach(
            (id, logs) -> {
              PartitionInfo info = run.decided().partitions().get(id);
              if (info != null) {
                logsAreEqual(info, logs);
              }
            });
  }

  /** Up to what both believe to be settled; at one address there is one batch. */
  private void logsAreEqual(PartitionInfo info, Map<ClusterRun.Host, TestLog> logs) {
    Map<Long, TestBatch> settled = new TreeMap<>();
    logs.forEach(
        (host, log) -> {
          if (info.inSync().contains(host.parts.nodeId())) {
            log.batches()
                .forEach(
                    (end, placed) -> {
                      if (end <= log.settledTo()) {
                        TestBatch other = settled.putIfAbsent(end, placed.batch());
                        assertThat(other == null || other.equals(placed.batch()))
                            .as("two settled batches of partition %d end at %d", info.id(), end)
                            .isTrue();
                      }
                    });
          }
        });
  }

  // ---- at the end

  void atEnd(int degree) {
    nothingIsLost();
    copiesAreNewest();
    for (PartitionInfo info : run.decided().partitions().values()) {
      assertThat(info.status()).as("%s", info).isEqualTo(PartitionStatus.SERVING);
      assertThat(info.inSync()).as("catch-up ends: %s", info).hasSizeGreaterThanOrEqualTo(degree);
      ClusterRun.Host owner = run.hostOf(info.owner());
      assertThat(owner != null && owner.node != null ? owner.node.owned(info.id()) : null)
          .as("the owner serves: %s, it is %s", info, roleOf(owner, info.id()))
          .isNotNull();
      chunksAreEqual(info);
    }
    for (Map.Entry<String, Long> entry : newest.entrySet()) {
      int partition = Integer.parseInt(entry.getKey().split("/", -1)[0]);
      long object = Long.parseLong(entry.getKey().split("/", -1)[1]);
      PartitionInfo info = run.decided().partitions().get(partition);
      ClusterRun.Host owner = info == null ? null : run.hostOf(info.owner());
      TestLog log = owner == null ? null : owner.parts.all().get(partition);
      long stamp =
          log == null
              ? 0
              : log.batches().values().stream()
                  .filter(placed -> placed.batch().kind() == TestBatch.COMMIT)
                  .filter(placed -> placed.batch().object() == object)
                  .mapToLong(placed -> placed.batch().stamp())
                  .max()
                  .orElse(0);
      assertThat(stamp)
          .as("the newest version of %s at its owner", entry.getKey())
          .isGreaterThanOrEqualTo(entry.getValue());
    }
  }

  /** Whatever was released while somebody was away is released there too (13.3). */
  private void chunksAreEqual(PartitionInfo info) {
    List<Integer> first = null;
    for (int nodeId : info.inSync()) {
      ClusterRun.Host host = run.hostOf(nodeId);
      TestLog log = host == null ? null : host.parts.all().get(info.id());
      if (log != null) {
        assertThat(first == null ? log.sequences() : first)
            .as("chunks of %s, host %d", info, host.number)
            .isEqualTo(log.sequences());
        first = log.sequences();
      }
    }
  }

  private static String roleOf(ClusterRun.@Nullable Host host, int partition) {
    return host == null || host.node == null ? "gone" : host.node.role(partition).toString();
  }
}
