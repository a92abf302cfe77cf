package io.hotpot.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.tools.bench.BenchCommand;
import io.hotpot.tools.bench.ClusterKind;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * Every cluster starts three processes and does what its measures take for granted: drivers on all
 * nodes see the same records, and transfers lose nothing. Of Hotpot's own one node is killed, and
 * an empty one takes its place. The command fails if something acknowledged is missing.
 */
class ClustersTest {

  @TempDir private Path directory;

  static List<String> names() {
    return ClusterKind.all().stream().map(ClusterKind::name).toList();
  }

  /** Hotpot's and one other with every change; all of them with {@code -Dhotpot.clusters=true}. */
  static List<String> toCheck() {
    return Boolean.getBoolean("hotpot.clusters") ? names() : List.of("Hotpot", "Hazelcast");
  }

  @Test
  void allClustersAreThere() {
    assertThat(names()).containsExactly("Hotpot", "Hazelcast", "Ignite", "Infinispan");
    assertThat(ClusterKind.all()).allSatisfy(kind -> assertThat(kind.setting()).isNotBlank());
  }

  @ParameterizedTest
  @MethodSource("toCheck")
  void passesItsChecksAndLeavesNothingBehind(String name) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--cluster=TRANSFER,F", "--work=1", "--rounds=1", "--json", "--dir=" + directory));
    boolean isOwn = ClusterKind.of(name).isOwn();
    arguments.add(isOwn ? "--faults" : "--peers=" + name);
    int exit =
        new CommandLine(new BenchCommand())
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments.toArray(new String[0]));

    assertThat(exit).as(err.toString()).isZero();
    assertThat(err.toString()).isEmpty();
    assertThat(out.toString())
        .contains("\"name\":\"" + name + "\"", "\"TRANSFER\":{\"rate\":{\"median\":")
        .doesNotContain("\"failed\"");
    if (isOwn) {
      assertThat(out.toString()).contains("\"FAILOVER\":{\"median\":");
    }
    assertThat(directory).isEmptyDirectory();
    assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive)).isEmpty();
  }
}
