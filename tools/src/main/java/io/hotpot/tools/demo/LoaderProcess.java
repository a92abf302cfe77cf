package io.hotpot.tools.demo;

import io.hotpot.tools.ExitCode;
import io.hotpot.tools.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A child process that runs {@link Loader}, and what it says. */
final class LoaderProcess {

  /** What the child says, a line each. */
  sealed interface Message {}

  /**
   * It has opened the store.
   *
   * @param scannedBytes of log that it read to recover
   * @param stored packages that it found in the store
   * @param linked packages that it found linked
   * @param storedClasses classes in those packages
   * @param linkedClasses classes in those that are linked
   */
  record Opened(
      long micros,
      long scannedBytes,
      boolean clean,
      int stored,
      int linked,
      int damages,
      int storedClasses,
      int linkedClasses)
      implements Message {}

  /** A commit has returned: a package is stored. */
  record Stored(int classes) implements Message {}

  /** A commit has returned: a package is linked. */
  record Linked(int classes) implements Message {}

  /** Its work is done and the store closed. */
  record Closed() implements Message {}

  private final Process process;
  private volatile boolean killed;

  LoaderProcess(Path store, List<String> modules) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("--add-exports=java.base/sun.nio.ch=ALL-UNNAMED");
    command.add("-Xmx512m");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Loader.class.getName());
    command.add(store.toString());
    command.addAll(modules);
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start the child process", e);
    }
  }

  /** With SIGKILL. What it has said until then can still be heard. */
  void kill() {
    killed = true;
    process.toHandle().destroyForcibly();
  }

  /** Hands over what the child says until it has ended, however that came about. */
  void listen(Consumer<Message> listener) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Message message = parse(line);
        if (message != null) {
          listener.accept(message);
        } else if (!killed) {
          throw new Failure(ExitCode.PROBLEM, "the child process says: " + line);
        }
      }
      process.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot hear the child process", e);
    } catch (InterruptedException e) {
      throw new Failure(ExitCode.PROBLEM, "interrupted", e);
    } finally {
      kill();
    }
  }

  int exitValue() {
    return process.exitValue();
  }

  /** Null for what it never says as a whole: the end of a line is missing when it is killed. */
  private static @Nullable Message parse(String line) {
    String[] words = line.split(" ", -1);
    try {
      return switch (words[0]) {
        case "opened" ->
            new Opened(
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Boolean.parseBoolean(words[3]),
                Integer.parseInt(words[4]),
                Integer.parseInt(words[5]),
                Integer.parseInt(words[6]),
                Integer.parseInt(words[7]),
                Integer.parseInt(words[8]));
        case "stored" -> new Stored(Integer.parseInt(words[1]));
        case "linked" -> new Linked(Integer.parseInt(words[1]));
        case "closed" -> new Closed();
        default -> null;
      };
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return null;
    }
  }
}
