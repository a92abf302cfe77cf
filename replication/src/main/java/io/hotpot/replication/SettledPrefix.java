package io.hotpot.replication;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Up to where a log is acknowledged by all who must (PROTOCOL 6.3, 6.4): a batch counts when every
 * replica of the required set has it, every sharer of what it changes has answered, and the same is
 * true of all before it.
 *
 * <p>Confined to the loop.
 */
final class SettledPrefix {

  /** A batch that was appended and is not acknowledged. */
  static final class Batch {
    final long end;
    final int length;
    private int openRounds;

    Batch(long end, int length) {
      this.end = end;
      this.length = length;
    }

    /** Its sharers have to answer. */
    void roundBegins() {
      openRounds++;
    }

    void roundEnds() {
      openRounds--;
    }
  }

  private final Deque<Batch> batches = new ArrayDeque<>();
  private long acknowledgedTo;
  private long releasedBytes;

  SettledPrefix(long acknowledgedTo) {
    this.acknowledgedTo = acknowledgedTo;
  }

  void appended(Batch batch) {
    batches.add(batch);
  }

  /**
   * Moves on as far as it may.
   *
   * @param replicated what every replica of the required set has
   * @return whether it has moved
   */
  boolean advance(long replicated) {
    long before = acknowledgedTo;
    while (!batches.isEmpty()) {
      Batch next = batches.getFirst();
      if (next.openRounds > 0 || next.end > replicated) {
        break;
      }
      acknowledgedTo = Math.max(acknowledgedTo, next.end);
      releasedBytes += next.length;
      batches.removeFirst();
    }
    return acknowledgedTo != before;
  }

  long acknowledgedTo() {
    return acknowledgedTo;
  }

  boolean isEmpty() {
    return batches.isEmpty();
  }

  /** The bytes of batches that have been acknowledged since the last call. */
  long takeReleasedBytes() {
    long bytes = releasedBytes;
    releasedBytes = 0;
    return bytes;
  }
}
