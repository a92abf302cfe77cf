package io.hotpot.dispatcher;

import io.hotpot.replication.NodeLoop;
import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.ObjectRead;
import java.util.List;

/**
 * Gives transactions over several partitions their stamps (PROTOCOL 14.1): above everything that
 * this node has seen, and a lead ahead of its clock, so that commits of single partitions do not
 * overtake it on the way to the participants.
 *
 * <p>The clock is merged with those of others: if they are ahead, ours runs as far ahead. The lead
 * is taken off what was seen before that, else clocks would push one another on without end; and
 * how far they are ahead is found out anew every few seconds.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class StampClock {

  /** Stamps are milliseconds and a counter of so many bits. */
  static final int COUNTER_BITS = 20;

  private static final long LEAD_MS = 5;
  private static final long WINDOW_NS = 5_000_000_000L;

  private final NodeLoop loop;
  private long seen;

  /** How far others were ahead of our clock, in this window of time and in the one before. */
  private long aheadMs;

  private long aheadBeforeMs;
  private long windowBeganNs;

  StampClock(NodeLoop loop) {
    this.loop = loop;
    this.windowBeganNs = loop.bootNs();
  }

  /** Clocks merge with every message. */
  void see(long stamp) {
    seen = Math.max(seen, stamp);
    turnWindow();
    aheadMs = Math.max(aheadMs, (stamp >>> COUNTER_BITS) - LEAD_MS - loop.wallMs());
  }

  private void turnWindow() {
    long nowNs = loop.bootNs();
    if (nowNs - windowBeganNs >= WINDOW_NS) {
      windowBeganNs = nowNs;
      aheadBeforeMs = aheadMs;
      aheadMs = 0;
    }
  }

  /**
   * A stamp for a transaction.
   *
   * @param tooLow how many of its stamps were too low already; each makes the lead larger
   */
  long next(List<Part> parts, int tooLow) {
    for (Part part : parts) {
      for (ObjectRead read : part.reads()) {
        see(read.stamp());
      }
    }
    turnWindow();
    long leadMs = LEAD_MS * (1 + tooLow);
    long mergedMs = loop.wallMs() + Math.max(aheadMs, aheadBeforeMs);
    seen = Math.max(seen + 1, (mergedMs + leadMs) << COUNTER_BITS);
    return seen;
  }
}
