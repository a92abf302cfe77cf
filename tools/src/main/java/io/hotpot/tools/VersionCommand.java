package io.hotpot.tools;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hotpot version}. */
@Command(
    name = "version",
    description = {
      "Print the versions of Hotpot and Java, and which kinds of heap this machine can have.",
    },
    footer = {"", "Example:", "  hotpot version --json"})
final class VersionCommand implements Callable<Integer> {

  @Option(names = "--json", description = "print JSON")
  boolean json;

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  VersionCommand() {}

  @Override
  public Integer call() throws IOException {
    if (json) {
      spec.commandLine().getOut().println(Json.of(Version.toMap()));
    } else {
      for (String line : new Version().getVersion()) {
        spec.commandLine().getOut().println(line);
      }
    }
    return ExitCode.OK;
  }
}
