package io.hotpot.sim;

import io.hotpot.store.spi.Time;

/** The clocks of one machine: none shows the true time, and none runs at the right speed. */
final class SimTime implements Time {

  /** Clocks of real machines drift by some 200 at most; leases are sized for 3 %. */
  private static final int MAX_DRIFT_PER_MILLION = 30_000;

  private static final long MILLION = 1_000_000;
  private static final long WALL_OFFSET_MS = 1_700_000_000_000L;
  private static final long MAX_WALL_ERROR_MS = 5_000;

  private final Simulation simulation;
  private final long offsetNs;
  private final long wallOffsetMs;
  private final long drift;

  SimTime(Simulation simulation) {
    this.simulation = simulation;
    this.offsetNs = simulation.between(0, 1_000_000_000_000L);
    this.wallOffsetMs = WALL_OFFSET_MS + simulation.between(-MAX_WALL_ERROR_MS, MAX_WALL_ERROR_MS);
    this.drift = simulation.between(-MAX_DRIFT_PER_MILLION + 1, MAX_DRIFT_PER_MILLION);
  }

  @Override
  public long bootNs() {
    return offsetNs + sinceBeginNs();
  }

  @Override
  public long wallMs() {
    return wallOffsetMs + sinceBeginNs() / 1_000_000;
  }

  private long sinceBeginNs() {
    long now = simulation.nowNs();
    return now + now / MILLION * drift + now % MILLION * drift / MILLION;
  }

  /** How long it takes until this clock has counted so many nanoseconds. */
  long realNs(long ns) {
    return (long) (ns / (1 + (double) drift / MILLION));
  }
}
