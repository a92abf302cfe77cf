package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The store in a simulation: concurrent transactions, crashes and openings, each run by a seed that
 * repeats it; and bugs planted in the store are found that way.
 */
@Timeout(600)
class SimulatedStoreTest {

  private static final long SEED = Long.getLong("hotpot.seed", System.nanoTime());
  private static final int SEEDS = Integer.getInteger("hotpot.sim.seeds", 100);
  private static final int SEEDS_FOR_A_BUG = 2_000;

  @Test
  void isStrictlySerializableThroughCrashesAndEachSeedRepeatsItsRun() {
    long crashes = 0;
    long committed = 0;
    long unanswered = 0;
    for (long seed = SEED; seed < SEED + SEEDS; seed++) {
      SimulatedHistory history = new SimulatedHistory(seed);
      long trace = run(history, seed);
      assertThat(run(new SimulatedHistory(seed), seed))
          .as("trace of seed %d", seed)
          .isEqualTo(trace);
      crashes += history.crashes();
      committed += history.committed();
      unanswered += history.unanswered();
    }
    assertThat(crashes).as("crashes").isGreaterThan(SEEDS);
    assertThat(committed).as("commits").isGreaterThan(20L * SEEDS);
    assertThat(unanswered).as("commits without an answer").isGreaterThan(SEEDS / 4);
  }

  private static long run(SimulatedHistory history, long seed) {
    try {
      return history.run();
    } catch (AssertionError | HotpotException e) {
      throw new AssertionError(
          "seed " + seed + " (again: -Dhotpot.seed=" + seed + " -Dhotpot.sim.seeds=1): " + e, e);
    }
  }

  static List<Mutants.Bug> bugs() {
    return List.of(
        Mutants.withoutCall("a missing flush", "PartitionLog", "flushAppended", "flush"),
        Mutants.withoutCall("a missing fence", "GroupCommit", "makeDurable", "drain"),
        Mutants.withoutCall(
            "success reported before the commit is durable", "Committer", "commitSingle", "await"),
        Mutants.withoutCall(
            "commits that skip validation", "Committer", "commitSingle", "validate"),
        Mutants.returning(
            true, "recovery that keeps half a transaction", "SiblingTruncation", "siblingsExist"),
        Mutants.withoutCall(
            "reads that do not look whether earlier ones still hold",
            "Transaction",
            "readNewest",
            "extend"),
        Mutants.withoutCall(
            "a leader that wakes nobody to lead after it", "GroupCommit", "lead", "wakeNext"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bugs")
  void plantedBugsAreFound(Mutants.Bug bug) throws Exception {
    assertThat(found(bug, SEEDS_FOR_A_BUG))
        .as("what the simulation says to %s", bug)
        .isInstanceOf(AssertionError.class);
  }

  /** The mutant's own ways, its class loader above all, are not what is found. */
  @Test
  void aHarmlessChangeIsNotFound() throws Exception {
    Mutants.Bug harmless =
        Mutants.withoutCall("commits that are not counted", "Committer", "commit", "increment");
    assertThat(found(harmless, 20)).isNull();
  }

  private static Throwable found(Mutants.Bug bug, int seeds) throws Exception {
    return Mutants.found(bug, SimulatedStoreTest.class, SEED, seeds);
  }

  /** Runs inside the class loader of the mutant, on whatever store is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      run(new SimulatedHistory(seed), seed);
    }
  }
}
