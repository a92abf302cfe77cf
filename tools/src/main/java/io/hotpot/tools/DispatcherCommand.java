package io.hotpot.tools;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.replication.Fabric;
import io.hotpot.store.MisuseException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hotpot dispatcher}: runs a dispatcher, or one of three. */
@Command(
    name = "dispatcher",
    description = {
      "Run a cluster's dispatcher, until it is ended by Ctrl-C or SIGTERM.",
      "It knows which nodes are members and who owns what, and it decides when a node is gone."
          + " Commits do not go through it. Three of them agree by Raft, and one may be away."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot dispatcher --dir cd             alone, for this machine, on port 18500",
      "  hotpot dispatcher --listen 10.0.0.1:18500 --dir cd --secret-file secret",
      "  hotpot dispatcher --listen 10.0.0.1:18500 --dir cd --secret-file secret \\",
      "      --member 1 --members 10.0.0.1:18501,10.0.0.2:18501,10.0.0.3:18501"
    })
final class DispatcherCommand implements Callable<Integer> {

  static final int DEFAULT_PORT = 18_500;

  @Option(
      names = "--listen",
      paramLabel = "[<host>:]<port>",
      description =
          "where nodes connect; without a host only those of this machine can. Port 0: the system"
              + " chooses one (default: ${DEFAULT-VALUE})")
  String listen = "127.0.0.1:" + DEFAULT_PORT;

  @Option(
      names = "--dir",
      required = true,
      paramLabel = "<dir>",
      description = "keeps what was decided; made if it does not exist")
  Path directory;

  @Option(
      names = "--member",
      paramLabel = "<n>",
      description = "which of the members this is, from 1 (default: ${DEFAULT-VALUE})")
  int member = 1;

  @Option(
      names = "--members",
      split = ",",
      paramLabel = "<host:port>",
      description = "where the members listen for one another, by number; not their --listen")
  List<String> members = List.of();

  @Mixin SecurityOptions security;

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  DispatcherCommand() {}

  @Override
  public Integer call() throws Exception {
    Listening at = Listening.parse(listen, DEFAULT_PORT);
    DispatcherServer.Settings settings =
        new DispatcherServer.Settings(
            at.host(),
            at.port(),
            directory,
            member,
            members.stream().map(DispatcherCommand::address).toList(),
            security.security());
    Foreground foreground = new Foreground(spec.commandLine().getErr());
    DispatcherServer server = start(settings, foreground);
    foreground.run(
        spec.commandLine().getOut(), "hotpot: the dispatcher listens at " + server.uri(), server);
    return ExitCode.OK;
  }

  private static DispatcherServer start(DispatcherServer.Settings settings, Foreground foreground) {
    try {
      return DispatcherServer.start(settings, foreground::log);
    } catch (MisuseException e) {
      throw new Failure(ExitCode.UNUSABLE, String.valueOf(e.getMessage()), e);
    }
  }

  private static Fabric.Address address(String text) {
    Listening at = Listening.parse(text.strip(), -1);
    return new Fabric.Address(at.host(), at.port());
  }
}
