package io.hotpot.store.spi;

import java.util.Comparator;

/**
 * The exclusive locks of one attempt of a transaction (PROTOCOL 15): the node that runs it, in
 * which incarnation, and which of its own they are. Never used again.
 */
public record LockId(int nodeId, int incarnation, long number) implements Comparable<LockId> {

  private static final Comparator<LockId> ORDER =
      Comparator.comparingInt(LockId::nodeId)
          .thenComparingInt(LockId::incarnation)
          .thenComparingLong(LockId::number);

  @Override
  public int compareTo(LockId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return "lock " + nodeId + "." + incarnation + "." + number;
  }
}
