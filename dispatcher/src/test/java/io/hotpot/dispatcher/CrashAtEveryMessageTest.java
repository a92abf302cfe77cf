package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One transfer over three partitions of three nodes; at each message somebody is lost. */
class CrashAtEveryMessageTest {

  /** What is lost. */
  enum Loss {
    NODE,
    SESSIONS
  }

  /**
   * @param coordinator 1: owns the home partition; 4: owns nothing, so that the home is elsewhere
   * @param victim who is lost
   */
  record Script(int coordinator, int victim, Loss loss) {}

  static Stream<Script> scripts() {
    return Stream.of(1, 4)
        .flatMap(
            coordinator ->
                Stream.of(1, 2, 3, 4)
                    .flatMap(
                        victim ->
                            Stream.of(Loss.values())
                                .map(loss -> new Script(coordinator, victim, loss))));
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void nothingIsHalfDone(Script script) {
    long messages = run(new Script(script.coordinator(), 0, Loss.SESSIONS), 0, 1);
    assertThat(messages).as("three votes, a decision, two told, two learned").isGreaterThan(8);
    for (long at = 1; at <= messages + 2; at++) {
      for (long seed = 1; seed <= 5; seed++) {
        try {
          run(script, at, seed);
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError(script + " at message " + at + ", seed " + seed, e);
        }
      }
    }
  }

  /** Returns how many messages there were. */
  private static long run(Script script, long at, long seed) {
    World world = new World(seed, Bug.NONE, 4, 3, 3);
    Bank bank = new Bank(world, 3, 1);
    world.beforeMessage =
        number -> {
          if (number == at) {
            lose(world, script);
          }
        };
    SimNode coordinator = world.nodes.get(script.coordinator());
    bank.open++;
    bank.transfer(coordinator, 1, bank.accounts, () -> {});
    world.runUntil(20_000_000_000L);
    world.checkQuiet();
    bank.check();
    if (!coordinator.isDead) {
      assertThat(bank.done).isEqualTo(1);
    }
    return world.messages;
  }

  private static void lose(World world, Script script) {
    if (script.loss() == Loss.NODE) {
      world.crash(script.victim());
    } else {
      for (int other : List.copyOf(world.nodes.keySet())) {
        if (other != script.victim()) {
          world.disconnect(script.victim(), other);
        }
      }
    }
  }
}
