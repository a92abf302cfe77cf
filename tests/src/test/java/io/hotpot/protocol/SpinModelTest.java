package io.hotpot.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The models of the protocol (tests/src/test/spin) hold in every state that can be reached, and
 * each bug planted in them is found. Needs {@code spin} and {@code gcc}, and is skipped without
 * them.
 *
 * <p>States are kept as hashes of 64 bits, so that a gigabyte is not needed: a state is missed only
 * where two hashes meet. {@code -Dhotpot.spin.exact=true} keeps them whole.
 */
@Timeout(240)
class SpinModelTest {

  private static final Path MODELS =
      Path.of(System.getProperty("basedir", "tests"), "src", "test", "spin");
  private static final long LIMIT_SECONDS = 120;
  private static final Pattern BUG = Pattern.compile("\\bBUG_\\w+");

  @TempDir private Path directory;

  static Stream<Arguments> models() {
    return Stream.of(
        Arguments.of("commit", List.of("NO_READER")),
        Arguments.of("commit", List.of("READER=0", "WITHOUT_T")),
        Arguments.of("commit", List.of("READER=1", "WITHOUT_T")),
        Arguments.of("commit", List.of("READER=0", "WITHOUT_S")),
        Arguments.of("commit", List.of("READER=1", "WITHOUT_S")),
        Arguments.of("readlock", List.of()));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("models")
  void holds(String model, List<String> configuration) throws Exception {
    assertThat(check(model, configuration, "-O2"))
        .as("what spin says of %s %s", model, configuration)
        .contains("errors: 0")
        .doesNotContain("Search not completed", "max search depth too small", "out of memory");
  }

  /** The model, its configuration, the bug, and a part of the assertion that must catch it. */
  static Stream<Arguments> bugs() {
    List<String> resolved = List.of("NO_READER");
    List<String> ownerReads = List.of("READER=0", "WITHOUT_T");
    List<String> sharerReads = List.of("READER=1", "WITHOUT_T");
    List<String> twoPartitions = List.of("READER=1", "WITHOUT_S");
    return Stream.of(
        Arguments.of("commit", sharerReads, "BUG_SKIP_INVALIDATION_ACK", "other>=before"),
        Arguments.of("commit", ownerReads, "BUG_SERVE_PAST_LEASE", "own>=before"),
        Arguments.of("commit", ownerReads, "BUG_LEASE_BEFORE_READS", "own>=before"),
        Arguments.of("commit", ownerReads, "BUG_EXCLUDE_EARLY", "own>=before"),
        Arguments.of("commit", ownerReads, "BUG_ACKNOWLEDGE_BEFORE_REPLICA", "known_to_world"),
        Arguments.of("commit", sharerReads, "BUG_NO_EPOCH_SEEN", "other>=before"),
        Arguments.of("commit", twoPartitions, "BUG_NO_POISON", "own==2"),
        Arguments.of("commit", twoPartitions, "BUG_LIST_BEFORE_LOCK", "own==2"),
        Arguments.of("commit", resolved, "BUG_FORGET_PREPARED", "value"),
        Arguments.of("commit", resolved, "BUG_DECIDE_TWICE", "outcome"),
        Arguments.of("commit", resolved, "BUG_COMMIT_WITHOUT_PREPARE", "outcome"),
        Arguments.of("commit", resolved, "BUG_OLD_EPOCH", "outcome"),
        Arguments.of("readlock", List.of(), "BUG_DROP_READ_LOCK", "outcome"));
  }

  @ParameterizedTest(name = "{2}")
  @MethodSource("bugs")
  void findsPlantedBug(String model, List<String> configuration, String bug, String assertion)
      throws Exception {
    List<String> planted = new ArrayList<>(configuration);
    planted.add(bug);
    String said = check(model, planted, "-O0");
    assertThat(said).as("what spin says of %s %s", model, planted).contains("errors: 1");
    assertThat(said.lines().filter(line -> line.contains("assertion violated")))
        .as("the assertion that catches %s", bug)
        .singleElement()
        .asString()
        .contains(assertion);
  }

  @Test
  void everyBugInTheModelsIsPlanted() throws IOException {
    Set<String> named = new TreeSet<>();
    for (String model : List.of("commit", "readlock")) {
      BUG.matcher(Files.readString(MODELS.resolve(model + ".pml")))
          .results()
          .forEach(match -> named.add(match.group()));
    }
    assertThat(bugs().map(arguments -> (String) arguments.get()[2]).collect(Collectors.toSet()))
        .isEqualTo(named);
  }

  /** Generates the verifier of a model, compiles it, runs it, and returns what it says. */
  private String check(String model, List<String> definitions, String optimisation)
      throws IOException, InterruptedException {
    assumeTrue(isInstalled("spin"), "spin is not installed (apt-get install spin)");
    assumeTrue(isInstalled("gcc"), "gcc is not installed (apt-get install gcc)");
    List<String> generate = new ArrayList<>(List.of("spin", "-a"));
    definitions.forEach(definition -> generate.add("-D" + definition));
    generate.add(MODELS.resolve(model + ".pml").toAbsolutePath().toString());
    run(generate);
    List<String> compile = new ArrayList<>(List.of("gcc", optimisation, "-w", "-DSAFETY"));
    if (!Boolean.getBoolean("hotpot.spin.exact")) {
      compile.add("-DHC4");
    }
    compile.addAll(List.of("-o", "pan", "pan.c"));
    run(compile);
    // The models look for deadlocks by assertions: replies to those that are gone are no deadlock.
    return run(List.of("./pan", "-E", "-n", "-m10000", "-w22"));
  }

  private String run(List<String> command) throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
          .as("%s ends within %d seconds", command, LIMIT_SECONDS)
          .isTrue();
    } finally {
      process.destroyForcibly();
    }
    String said = Files.readString(output);
    assertThat(process.exitValue()).as("%s said: %s", command, said).isZero();
    return said;
  }

  private static boolean isInstalled(String program) {
    String path = System.getenv("PATH");
    return path != null
        && Stream.of(path.split(File.pathSeparator, -1))
            .anyMatch(entry -> Files.isExecutable(Path.of(entry, program)));
  }
}
