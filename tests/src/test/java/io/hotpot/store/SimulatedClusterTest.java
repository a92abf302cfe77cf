package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A whole cluster in a simulation: real stores, the real protocol and the real dispatcher, with
 * faults drawn from a seed that repeats them.
 */
@Timeout(600)
class SimulatedClusterTest {

  private static final long SEED = Long.getLong("hotpot.seed", System.nanoTime());
  private static final int SEEDS = Integer.getInteger("hotpot.sim.seeds", 20);

  @Test
  void keepsItsPromisesThroughFaultsAndEachSeedRepeatsItsRun() {
    long committed = 0;
    long faults = 0;
    for (long seed = SEED; seed < SEED + SEEDS; seed++) {
      SimulatedCluster run = new SimulatedCluster(seed);
      long trace = run.run();
      committed += run.history().committed();
      faults += run.faultsInjected();
      assertThat(new SimulatedCluster(seed).run()).as("trace of seed %d", seed).isEqualTo(trace);
    }
    assertThat(faults).as("faults").isGreaterThanOrEqualTo(SEEDS);
    assertThat(committed).as("commits").isGreaterThan(10L * SEEDS);
  }
}
