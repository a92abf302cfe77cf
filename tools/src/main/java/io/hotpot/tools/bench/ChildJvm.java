package io.hotpot.tools.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Runs a main class in a JVM of its own, with this one's class path. The child says what came out
 * on its standard output: a line {@code result ...} or {@code skip ...}; all else counts only if it
 * fails.
 */
final class ChildJvm {

  static final String RESULT = "result ";
  static final String SKIP = "skip ";

  private static final int LINES_KEPT = 12;

  private final Path temporary;

  /**
   * @param temporary the children's temporary folder: libraries that they unpack go with it
   */
  ChildJvm(Path temporary) {
    this.temporary = temporary;
  }

  Outcome run(String heap, Map<String, String> environment, String mainClass, String... arguments)
      throws IOException, InterruptedException {
    Files.createDirectories(temporary);
    ProcessBuilder builder =
        new ProcessBuilder(command(temporary, heap, List.of(), mainClass, List.of(arguments)))
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      return outcome(process);
    } finally {
      process.destroyForcibly();
    }
  }

  /** The command that starts a main class of this class path in a JVM of its own. */
  static List<String> command(
      Path temporary,
      String heap,
      List<String> jvmOptions,
      String mainClass,
      List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heap);
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("--add-exports=java.base/sun.nio.ch=ALL-UNNAMED");
    command.addAll(PeerKind.JVM_OPTIONS);
    command.addAll(jvmOptions);
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(mainClass);
    command.addAll(arguments);
    return command;
  }

  private static Outcome outcome(Process process) throws IOException, InterruptedException {
    Outcome outcome = new Outcome.Measured("");
    Deque<String> last = new ArrayDeque<>();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(RESULT)) {
          outcome = new Outcome.Measured(line.substring(RESULT.length()));
        } else if (line.startsWith(SKIP)) {
          outcome = new Outcome.Skipped(line.substring(SKIP.length()));
        } else {
          last.add(line);
          if (last.size() > LINES_KEPT) {
            last.removeFirst();
          }
        }
      }
    }
    int exit = process.waitFor();
    return exit == 0
        ? outcome
        : new Outcome.Failed("ended with exit code " + exit + ": " + String.join(" | ", last));
  }

  /** Removes a folder and all in it, if it is there. */
  static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
