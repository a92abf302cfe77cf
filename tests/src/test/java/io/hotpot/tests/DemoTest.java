package io.hotpot.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.tools.Main;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo on a small module, as a user would run it. */
@Timeout(240)
class DemoTest {

  @Test
  void everyAnswerIsExactAlthoughTheLoaderIsKilled(@TempDir Path directory)
      throws IOException, InterruptedException {
    Path store = directory.resolve("store");
    List<String> output = new ArrayList<>();
    int exit =
        run(
            output,
            "demo",
            "--modules",
            "java.xml,java.logging",
            "--kills",
            "2",
            "--keep",
            store.toString());
    assertThat(exit).as(String.join("\n", output)).isZero();
    assertThat(output).anyMatch(line -> line.contains("kill -9, "));
    assertThat(output).anyMatch(line -> line.contains("every answer is exact"));
    assertThat(run(output, "check", store.toString())).isZero();
  }

  @Test
  void everyAnswerIsExactAlthoughTheOwnerOfTheClusterIsKilled()
      throws IOException, InterruptedException {
    List<String> output = new ArrayList<>();
    int exit = run(output, "demo", "--nodes", "3", "--modules", "java.logging,java.prefs");
    assertThat(exit).as(String.join("\n", output)).isZero();
    assertThat(output).anyMatch(line -> line.contains("0 of the acknowledged ones lost"));
    assertThat(output).anyMatch(line -> line.contains("PASSED"));
    assertThat(output).noneMatch(line -> line.contains("SLF4J"));
  }

  @Test
  void aModuleThatIsNotThereIsWrongUsage() throws IOException, InterruptedException {
    List<String> output = new ArrayList<>();
    assertThat(run(output, "demo", "--modules", "java.nothing")).isEqualTo(2);
    assertThat(output.getFirst()).contains("java.nothing");
  }

  private static int run(List<String> output, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    output.addAll(
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList());
    return process.waitFor();
  }
}
