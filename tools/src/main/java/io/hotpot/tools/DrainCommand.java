package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code hotpot drain}: a node gives what it owns to others. */
@Command(
    name = "drain",
    description = {
      "Let a node give all partitions that it owns to other nodes, one by one.",
      "Each goes to the node in step that owns least; nobody serves it for some milliseconds, and"
          + " commits wait so long. The node stays a member and keeps its copies; it may be ended then"
          + " without anybody waiting for its lease. A node that allocates gets a partition again."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot drain 3 --dispatcher hotpot://127.0.0.1",
      "  hotpot node --drain ...                does it by itself when it is ended"
    })
final class DrainCommand implements Callable<Integer> {

  @Parameters(index = "0", paramLabel = "<node>", description = "its id, as 'hotpot cluster' shows")
  int node;

  @Mixin ClusterArgument cluster;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  DrainCommand() {}

  @Override
  public Integer call() throws InterruptedException {
    try (ClusterVisit visit = cluster.visit()) {
      Drain.Result result = new Drain(visit, node, this::show).run();
      if (cluster.json) {
        cluster.out().println(Json.of(toMap(result)));
      } else {
        result.stays().values().forEach(reason -> cluster.out().println("stays: " + reason));
        cluster.out().println(summary(result));
      }
      return result.stays().isEmpty() ? ExitCode.OK : ExitCode.PROBLEM;
    }
  }

  private void show(HandOver done) {
    if (!cluster.json) {
      cluster.out().println(done);
      cluster.out().flush();
    }
  }

  private String summary(Drain.Result result) {
    return result.stays().isEmpty()
        ? "node " + node + " owns nothing" + (result.moved().isEmpty() ? "" : " any more")
        : "node " + node + " still owns " + result.stays().size() + " partitions";
  }

  private Map<String, Object> toMap(Drain.Result result) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("node", node);
    map.put("moved", result.moved().stream().map(HandOver::toMap).toList());
    map.put("stays", result.stays());
    return map;
  }
}
