package io.hotpot.replication;

/**
 * Until when this node may say that what it serves is current (PROTOCOL 5.1): a time on its boot
 * clock, which counts while the machine sleeps. A lease that is over can be prolonged only by a
 * renewal that was sent before its new end.
 *
 * <p>Thread-safety: {@link #endNs} and {@link #isOver} from any thread; the rest on the loop.
 */
final class Lease {

  private final long leaseNs;
  private volatile long endNs;

  /**
   * @param leaseNs how long it lasts from the moment when its renewal was sent
   * @param nowNs it is over at first
   */
  Lease(long leaseNs, long nowNs) {
    this.leaseNs = leaseNs;
    this.endNs = nowNs;
  }

  /** A renewal was answered: the lease counts from when it was sent, never from the answer. */
  void renewed(long sentNs) {
    long end = sentNs + leaseNs;
    if (end - endNs > 0) {
      endNs = end;
    }
  }

  /** Ends it now, if it is not over already. */
  void end(long nowNs) {
    if (nowNs - endNs < 0) {
      endNs = nowNs;
    }
  }

  long endNs() {
    return endNs;
  }

  /**
   * Whether it is over.
   *
   * @param nowNs read after the last look at what is to be served (5.5)
   */
  boolean isOver(long nowNs) {
    return nowNs - endNs >= 0;
  }
}
