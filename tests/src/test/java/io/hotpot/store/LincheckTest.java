package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
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
 * Each check is a process of its own.
 */
@Timeout(300)
class LincheckTest {

  private static final int SCENARIOS = Integer.getInteger("hotpot.lincheck.scenarios", 3);
  private static final int RUNS = Integer.getInteger("hotpot.lincheck.runs", 200);

  /**
   * After so long Lincheck takes an execution for one that hangs, by the clock. Threads that wait
   * for ever it knows from its schedule; this is for a machine that stands still for a while.
   */
  private static final long HUNG_MS = 240_000;

  /** Names of {@link LincheckSpecs}. */
  static Stream<String> sound() {
    return Stream.of("Slots", "Groups", "Registry", "Locks", "CachedReads");
  }

  @ParameterizedTest
  @MethodSource("sound")
  void whateverHappensIsExplained(String spec) throws IOException, InterruptedException {
    assertThat(inAProcess("sound", spec)).contains("explained");
  }

  private static List<Arguments> broken() {
    return List.of(
        Arguments.of(
            "Slots",
            Mutants.withoutCalls(
                "slots taken without the lock", "Slots", "allocate", "lock", "unlock")),
        Arguments.of(
            "Slots",
            Mutants.withoutCalls(
                "slots given back without the lock", "Slots", "release", "lock", "unlock")),
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
                "Publication",
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

  @ParameterizedTest
  @MethodSource("bugs")
  void aBugIsFound(int number) throws IOException, InterruptedException {
    assertThat(inAProcess("bug", Integer.toString(number)))
        .as(broken().get(number).get()[1].toString())
        .contains("found");
  }

  @Test
  void aReaderThatBelievesTheCacheIsFound() throws IOException, InterruptedException {
    assertThat(inAProcess("believing")).contains("found");
  }

  /**
   * Lincheck keeps what it made of a class under the class's name: in a process where a copy of the
   * class with a bug is loaded, by whatever test, it may run that copy in place of the class.
   */
  private static String inAProcess(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:+EnableDynamicAgentLoading",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dhotpot.lincheck.scenarios=" + SCENARIOS,
            "-Dhotpot.lincheck.runs=" + RUNS,
            "-cp",
            System.getProperty("java.class.path"),
            LincheckTest.class.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  /** Looks at one class, or for one planted bug; ends with 0 if that is as it should be. */
  public static void main(String[] args) throws ClassNotFoundException {
    switch (args[0]) {
      case "sound" -> {
        Class<?> operations = spec(LincheckTest.class.getClassLoader(), args[1]);
        model(operations, SCENARIOS);
        stress(operations);
        System.out.println("explained");
      }
      case "bug" -> {
        Object[] broken = broken().get(Integer.parseInt(args[1])).get();
        ClassLoader mutated = Mutants.load((Mutants.Bug) broken[1]);
        isFound(() -> model(spec(mutated, (String) broken[0]), 11 * SCENARIOS));
      }
      case "believing" -> isFound(LincheckTest::modelOfBelievingReads);
      default -> throw new IllegalArgumentException(args[0]);
    }
    System.exit(0);
  }

  private interface Search {
    void run() throws ClassNotFoundException;
  }

  private static void isFound(Search search) throws ClassNotFoundException {
    try {
      search.run();
      System.out.println("nothing to be seen");
      System.exit(1);
    } catch (LincheckAssertionError e) {
      System.out.println("found");
    }
  }

  private static Class<?> spec(ClassLoader loader, String name) throws ClassNotFoundException {
    return loader.loadClass(LincheckSpecs.class.getName() + "$" + name);
  }

  /**
   * Few scenarios leave an old version in the cache: a read that is overtaken by the first write,
   * and another read.
   */
  private static void modelOfBelievingReads() {
    options(55 * SCENARIOS)
        .actorsPerThread(1)
        .actorsBefore(0)
        .check(LincheckSpecs.BelievingReads.class);
  }

  private static void model(Class<?> operations, int scenarios) {
    options(scenarios).check(operations);
  }

  private static ModelCheckingOptions options(int scenarios) {
    return new ModelCheckingOptions()
        .iterations(scenarios)
        .invocationsPerIteration(RUNS)
        .threads(2)
        .actorsPerThread(3)
        .actorsBefore(1)
        .actorsAfter(1)
        .minimizeFailedScenario(false)
        .invocationTimeout$lincheck(HUNG_MS)
        // Its authors check Caffeine so: here each call of it happens at one moment.
        .addGuarantee(
            forClasses(name -> name.startsWith("com.github.benmanes.caffeine"))
                .allMethods()
                .treatAsAtomic());
  }

  private static void stress(Class<?> operations) {
    new StressOptions()
        .invocationTimeout$lincheck(HUNG_MS)
        .iterations(SCENARIOS)
        .invocationsPerIteration(4 * RUNS)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(1)
        .actorsAfter(1)
        .check(operations);
  }
}
