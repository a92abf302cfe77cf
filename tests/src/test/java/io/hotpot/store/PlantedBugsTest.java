package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The tests of crash safety and isolation find the bugs that they are there to find. */
@Timeout(300)
class PlantedBugsTest {

  static Stream<Arguments> bugs() {
    return Stream.of(
        crash(
            "update",
            Mutants.withoutCall("a missing flush", "PartitionLog", "flushAppended", "flush")),
        crash(
            "update",
            Mutants.withoutCall("a missing fence", "GroupCommit", "flushAndDrain", "drain")),
        crash(
            "update",
            Mutants.withoutCall(
                "success reported before the commit is durable",
                "Committer",
                "commitSingle",
                "await")),
        crash(
            "siblings",
            Mutants.returning(
                true, "recovery that keeps half a transaction", "Recovery", "siblingsExist")),
        crash(
            "drop",
            Mutants.withoutCall(
                "a chunk's header written without a flush", "ChunkPool", "take", "flush")),
        crash(
            "compact",
            Mutants.returning(
                false, "a cleaner that drops live versions", "Cleaner$Mover", "mustMove")),
        crash(
            "compact",
            Mutants.withoutCall(
                "a cleaner that does not wait for what it moved", "Cleaner", "clean", "drainAll")),
        isolation(
            Mutants.withoutCall(
                "reads that do not look whether earlier ones still hold",
                "Transaction",
                "readNewest",
                "extend")),
        isolation(
            Mutants.withoutCall(
                "commits that skip validation", "Committer", "commitSingle", "validate")),
        isolation(
            Mutants.withoutCall(
                "commits over several datasets that skip validation",
                "Committer",
                "commitSeveral",
                "validate")));
  }

  private static Arguments crash(String script, Mutants.Bug bug) {
    return Arguments.of(bug, script);
  }

  private static Arguments isolation(Mutants.Bug bug) {
    return Arguments.of(bug, "isolation");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bugs")
  void areFound(Mutants.Bug bug, String script) throws Exception {
    ClassLoader loader = Mutants.load(bug);
    Class<?> mutated = loader.loadClass(PlantedBugsTest.class.getName());
    Method run = mutated.getDeclaredMethod("run", String.class);
    run.setAccessible(true);
    Throwable found = null;
    try {
      run.invoke(null, script);
    } catch (InvocationTargetException e) {
      found = e.getCause();
    }
    assertThat(found).as("what the tests say to %s", bug).isInstanceOf(AssertionError.class);
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void areNotFoundWhereThereAreNone(String script) {
    assertThatCode(() -> run(script)).doesNotThrowAnyException();
  }

  static List<String> scripts() {
    return List.of("update", "isolation");
  }

  /** Runs inside the class loader of the mutant, on whatever store is loaded there. */
  static void run(String script) {
    try {
      if (script.equals("isolation")) {
        new Interleavings().everyInterleaving();
      } else {
        new CrashHarness(Durability.POWER, 4, 1).everyPoint(CrashScripts.named(script));
      }
    } catch (HotpotException e) {
      // One thread alone meets no conflict, and nothing is damaged: the store has failed the
      // script.
      throw new AssertionError(e);
    }
  }
}
