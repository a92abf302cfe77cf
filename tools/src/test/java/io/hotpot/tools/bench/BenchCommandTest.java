package io.hotpot.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command by itself: this module has no peers on its class path. */
class BenchCommandTest {

  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return new CommandLine(new BenchCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void aMeasureRunsInItsOwnProcessAndLeavesNothingBehind() {
    int exit = run("--quick", "--only", "OVERHEAD", "--json", "--dir", directory.toString());

    assertThat(exit).as(err.toString()).isZero();
    assertThat(out.toString()).contains("\"OVERHEAD\":{\"median\":");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void peersThatAreNotOnTheClassPathAreAWrongUsage() {
    assertThat(run("--peers")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("not on the class path; ./hotpot bench puts them there");
    assertThat(run("--ycsb", "A")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(run("--cluster")).isEqualTo(CommandLine.ExitCode.USAGE);
  }
}
