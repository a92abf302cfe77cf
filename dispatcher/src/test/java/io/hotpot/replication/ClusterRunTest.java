package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Nodes, their logs and copies, and a real dispatcher, under crashes, lost sessions, cut links and
 * nodes that stand still: nothing acknowledged is lost, logs are equal, one node serves, no copy is
 * stale, catch-up ends. And planted bugs are found.
 */
class ClusterRunTest {

  private static final long FIRST_SEED = Long.getLong("hotpot.seed", 1);
  private static final int SEEDS = Integer.getInteger("hotpot.cluster.seeds", 20);
  private static final int LEASES = 40;

  /** Within so many seeds each planted bug is found. */
  private static final int SEEDS_FOR_BUGS = 150;

  static List<PlantedBug> bugs() {
    return List.of(
        new PlantedBug(
            "acknowledge before the last replica",
            "OwnedLogSide",
            "moveOn",
            "acknowledgedByAll",
            Long.MAX_VALUE),
        new PlantedBug(
            "catch up past a gap: counted without all that was acknowledged",
            "CatchUpDesk",
            "askForNext",
            "acknowledgedTo",
            Long.MAX_VALUE),
        new PlantedBug("publish before EpochSeen", "Promotion", "check", "isSeenByAll", 1),
        new PlantedBug("serve past the lease", "FetchDesk", "answer", "leaseEndNs", Long.MAX_VALUE),
        new PlantedBug(
            "skip the acknowledgement of an invalidation",
            "OwnedLogSide",
            "take",
            "roundBegins",
            0));
  }

  @Test
  void nothingIsLostAndNothingIsStale() {
    ClusterRun.Counts all = new ClusterRun.Counts();
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      all.add(ClusterRun.check(seed, LEASES));
    }
    System.out.println("cluster runs: " + all);
    assertThat(all.acknowledged).isPositive();
    assertThat(all.copies).isPositive();
    assertThat(all.promotions).isPositive();
    assertThat(all.fences).isPositive();
    assertThat(all.migrations).isPositive();
    assertThat(all.inSteps).isPositive();
    assertThat(all.released).isPositive();
  }

  @Test
  void theSameSeedGivesTheSameRun() {
    assertThat(traceOf(FIRST_SEED)).isEqualTo(traceOf(FIRST_SEED));
  }

  private static String traceOf(long seed) {
    ClusterRun run = new ClusterRun(seed, true);
    run.run(10 * ClusterRun.LEASE_NS);
    return run.trace().replaceAll("\\[[BJ]@[0-9a-f]+", "array");
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void plantedBugsAreFound(PlantedBug bug) throws ReflectiveOperationException {
    Method check =
        bug.load()
            .loadClass(ClusterRun.class.getName())
            .getDeclaredMethod("check", long.class, int.class);
    check.setAccessible(true);
    for (long seed = 1; seed <= SEEDS_FOR_BUGS; seed++) {
      try {
        check.invoke(null, seed, LEASES);
      } catch (InvocationTargetException e) {
        assertThat(e.getCause()).as(bug.name()).isInstanceOf(AssertionError.class);
        System.out.println(bug.name() + ": found by seed " + seed);
        return;
      }
    }
    throw new AssertionError(bug.name() + ": not found within " + SEEDS_FOR_BUGS + " seeds");
  }
}
