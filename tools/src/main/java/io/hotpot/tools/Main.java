package io.hotpot.tools;

import io.hotpot.store.HotpotException;
import io.hotpot.tools.bench.BenchCommand;
import io.hotpot.tools.demo.DemoCommand;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./hotpot}: looks into a store, checks it, and shows what it is. */
@Command(
    name = "hotpot",
    description = "A transactional persistent object store for the JVM.",
    mixinStandardHelpOptions = true,
    version = "hotpot 0.1.0",
    footer = {
      "",
      "Exit codes: 0 all well, 1 a check failed, 2 wrong usage, 3 the store cannot be used.",
      "'hotpot verify' runs the project's tests."
    },
    subcommands = {
      DemoCommand.class,
      InspectCommand.class,
      ObjectsCommands.Ls.class,
      ObjectsCommands.Get.class,
      ObjectsCommands.Put.class,
      ObjectsCommands.Rm.class,
      ObjectsCommands.Roots.class,
      CheckCommand.class,
      CompactCommand.class,
      BackupCommands.Backup.class,
      BackupCommands.Restore.class,
      EventsCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      AutoComplete.GenerateCompletion.class,
      BenchCommand.class,
    })
public final class Main implements Runnable {

  /** A check found damage. */
  static final int FAILED_CHECK = 1;

  /** The store cannot be opened or used. */
  static final int UNUSABLE = 3;

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the field
  Main() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(
            (exception, commandLine, parsed) -> {
              if (exception instanceof HotpotException) {
                commandLine.getErr().println("hotpot: " + exception.getMessage());
                return UNUSABLE;
              }
              throw exception;
            });
  }

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }
}
