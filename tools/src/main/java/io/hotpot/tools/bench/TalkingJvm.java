package io.hotpot.tools.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A main class in a JVM of its own that is told what to do, a line each, and answers each with a
 * line {@code result ...} on its standard output; all else that it prints counts only if it fails.
 *
 * <p>The child listens by {@link Commands}, and so goes with this process, whichever way this one
 * dies. {@link #close} kills it.
 *
 * <p>Thread-safety: for one thread.
 */
final class TalkingJvm implements AutoCloseable {

  private static final int LINES_KEPT = 12;
  private static final long SECONDS_TO_DIE = 30;

  private final String name;
  private final Process process;
  private final BufferedWriter commands;
  private final BlockingQueue<Outcome> answers = new LinkedBlockingQueue<>();

  /**
   * Starts it.
   *
   * @param name for messages
   */
  TalkingJvm(
      String name,
      Path temporary,
      String heap,
      List<String> jvmOptions,
      String mainClass,
      List<String> arguments)
      throws IOException {
    this.name = name;
    Files.createDirectories(temporary);
    process =
        new ProcessBuilder(ChildJvm.command(temporary, heap, jvmOptions, mainClass, arguments))
            .redirectErrorStream(true)
            .start();
    commands = process.outputWriter(StandardCharsets.UTF_8);
    Thread.ofPlatform().daemon().name("hotpot-listen-" + name).start(this::listen);
  }

  private void listen() {
    Deque<String> last = new ArrayDeque<>();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(ChildJvm.RESULT)) {
          answers.add(new Outcome.Measured(line.substring(ChildJvm.RESULT.length())));
        } else {
          last.add(line);
          if (last.size() > LINES_KEPT) {
            last.removeFirst();
          }
        }
      }
      answers.add(
          new Outcome.Failed(
              "ended with exit code " + process.waitFor() + ": " + String.join(" | ", last)));
    } catch (IOException e) {
      answers.add(new Outcome.Failed("cannot be heard: " + e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives a command; words in a line. */
  void say(Object... words) throws IOException, InterruptedException {
    try {
      commands.write(String.join(" ", List.of(words).stream().map(String::valueOf).toList()));
      commands.newLine();
      commands.flush();
    } catch (IOException e) {
      // It has died, and its last lines tell more than a broken pipe.
      throw new IOException(name + " " + reason(e));
    }
  }

  private String reason(IOException e) throws InterruptedException {
    Outcome outcome = answers.poll(SECONDS_TO_DIE, TimeUnit.SECONDS);
    while (outcome != null) {
      if (outcome instanceof Outcome.Failed(String reason)) {
        return reason;
      }
      outcome = answers.poll(SECONDS_TO_DIE, TimeUnit.SECONDS);
    }
    return "takes no commands: " + e.getMessage();
  }

  /**
   * Waits for the answer to the first command not answered yet.
   *
   * @throws IOException if it has ended, or takes longer than is reasonable
   */
  String answer(long seconds) throws IOException, InterruptedException {
    Outcome outcome = answers.poll(seconds, TimeUnit.SECONDS);
    return switch (outcome) {
      case null -> throw new IOException(name + " did not answer for " + seconds + " s");
      case Outcome.Measured(String result) -> result;
      case Outcome.Skipped(String reason) -> throw new IOException(name + " " + reason);
      case Outcome.Failed(String reason) -> throw new IOException(name + " " + reason);
    };
  }

  /** Kills it, if it still lives, and waits until it is gone. */
  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
