package io.hotpot.tools;

import java.io.Console;

/** Whether a person is watching. */
public final class Terminal {

  private Terminal() {}

  /** True when both input and output are a terminal: progress is shown then. */
  @SuppressWarnings("SystemConsoleNull") // it may be null, depending on the JDK's console provider
  public static boolean isInteractive() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
