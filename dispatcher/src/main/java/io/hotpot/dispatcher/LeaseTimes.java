package io.hotpot.dispatcher;

/**
 * The times of leases (section 5), all from one number.
 *
 * @param leaseNs L: how long a lease lasts, in nanoseconds of a boot clock
 */
public record LeaseTimes(long leaseNs) {

  /** Two seconds. */
  public static final LeaseTimes STANDARD = new LeaseTimes(2_000_000_000L);

  public LeaseTimes {
    if (leaseNs < 64_000_000L || leaseNs > 600_000_000_000L) {
      throw new IllegalArgumentException(
          "a lease of " + leaseNs + " ns; between 64 ms and 10 minutes are possible");
    }
  }

  /**
   * W: how long a leader waits after a renewal before it excludes. The margin covers clocks that
   * drift apart by less than 3 %: L·1.03/0.97 is less than L + L/16.
   */
  public long waitNs() {
    return leaseNs + leaseNs / 16;
  }

  /** How often a node renews. */
  public long renewNs() {
    return leaseNs / 4;
  }

  /** Leases that end within this of one another end in one entry (5.4). */
  long togetherNs() {
    return leaseNs / 4;
  }

  /** How often the dispatcher looks at what is due. */
  long tickNs() {
    return leaseNs / 32;
  }

  /** A confirmation of leadership that takes longer is not waited for by the next one. */
  long slowNs() {
    return leaseNs / 16;
  }
}
