package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A log is copied beside heavy cleaning, in a bounded number of rounds. */
@Timeout(600)
class CopyBesideCleaningTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);
  private static final int SEEDS = Integer.getInteger("hotpot.sim.seeds", 1);

  @Test
  void nothingGoesBeforeItIsCopied() {
    for (long seed = SEED; seed < SEED + SEEDS; seed++) {
      CopyBesideCleaning story = new CopyBesideCleaning(seed);
      story.run();
      assertThat(story.rounds()).as("of seed %d", seed).isGreaterThan(1);
    }
  }

  @Test
  void whoDoesNotKeepChunksIsFound() throws Exception {
    Mutants.Bug bug =
        Mutants.returning(false, "chunks of a manifest are released", "LogChunk", "isKept");
    assertThat(Mutants.found(bug, CopyBesideCleaning.class, SEED, SEEDS))
        .hasMessageContaining("a chunk is gone before it was copied");
  }
}
