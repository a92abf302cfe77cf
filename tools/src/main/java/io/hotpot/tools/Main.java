package io.hotpot.tools;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The entry point of the command line; it only knows the list of commands. */
@Command(
    name = "hotpot",
    description = "A transactional persistent object store for the JVM.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "<command>")
public final class Main {
  private Main() {}

  /**
   * Runs one command and ends the JVM with its exit code: 0 success, 1 the command failed, 2 wrong
   * usage.
   *
   * @param args the command and its options
   */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** Makes the parser of the whole command line, with every command registered. */
  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Main());
    commands().forEach(commandLine::addSubcommand);
    return commandLine;
  }

  /** Every command, in the order in which the help lists them. */
  private static List<Object> commands() {
    return List.of(new CommandLine.HelpCommand());
  }
}
