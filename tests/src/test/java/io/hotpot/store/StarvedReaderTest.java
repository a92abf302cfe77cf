package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A reader that others disturb all the time ends, by shared locks (PROTOCOL 7.9). */
@Timeout(3600)
class StarvedReaderTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);

  private static final int SEEDS = Integer.getInteger("hotpot.sim.seeds", 3);

  @Test
  void aReaderThatIsDisturbedAllTheTimeEnds() {
    long transfers = 0;
    for (long seed = SEED; seed < SEED + SEEDS; seed++) {
      DoomStorm storm = new DoomStorm(seed);
      long trace = storm.run();
      if (seed == SEED) {
        assertThat(new DoomStorm(seed).run()).as("trace of its seed").isEqualTo(trace);
      }
      assertThat(storm.endedWithoutLocks()).as("reads that end without locks").isZero();
      assertThat(storm.sharedReads()).as("reads with locks").isEqualTo(1);
      assertThat(storm.attempts()).as("attempts").isBetween(17, 20);
      transfers += storm.transfers();
    }
    assertThat(transfers).as("transfers").isGreaterThan(100L * SEEDS);
  }
}
