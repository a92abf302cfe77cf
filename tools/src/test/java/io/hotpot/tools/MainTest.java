package io.hotpot.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CommandLine commandLine =
      Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

  @Test
  void versionIsTheOneOfTheBuild() {
    int exitCode = commandLine.execute("--version");

    assertThat(exitCode).isZero();
    assertThat(out.toString()).matches("(?s)hotpot \\d+\\.\\d+\\.\\d+\\S*\\R.*");
  }

  @Test
  void anUnknownCommandIsWrongUsage() {
    int exitCode = commandLine.execute("no-such-command");

    assertThat(exitCode).isEqualTo(2);
    assertThat(err.toString()).contains("no-such-command");
  }
}
