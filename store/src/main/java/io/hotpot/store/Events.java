package io.hotpot.store;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counters of what a store has done since it was opened (the embedded part of Hotpot's
 * /proc/dsnvm-event).
 */
final class Events {

  final LongAdder commits = new LongAdder();
  final LongAdder aborts = new LongAdder();

  /** Reads that the cache could not answer. */
  final LongAdder decodedObjects = new LongAdder();

  /** Reads of objects in transactions, however they were answered. */
  final LongAdder objectReads = new LongAdder();

  final LongAdder retries = new LongAdder();
  final LongAdder conflicts = new LongAdder();

  /** Conflicts with a copy of another node's object that was dropped after it was read. */
  final LongAdder doomed = new LongAdder();

  final LongAdder extensions = new LongAdder();
  final LongAdder appendedBytes = new LongAdder();
  final LongAdder drains = new LongAdder();
  final LongAdder grouped = new LongAdder();
  final LongAdder groups = new LongAdder();
  final LongAdder cleanedChunks = new LongAdder();
  final LongAdder relocatedRecords = new LongAdder();
  final LongAdder relocatedBytes = new LongAdder();
  final LongAdder checkpoints = new LongAdder();
  final LongAdder snapshots = new LongAdder();

  /** Calls of {@code read} that others' commits drove to a snapshot. */
  final LongAdder snapshotReads = new LongAdder();

  /** Calls of {@code read} that others' commits drove to shared locks. */
  final LongAdder sharedReads = new LongAdder();

  final LongAdder abandonedSnapshots = new LongAdder();

  /** Damaged stretches of logs that were replaced by another node's bytes. */
  final LongAdder healed = new LongAdder();

  /** Partitions that this node came to own with the table that it had kept as a replica. */
  final LongAdder warmPromotions = new LongAdder();

  /** What the housekeeper could not do, and will try again. */
  final LongAdder housekeepingFailures = new LongAdder();

  void drained() {
    drains.increment();
  }

  void groupSize(int commitsInGroup) {
    if (commitsInGroup > 0) {
      grouped.add(commitsInGroup);
      groups.increment();
    }
  }

  /** The counters by name, in a fixed order. */
  Map<String, Long> toMap() {
    Map<String, Long> map = new LinkedHashMap<>();
    map.put("commits", commits.sum());
    map.put("aborts", aborts.sum());
    map.put("retries", retries.sum());
    map.put("conflicts", conflicts.sum());
    map.put("doomed", doomed.sum());
    map.put("readExtensions", extensions.sum());
    map.put("appendedBytes", appendedBytes.sum());
    map.put("drains", drains.sum());
    map.put("commitsMadeDurableInGroups", grouped.sum());
    map.put("groups", groups.sum());
    map.put("objectReads", objectReads.sum());
    map.put("decodedObjects", decodedObjects.sum());
    map.put("snapshots", snapshots.sum());
    map.put("snapshotReads", snapshotReads.sum());
    map.put("sharedReads", sharedReads.sum());
    map.put("abandonedSnapshots", abandonedSnapshots.sum());
    map.put("checkpoints", checkpoints.sum());
    map.put("cleanedChunks", cleanedChunks.sum());
    map.put("relocatedRecords", relocatedRecords.sum());
    map.put("relocatedBytes", relocatedBytes.sum());
    map.put("healedDamages", healed.sum());
    map.put("warmPromotions", warmPromotions.sum());
    map.put("housekeepingFailures", housekeepingFailures.sum());
    return map;
  }
}
