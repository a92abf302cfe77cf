package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code hotpot migrate}: a partition gets another owner. */
@Command(
    name = "migrate",
    description = {
      "Let a partition's owner give it to another node that has a copy in step.",
      "Nobody serves it for some milliseconds, and commits wait so long."
    },
    footer = {"", "Example:", "  hotpot migrate 12 3 --dispatcher hotpot://127.0.0.1"})
final class MigrateCommand implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "<partition>",
      description = "its id, as 'hotpot cluster' shows")
  int partition;

  @Parameters(index = "1", paramLabel = "<node>", description = "the id of its new owner")
  int target;

  @Mixin ClusterArgument cluster;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  MigrateCommand() {}

  @Override
  public Integer call() throws InterruptedException {
    try (ClusterVisit visit = cluster.visit()) {
      Configuration now = visit.configuration();
      HandOver done = HandOver.run(visit, now, checked(now), target);
      cluster.out().println(cluster.json ? Json.of(done.toMap()) : done.toString());
      return done.hasMoved() && done.failure().isEmpty() ? ExitCode.OK : ExitCode.PROBLEM;
    }
  }

  private PartitionInfo checked(Configuration now) {
    PartitionInfo found = now.partitions().get(partition);
    if (found == null || found.status() == PartitionStatus.DROPPED) {
      throw new Failure(ExitCode.PROBLEM, "there is no partition " + partition);
    }
    HandOver.checkMember(now, target);
    if (found.owner() == target) {
      throw new Failure(
          ExitCode.PROBLEM, "node " + target + " owns partition " + partition + " already");
    }
    return found;
  }
}
