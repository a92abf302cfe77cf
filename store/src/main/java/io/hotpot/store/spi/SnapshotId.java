package io.hotpot.store.spi;

import java.util.Comparator;

/**
 * A snapshot over several nodes: the node that opened it, in which incarnation, and which of its
 * own it is.
 */
public record SnapshotId(int nodeId, int incarnation, long number)
    implements Comparable<SnapshotId> {

  private static final Comparator<SnapshotId> ORDER =
      Comparator.comparingInt(SnapshotId::nodeId)
          .thenComparingInt(SnapshotId::incarnation)
          .thenComparingLong(SnapshotId::number);

  @Override
  public int compareTo(SnapshotId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return "snapshot " + nodeId + "." + incarnation + "." + number;
  }
}
