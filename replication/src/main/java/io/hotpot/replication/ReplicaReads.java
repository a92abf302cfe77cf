package io.hotpot.replication;

import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.RemoteCopy;
import io.hotpot.store.spi.SettledVersion;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads of what this node is a replica of, without a message (PROTOCOL 7.11). What is read becomes
 * a copy like those that owners grant, so that it is found by the next reader, and by whatever
 * drops copies; an append does it for what the owner does not know of.
 *
 * <p>A reader puts its copy where it is dropped, then looks whether the log has something newer and
 * whether it may read here still, and only then uses it. Who appends, or forbids reads, does the
 * opposite: it marks what is newer, or forbids, and then drops. So one of the two sees the other.
 *
 * <p>Thread-safety: {@link #read} from any thread, the others on the loop only.
 */
final class ReplicaReads {

  /** Another thread may be about to confirm what it has read. */
  private static final int TRIES = 4;

  /** A partition that may be read in one epoch, as long as this node follows its log. */
  private static final class ReadablePartition {
    final HeldLog log;
    volatile boolean isOpen = true;

    /** Whether there may be a copy that an append must drop. */
    volatile boolean isRead;

    ReadablePartition(HeldLog log) {
      this.log = log;
    }
  }

  private final CopyCache cache;
  private final ClusterCounters counters;
  private final Map<Integer, ReadablePartition> readable = new ConcurrentHashMap<>();

  ReplicaReads(CopyCache cache, ClusterCounters counters) {
    this.cache = cache;
    this.counters = counters;
  }

  // ---- on the loop

  /** This node's copy of a log has everything that was ever acknowledged, and follows it. */
  void open(int partition, int owner, HeldLog log) {
    cache.ownedBy(partition, owner);
    // Told twice it keeps the first one, in which reads are noted.
    readable.putIfAbsent(partition, new ReadablePartition(log));
  }

  /**
   * Nothing more is read there.
   *
   * @return false: nothing was; else what was read must be dropped now
   */
  boolean close(int partition) {
    ReadablePartition closed = readable.remove(partition);
    if (closed == null) {
      return false;
    }
    closed.isOpen = false;
    return true;
  }

  void closeAll() {
    new ArrayList<>(readable.keySet()).forEach(this::close);
  }

  /** Whether copies of a partition's objects must be dropped when its log changes them. */
  boolean isRead(int partition) {
    ReadablePartition at = readable.get(partition);
    return at != null && at.isRead;
  }

  // ---- from any thread

  /** A valid copy of an object, read here; null: its owner must be asked. */
  @Nullable RemoteCopy read(long objectId) {
    ReadablePartition at = readable.get(Owners.partitionOf(objectId));
    if (at == null) {
      return null;
    }
    if (!at.isRead) {
      at.isRead = true;
    }
    RemoteCopy copy = null;
    for (int i = 0; i < TRIES && copy == null && at.isOpen; i++) {
      SettledVersion version = at.log.settled(objectId);
      if (version == null) {
        return null;
      }
      copy = confirmed(at, objectId, version);
    }
    return copy;
  }

  private @Nullable RemoteCopy confirmed(
      ReadablePartition at, long objectId, SettledVersion version) {
    RemoteCopy copy = RemoteCopy.unconfirmed(objectId, version, cache.nextInstallation());
    if (!cache.note(copy)) {
      return cache.find(objectId);
    }
    if (at.log.isStillSettled(objectId, version) && at.isOpen && copy.confirm()) {
      counters.count(ClusterCounter.REPLICA_READS);
      return copy;
    }
    cache.forget(copy);
    return null;
  }
}
