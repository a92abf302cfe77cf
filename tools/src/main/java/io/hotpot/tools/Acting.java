package io.hotpot.tools;

import io.hotpot.replication.OperatorAnswer;
import io.hotpot.replication.OperatorAnswer.Acted;
import io.hotpot.replication.OperatorAnswer.NotDone;
import java.util.LinkedHashMap;
import java.util.Map;

/** Shows what a node has answered to an order. */
final class Acting {

  private Acting() {}

  /**
   * @return the exit code
   */
  static int show(ClusterArgument cluster, int node, OperatorAnswer answer) {
    return switch (answer) {
      case Acted(long _, String sentence) -> show(cluster, node, true, sentence);
      case NotDone(long _, String reason) -> show(cluster, node, false, reason);
      default -> throw new IllegalStateException("no answer to an order: " + answer);
    };
  }

  private static int show(ClusterArgument cluster, int node, boolean isDone, String sentence) {
    if (cluster.json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("node", node);
      map.put("done", isDone);
      map.put("message", sentence);
      cluster.out().println(Json.of(map));
    } else {
      cluster.out().println(isDone ? "node " + node + ": " + sentence : "not done: " + sentence);
    }
    return isDone ? ExitCode.OK : ExitCode.PROBLEM;
  }
}
