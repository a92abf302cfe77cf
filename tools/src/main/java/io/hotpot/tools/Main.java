package io.hotpot.tools;

import io.hotpot.tools.bench.BenchCommand;
import io.hotpot.tools.demo.DemoCommand;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.Spec;

/** {@code ./hotpot}: looks into a store, checks it, and shows what it is. */
@Command(
    name = "hotpot",
    description = {
      "A transactional persistent object store for the JVM: look into stores, check them, copy them.",
      "Stores are only read by commands that do not have to write."
    },
    versionProvider = Version.class,
    synopsisSubcommandLabel = "<command>",
    footer = {
      "",
      "'hotpot help <command>' explains one, with examples. 'hotpot verify' runs the project's tests.",
      "Completion: source <(hotpot generate-completion), in bash or zsh."
    },
    subcommands = {
      DemoCommand.class,
      InspectCommand.class,
      LsCommand.class,
      GetCommand.class,
      PutCommand.class,
      RmCommand.class,
      RootsCommand.class,
      CheckCommand.class,
      CompactCommand.class,
      BackupCommand.class,
      RestoreCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      EventsCommand.class,
      DispatcherCommand.class,
      NodeCommand.class,
      ClusterCommand.class,
      DrainCommand.class,
      MigrateCommand.class,
      MigrationCommand.class,
      LogLevelCommand.class,
      BenchCommand.class,
      VersionCommand.class,
      AutoComplete.GenerateCompletion.class,
      HelpCommand.class,
    })
public final class Main implements Runnable {

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the field
  Main() {}

  @Override
  public void run() {
    throw new Failure(
        ExitCode.USAGE, "a command is missing; 'hotpot help' lists them, 'hotpot demo' shows them");
  }

  static CommandLine commandLine() {
    CommandLine main = new CommandLine(new Main());
    // A reference begins with "@", as picocli's argument files do.
    main.setExpandAtFiles(false);
    main.setCaseInsensitiveEnumValuesAllowed(true);
    main.setParameterExceptionHandler(Errors::usageIsWrong);
    main.setExecutionExceptionHandler(
        (exception, command, parsed) ->
            Errors.executionFailed(exception, command, parsed.originalArgs()));
    main.setExecutionStrategy(Main::runAndFlush);
    describe(main);
    return main;
  }

  /** Output that cannot be written fails the command, at the end too. */
  private static int runAndFlush(ParseResult parsed) {
    int exit = new RunLast().execute(parsed);
    CommandLine command = parsed.commandSpec().commandLine();
    try {
      command.getOut().flush();
    } catch (RuntimeException e) {
      throw new ExecutionException(command, "the output cannot be written", e);
    }
    return exit;
  }

  private static void describe(CommandLine command) {
    UsageMessageSpec usage = command.getCommandSpec().usageMessage();
    usage.exitCodeListHeading("%nExit codes:%n").exitCodeList(ExitCode.descriptions());
    usage.width(79).sortOptions(false);
    CommandSpec spec = command.getCommandSpec();
    if (!spec.mixinStandardHelpOptions() && !(spec.userObject() instanceof HelpCommand)) {
      spec.mixinStandardHelpOptions(true);
    }
    command.getSubcommands().values().forEach(Main::describe);
  }

  public static void main(String[] args) {
    int exit;
    try {
      exit = commandLine().setOut(StandardOutput.open()).execute(args);
    } catch (OutOfMemoryError e) {
      System.err.println(
          "hotpot: the Java heap is too small for this; HOTPOT_JAVA_OPTS=-Xmx4g gives it more");
      exit = ExitCode.UNUSABLE;
    }
    System.exit(exit);
  }
}
