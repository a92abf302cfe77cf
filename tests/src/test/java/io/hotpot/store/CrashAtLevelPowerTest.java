package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Power lost at every store, flush and fence of short scripts, recovery included (invariant 2). */
@Timeout(600)
class CrashAtLevelPowerTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);
  private static final int IMAGES = Integer.getInteger("hotpot.images", 1);

  static Stream<String> names() {
    return CrashScripts.withClosing().stream().map(CrashHarness.Script::name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void acknowledgedTransactionsSurvivePowerLossWhole(String name) {
    CrashHarness harness = new CrashHarness(Durability.POWER, IMAGES, SEED);
    harness.everyPoint(CrashScripts.named(name));
    System.out.printf(
        "%s: power lost at %d points, %d images recovered, %d of the recoveries cut short%n",
        name, harness.points, harness.images, harness.recoveries);
    assertThat(harness.points).isPositive();
  }
}
