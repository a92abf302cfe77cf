package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Single classes under concurrent use, each operation of which must seem to happen at one moment:
 * Lincheck runs small random scenarios in many interleavings (model checking, which also finds
 * threads that wait for ever) and in real threads (stress). Each class is shown with a bug, too.
 */
@Timeout(300)
class LincheckTest {

  private static final int SCENARIOS = Integer.getInteger("hotpot.lincheck.scenarios", 8);
  private static final int RUNS = Integer.getInteger("hotpot.lincheck.runs", 200);

  static Stream<Class<?>> sound() {
    return Stream.of(
        LincheckSpecs.Slots.class,
        LincheckSpecs.Groups.class,
        LincheckSpecs.Registry.class,
        LincheckSpecs.Locks.class,
        LincheckSpecs.CachedReads.class);
  }

  @ParameterizedTest
  @MethodSource("sound")
  void everyInterleavingIsExplained(Class<?> operations) {
    model(operations);
  }

  @ParameterizedTest
  @MethodSource("sound")
  void whatThreadsSeeIsExplained(Class<?> operations) {
    stress(operations);
  }

  private static List<Arguments> broken() {
    return List.of(
        Arguments.of(
            "Slots",
            Mutants.withoutCalls(
                "slots taken without the lock", "Partition", "allocate", "lock", "unlock")),
        Arguments.of(
            "Slots",
            Mutants.withoutCalls(
                "slots given back without the lock", "Partition", "release", "lock", "unlock")),
        Arguments.of(
            "Groups",
            Mutants.withoutCall(
                "a leader that does not wake who is done", "GroupCommit", "lead", "wakeDone")),
        Arguments.of(
            "Groups",
            Mutants.withoutCall(
                "a leader that does not wake who shall lead next",
                "GroupCommit",
                "lead",
                "wakeNext")),
        Arguments.of(
            "Groups",
            Mutants.withoutCall(
                "a commit that returns before it is published",
                "GroupCommit",
                "await",
                "awaitEnd")),
        Arguments.of(
            "Groups",
            Mutants.callingInstead(
                "commits published out of order",
                "Partition",
                "publishOldest",
                "peekFirst",
                "peekLast",
                "removeFirst",
                "removeLast")),
        Arguments.of(
            "Registry",
            Mutants.withoutCalls(
                "snapshots registered without the lock", "Snapshots", "open", "lock", "unlock")),
        Arguments.of(
            "Locks",
            Mutants.returning(
                false, "locks that nobody is seen to hold", "ExclusiveLocks", "heldByOther")));
  }

  static IntStream bugs() {
    return IntStream.range(0, broken().size());
  }

  /** In a process of its own: Lincheck remembers what it made of a class by the class's name. */
  @ParameterizedTest
  @MethodSource("bugs")
  void aBugIsFound(int number) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:+EnableDynamicAgentLoading",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            LincheckTest.class.getName(),
            Integer.toString(number)));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(broken().get(number).get()[1] + ":\n" + said).isZero();
    assertThat(said).contains("found");
  }

  /** Looks for one planted bug; ends with 0 if Lincheck finds it. */
  public static void main(String[] args) throws ClassNotFoundException {
    Object[] broken = broken().get(Integer.parseInt(args[0])).get();
    String name = LincheckSpecs.class.getName() + "$" + broken[0];
    Class<?> mutated = Mutants.load((Mutants.Bug) broken[1]).loadClass(name);
    try {
      model(mutated, 4 * SCENARIOS);
      System.out.println("nothing to be seen");
      System.exit(1);
    } catch (LincheckAssertionError e) {
      System.out.println("found");
      System.exit(0);
    }
  }

  /**
   * Few scenarios leave an old version in the cache: a read that is overtaken by the first write.
   */
  @Test
  void aReaderThatBelievesTheCacheIsFound() {
    assertThatThrownBy(() -> model(LincheckSpecs.BelievingReads.class, 10 * SCENARIOS))
        .isInstanceOf(LincheckAssertionError.class);
  }

  private static void model(Class<?> operations) {
    model(operations, SCENARIOS);
  }

  private static void model(Class<?> operations, int scenarios) {
    new ModelCheckingOptions()
        .iterations(scenarios)
        .invocationsPerIteration(RUNS)
        .threads(2)
        .actorsPerThread(3)
        .actorsBefore(1)
        .actorsAfter(1)
        .minimizeFailedScenario(false)
        // Its authors check Caffeine so: here each call of it happens at one moment.
        .addGuarantee(
            forClasses(name -> name.startsWith("com.github.benmanes.caffeine"))
                .allMethods()
                .treatAsAtomic())
        .check(operations);
  }

  private static void stress(Class<?> operations) {
    new StressOptions()
        .iterations(SCENARIOS)
        .invocationsPerIteration(4 * RUNS)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(1)
        .actorsAfter(1)
        .check(operations);
  }
}
