package io.hotpot.dispatcher;

import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.OwnedPartition.AtStamp;
import io.hotpot.store.spi.OwnedPartition.SnapshotReading;
import io.hotpot.store.spi.SnapshotId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** All versions that a partition's objects ever had, and who waits for one to be decided. */
final class SimSnapshots {

  private record Waiting(long stamp, long objectId, SnapshotReading reading) {}

  final TreeSet<SnapshotId> pinned = new TreeSet<>();
  private final Map<Long, TreeMap<Long, AtStamp>> versions = new TreeMap<>();
  private final Map<Long, Long> lockedAt = new TreeMap<>();
  private final List<Waiting> waiting = new ArrayList<>();

  void applied(long stamp, List<ObjectWrite> writes) {
    for (ObjectWrite write : writes) {
      versions
          .computeIfAbsent(write.objectId(), o -> new TreeMap<>())
          .put(
              stamp,
              write.kind() == ObjectWrite.Kind.DELETE
                  ? new AtStamp.Nothing()
                  : new AtStamp.Found(stamp, write.payload()));
    }
  }

  void locked(List<ObjectWrite> writes, long stamp) {
    writes.forEach(write -> lockedAt.put(write.objectId(), stamp));
  }

  void unlocked(List<ObjectWrite> writes) {
    writes.forEach(write -> lockedAt.remove(write.objectId()));
    List<Waiting> again = List.copyOf(waiting);
    waiting.clear();
    again.forEach(each -> read(each.stamp(), each.objectId(), each.reading()));
  }

  void read(long stamp, long objectId, SnapshotReading reading) {
    Long locked = lockedAt.get(objectId);
    if (locked != null && locked <= stamp) {
      waiting.add(new Waiting(stamp, objectId, reading));
      return;
    }
    Map.Entry<Long, AtStamp> seen =
        versions.getOrDefault(objectId, new TreeMap<>()).floorEntry(stamp);
    reading.seen(seen == null ? new AtStamp.Nothing() : seen.getValue());
  }
}
