package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.replication.OperatorAnswer;
import io.hotpot.replication.OperatorQuestion.SetPolicy;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code hotpot migration}: whether partitions go to who uses them, by themselves. */
@Command(
    name = "migration",
    description = {
      "Let nodes give partitions to who uses them most, or not any more.",
      "A node that has made more than 60 % of the last 4,096 commits of a partition for 10 s gets it,"
          + " if it has a copy in step; each partition moves once in 20 s at most. It is off unless it"
          + " is set, and each node forgets it when it ends: ClusterOptions and 'hotpot node"
          + " --migrate-to-users' set it from the beginning."
    },
    footer = {"", "Example:", "  hotpot migration on --dispatcher hotpot://127.0.0.1"})
final class MigrationCommand implements Callable<Integer> {

  /** On or off. */
  enum Switch {
    ON,
    OFF
  }

  @Parameters(index = "0", paramLabel = "on|off", description = "what it is to be")
  Switch state;

  @Parameters(
      index = "1..*",
      paramLabel = "<node>",
      description = "ids of nodes; without any, all that are members now")
  List<Integer> nodes = List.of();

  @Mixin ClusterArgument cluster;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  MigrationCommand() {}

  @Override
  public Integer call() {
    try (ClusterVisit visit = cluster.visit()) {
      int exit = ExitCode.OK;
      List<Integer> asked =
          nodes.isEmpty() ? ClusterCounterReader.members(visit.configuration()) : nodes;
      for (int id : asked) {
        OperatorAnswer answer =
            visit.ask(request -> new SetPolicy(request, id, state == Switch.ON));
        exit = Math.max(exit, Acting.show(cluster, id, answer));
      }
      return exit;
    }
  }
}
