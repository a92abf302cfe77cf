package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A whole cluster in a simulation: real stores, the real protocol and the real dispatcher, with
 * faults drawn from a seed that repeats them.
 */
@Timeout(3600)
class SimulatedClusterTest {

  /** The same ones with every change; a campaign begins where it wants to. */
  private static final long SEED = Long.getLong("hotpot.seed", 1);

  private static final int SEEDS = Integer.getInteger("hotpot.sim.seeds", 200);

  /** Of so many seeds one is run twice. */
  private static final int TWICE_ONE_IN = 50;

  /** With clients that acquire objects besides; seed 20 of these is a finding of docs/OPEN.md. */
  private static final long SEED_WITH_TURNS = Long.getLong("hotpot.seed", 21);

  private static final int SEEDS_WITH_TURNS =
      Integer.getInteger("hotpot.sim.turns", Math.min(SEEDS, 20));

  private static final int SEEDS_FOR_A_BUG = 300;

  /** What the history, the bank, the lines and the churn say of values that must not be seen. */
  private static final String WRONG_VALUES =
      "violation|skew|lost update|cycle|is no longer what it was|the bank has|appended twice"
          + "|acknowledged is missing|is lost|came back|names another";

  @Test
  void keepsItsPromisesThroughFaultsAndEachSeedRepeatsItsRun() {
    long committed = 0;
    long faults = 0;
    for (long seed = SEED; seed < SEED + SEEDS; seed++) {
      SimulatedCluster run = new SimulatedCluster(seed);
      long trace = run.run();
      committed += run.history().committed();
      faults += run.faultsInjected();
      if ((seed - SEED) % TWICE_ONE_IN == 0) {
        assertThat(new SimulatedCluster(seed).run()).as("trace of seed %d", seed).isEqualTo(trace);
      }
    }
    assertThat(faults).as("faults").isGreaterThanOrEqualTo(SEEDS);
    assertThat(committed).as("commits").isGreaterThan(10L * SEEDS);
  }

  /** PROTOCOL 15: a dataset of mode MRSW beside the others. */
  @Test
  void whoHasAcquiredItsObjectsFailsForNobodyElse() {
    long done = 0;
    for (long seed = SEED_WITH_TURNS; seed < SEED_WITH_TURNS + SEEDS_WITH_TURNS; seed++) {
      SimulatedCluster run = new SimulatedCluster(seed, true);
      run.run();
      done += run.turns().done();
    }
    assertThat(done).as("turns").isGreaterThan(20L * SEEDS_WITH_TURNS);
  }

  /**
   * A bug of the protocol.
   *
   * @param seenAs what the simulation says to it, in a regular expression
   */
  record Planted(Mutants.Bug bug, String seenAs) {
    @Override
    public String toString() {
      return bug.name();
    }
  }

  static List<Planted> bugs() {
    return List.of(
        new Planted(
            Mutants.withoutCall(
                "an owner that does not wait for invalidations to be acknowledged",
                "replication.OwnedLogSide",
                "take",
                "roundBegins"),
            WRONG_VALUES),
        new Planted(
            Mutants.withoutCall(
                "a sharer that acknowledges an invalidation and keeps its copy",
                "replication.SharerSide",
                "invalidate",
                "drop"),
            WRONG_VALUES),
        new Planted(
            Mutants.withoutCall(
                "a promotion that forgets what is prepared", "Rebuild", "finishTable", "lockAll"),
            WRONG_VALUES),
        new Planted(
            Mutants.callReturning(
                Long.MAX_VALUE,
                "an owner that does not wait for its replicas",
                "replication.OwnedLogSide",
                "moveOn",
                "acknowledgedByAll",
                0),
            "lacks what is settled"));
  }

  /** For what they are: a seed that shows a consequence only, such as a hang, does not count. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("bugs")
  void plantedBugsAreFound(Planted planted) throws Exception {
    Pattern seenAs = Pattern.compile(planted.seenAs());
    long seed = SEED;
    while (seed < SEED + SEEDS_FOR_A_BUG) {
      int left = (int) (SEED + SEEDS_FOR_A_BUG - seed);
      Throwable found = Mutants.found(planted.bug(), SimulatedClusterTest.class, seed, left);
      if (found == null) {
        break;
      }
      assertThat(found).isInstanceOf(AssertionError.class);
      String first = found.getMessage().lines().limit(2).reduce("", String::concat);
      if (seenAs.matcher(first).find()) {
        return;
      }
      seed = seedOf(found) + 1;
    }
    throw new AssertionError(SEEDS_FOR_A_BUG + " seeds do not show '" + planted + "'");
  }

  private static long seedOf(Throwable found) {
    Matcher seed = Pattern.compile("seed (-?\\d+),").matcher(found.getMessage());
    assertThat(seed.find()).as("a seed in %s", found.getMessage()).isTrue();
    return Long.parseLong(seed.group(1));
  }

  /** The mutant's own ways, its class loader above all, are not what is found. */
  @Test
  void aHarmlessChangeIsNotFound() throws Exception {
    Mutants.Bug harmless =
        Mutants.withoutCall("aborts that are not counted", "Transaction", "rollback", "increment");
    assertThat(Mutants.found(harmless, SimulatedClusterTest.class, SEED, 3)).isNull();
  }

  /** Runs inside the class loader of the mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new SimulatedCluster(seed).run();
    }
  }
}
