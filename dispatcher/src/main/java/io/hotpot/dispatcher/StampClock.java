package io.hotpot.dispatcher;

import io.hotpot.replication.NodeLoop;
import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.ObjectRead;
import java.util.List;

/**
 * Gives transactions over several partitions their stamps (PROTOCOL 14.1): above everything that
 * this node has seen, and a lead ahead of its clock, so that commits of single partitions do not
 * overtake it on the way to the participants. The lead is not added to what was seen: else each
 * transaction would push the clocks of all further ahead.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class StampClock {

  /** Stamps are milliseconds and a counter of so many bits. */
  static final int COUNTER_BITS = 20;

  private static final long LEAD_MS = 5;

  private final NodeLoop loop;
  private long seen;

  StampClock(NodeLoop loop) {
    this.loop = loop;
  }

  /** Clocks merge with every message. */
  void see(long stamp) {
    seen = Math.max(seen, stamp);
  }

  /**
   * A stamp for a transaction.
   *
   * @param tooLow how many stamps were too low already; each makes the lead over what was seen
   *     larger
   */
  long next(List<Part> parts, int tooLow) {
    for (Part part : parts) {
      for (ObjectRead read : part.reads()) {
        see(read.stamp());
      }
    }
    long ahead = (loop.wallMs() + LEAD_MS) << COUNTER_BITS;
    seen = Math.max(ahead, seen + 1 + (tooLow * LEAD_MS << COUNTER_BITS));
    return seen;
  }
}
