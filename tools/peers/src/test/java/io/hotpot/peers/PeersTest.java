package io.hotpot.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hotpot.tools.bench.Measure;
import io.hotpot.tools.bench.PeerKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every peer does what its measures take for granted: what it committed at level PROCESS is there
 * after the process died without closing it, all of a commit or nothing.
 */
class PeersTest {

  @TempDir private static Path directory;

  private static String written;
  private static String checked;

  static List<String> names() {
    return PeerKind.all().stream().map(PeerKind::name).toList();
  }

  /** All peers share two processes: starting a JVM for each would take most of the time. */
  @BeforeAll
  static void writeDieAndCheck() throws IOException, InterruptedException {
    written = worker("write");
    checked = worker("check");
  }

  private static String worker(String what) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(PeerKind.JVM_OPTIONS);
    command.addAll(List.of("-Xmx512m", "-Djava.io.tmpdir=" + directory));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(PeerWorker.class.getName(), directory.toString(), what));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PMEM_IS_PMEM_FORCE", "1");
    Process process = builder.start();
    try (InputStream output = process.getInputStream()) {
      return new String(output.readAllBytes(), StandardCharsets.UTF_8)
          + "exit code "
          + process.waitFor();
    }
  }

  @Test
  void allPeersAreThere() {
    assertThat(names())
        .containsExactly("EclipseStore", "H2", "LLPL", "LMDB", "MapDB", "RocksDB", "Xodus");
  }

  @ParameterizedTest
  @MethodSource("names")
  void keepsWhatItCommittedWhenTheProcessDies(String name) {
    assumeTrue(!written.contains("skip " + name + " "), written);
    assertThat(written.lines()).as(written).contains("ok " + name, "exit code 0");
    assertThat(checked.lines()).as(checked).contains("ok " + name, "exit code 0");
  }

  @ParameterizedTest
  @MethodSource("names")
  void saysWhatItIs(String name) {
    PeerKind kind = PeerKind.of(name);
    assertThat(kind.setting()).isNotBlank();
    assertThat(kind.unfit().keySet()).allMatch(PeersTest::isShared);
    assertThat(kind.unfit().values()).doesNotContain("");
  }

  /** As documented: only these are measured of peers. */
  private static boolean isShared(Measure measure) {
    return List.of(
            "COMMIT",
            "COMMIT_TEN",
            "READ",
            "READ_TWO",
            "POWER",
            "POWER_TEN",
            "POWER_MANY",
            "SPACE_TEN",
            "OPEN_READ")
        .contains(measure.name());
  }
}
