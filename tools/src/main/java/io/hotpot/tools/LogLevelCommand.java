package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.replication.OperatorAnswer;
import io.hotpot.replication.OperatorQuestion.SetLogLevel;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code hotpot log-level}: how much a running node tells. */
@Command(
    name = "log-level",
    description = {
      "Change how much a running node tells in its log, until it ends.",
      "INFO is what an operator should know, and the beginning; DEBUG adds sessions and what the node"
          + " is for each partition, TRACE every message."
    },
    footer = {"", "Example:", "  hotpot log-level 3 debug --dispatcher hotpot://127.0.0.1"})
final class LogLevelCommand implements Callable<Integer> {

  /** The levels that there are. */
  enum LogLevel {
    OFF,
    ERROR,
    WARNING,
    INFO,
    DEBUG,
    TRACE
  }

  @Parameters(index = "0", paramLabel = "<node>", description = "its id, as 'hotpot cluster' shows")
  int node;

  @Parameters(index = "1", paramLabel = "<level>", description = "${COMPLETION-CANDIDATES}")
  LogLevel level;

  @Mixin ClusterArgument cluster;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  LogLevelCommand() {}

  @Override
  public Integer call() {
    try (ClusterVisit visit = cluster.visit()) {
      OperatorAnswer answer = visit.ask(request -> new SetLogLevel(request, node, level.name()));
      return Acting.show(cluster, node, answer);
    }
  }
}
