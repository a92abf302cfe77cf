package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * At level PROCESS a kill loses nothing, and power loss leaves some past state of every dataset: at
 * every store, flush and fence of short scripts, or a third of them, recovery included (invariant
 * 2).
 */
@Timeout(600)
class CrashAtLevelProcessTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);
  private static final int IMAGES = Integer.getInteger("hotpot.images", 1);

  /**
   * At level POWER every point is looked at with every change; here a share of them, another for
   * each seed.
   */
  private static final boolean EVERY_POINT = Boolean.getBoolean("hotpot.everyPoint");

  private static final int SHARE = 3;

  static Stream<String> names() {
    return CrashScripts.withClosing().stream().map(CrashHarness.Script::name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void atLevelProcessAPrefixSurvivesPowerLossAndAllSurvivesAKill(String name) {
    CrashHarness harness = new CrashHarness(Durability.PROCESS, IMAGES, SEED);
    if (EVERY_POINT) {
      harness.everyPoint(CrashScripts.named(name));
    } else {
      harness.onePointOf(SHARE, CrashScripts.named(name));
    }
    System.out.printf(
        "%s: power lost at %d points, %d images recovered, %d of the recoveries cut short%n",
        name, harness.points, harness.images, harness.recoveries);
    assertThat(harness.points).isPositive();
  }
}
