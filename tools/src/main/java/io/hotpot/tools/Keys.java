package io.hotpot.tools;

import java.io.IOException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The keys that a person presses, one by one, where standard input is a terminal. The terminal is
 * taken out of its line mode meanwhile, by {@code stty}; where there is none, keys come with the
 * next Enter.
 */
final class Keys implements AutoCloseable {

  private final LinkedBlockingQueue<Integer> pressed = new LinkedBlockingQueue<>();
  private final Thread restore = Thread.ofPlatform().unstarted(() -> stty("icanon", "echo"));
  private final boolean isTerminal;

  private Keys(boolean isTerminal) {
    this.isTerminal = isTerminal;
    if (isTerminal) {
      stty("-icanon", "-echo");
      Runtime.getRuntime().addShutdownHook(restore);
      Thread.ofPlatform().daemon().name("hotpot-keys").start(this::read);
    }
  }

  static Keys open() {
    return new Keys(Terminal.hasKeys());
  }

  private void read() {
    try {
      for (int key = System.in.read(); key >= 0; key = System.in.read()) {
        pressed.add(key);
      }
    } catch (IOException e) {
      // The terminal is gone: nobody presses keys any more.
    }
  }

  /** Waits for a key; returns whether it came. */
  boolean isPressed(char key, long timeoutMs) {
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    try {
      for (long leftNs = endNs - System.nanoTime();
          leftNs > 0;
          leftNs = endNs - System.nanoTime()) {
        Integer next = pressed.poll(leftNs, TimeUnit.NANOSECONDS);
        if (next != null && next == key) {
          return true;
        }
      }
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private static void stty(String... modes) {
    String[] command = new String[modes.length + 1];
    command[0] = "stty";
    System.arraycopy(modes, 0, command, 1, modes.length);
    try {
      new ProcessBuilder(command)
          .redirectInput(ProcessBuilder.Redirect.INHERIT)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      // No stty: keys come with Enter.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    if (isTerminal) {
      try {
        Runtime.getRuntime().removeShutdownHook(restore);
        stty("icanon", "echo");
      } catch (IllegalStateException e) {
        // The JVM is going down and does it by itself.
      }
    }
  }
}
