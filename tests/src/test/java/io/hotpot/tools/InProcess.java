package io.hotpot.tools;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;

/** The command line in the test's own process, where one of its own takes too long to start. */
public final class InProcess {

  private InProcess() {}

  /**
   * Runs a command.
   *
   * @return what it prints
   * @throws AssertionError if it fails, with what it says
   */
  public static String run(List<String> arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    int exit = commandLine.execute(arguments.toArray(String[]::new));
    if (exit != 0) {
      throw new AssertionError(arguments.getFirst() + " ended with " + exit + ": " + out + err);
    }
    return out.toString();
  }
}
