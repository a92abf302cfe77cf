package io.hotpot.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tutorial in README.md compiles, runs, and prints what it says. */
@Timeout(120)
class ReadmeTest {

  private static final Pattern BLOCK =
      Pattern.compile("```(java|text)\n(.*?)```", Pattern.DOTALL | Pattern.MULTILINE);

  @Test
  void theTutorialPrintsWhatItSays(@TempDir Path directory)
      throws IOException, InterruptedException {
    String readme =
        Files.readString(Path.of(System.getProperty("basedir", "tests"), "..", "README.md"));
    StringBuilder imports = new StringBuilder();
    StringBuilder body = new StringBuilder();
    StringBuilder expected = new StringBuilder();
    Matcher block = BLOCK.matcher(readme);
    while (block.find()) {
      if (block.group(1).equals("text")) {
        expected.append(block.group(2));
        continue;
      }
      for (String line : block.group(2).split("\n")) {
        (line.startsWith("import ") ? imports : body).append(line).append('\n');
      }
    }
    assertThat(expected.toString()).as("output shown in README.md").isNotEmpty();
    Path source = directory.resolve("Tutorial.java");
    Files.writeString(source, imports + "void main() {\n" + body + "}\n");
    assertThat(run(source, directory)).isEqualTo(expected.toString());
  }

  private static String run(Path source, Path directory) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            source.toString()));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }
}
