package io.hotpot.tools.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * What a child process is told to do, a line each, by the process that started it ({@code
 * TalkingJvm}). A child that listens ends at once when its standard input does, whatever else it is
 * doing: no child outlives the process that started it.
 */
public final class Commands {

  private static final int ORPHANED = 3;

  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  private Commands() {}

  /** Begins to listen to the standard input. */
  public static Commands listen() {
    Commands commands = new Commands();
    Thread.ofPlatform().daemon().name("hotpot-commands").start(commands::read);
    return commands;
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      // As good as an end.
    } finally {
      Runtime.getRuntime().halt(ORPHANED);
    }
  }

  /** The words of the next command; waits for it. */
  public String[] next() throws InterruptedException {
    return lines.take().split(" ", -1);
  }

  /** Answers a command, with words in a line. */
  public void answer(Object... words) {
    StringBuilder line = new StringBuilder(ChildJvm.RESULT);
    for (int i = 0; i < words.length; i++) {
      line.append(i == 0 ? "" : " ").append(words[i]);
    }
    System.out.println(line);
  }
}
