package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients of a simulated cluster that acquire what they change, while nodes and ways are lost. */
@Timeout(36_000)
class SimulatedAcquisitionTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);

  private static final int SEEDS = Integer.getInteger("hotpot.sim.seeds", 25);

  @Test
  void whoHasAcquiredItsObjectsFailsForNobodyElse() {
    long done = 0;
    long wounded = 0;
    for (long seed = SEED; seed < SEED + SEEDS; seed++) {
      AcquiringCluster run = new AcquiringCluster(seed);
      long trace = run.run();
      if (seed == SEED) {
        assertThat(new AcquiringCluster(seed).run()).as("trace of its seed").isEqualTo(trace);
      }
      done += run.turns().done();
      wounded += run.wounded();
    }
    assertThat(done).as("turns").isGreaterThan(20L * SEEDS);
    assertThat(wounded).as("of the attempts, those that gave way").isGreaterThan(SEEDS);
  }
}
