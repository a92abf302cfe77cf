package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hotpot cluster}: who is in a cluster, and who owns and holds what. */
@Command(
    name = "cluster",
    description = {
      "Show a cluster: nodes with their leases, datasets, partitions with their owners and copies.",
      "What is decided the dispatcher says; how far copies are behind, the owners. Nobody takes part by"
          + " asking, and nothing changes by the question."
    },
    footer = {
      "",
      "'behind' is what an owner has appended and a copy has not acknowledged; 'unsettled', what not"
          + " all of them have that must.",
      "",
      "Examples:",
      "  hotpot cluster --dispatcher hotpot://127.0.0.1",
      "  hotpot cluster --dispatcher hotpot://127.0.0.1 --json | jq '.partitions[].owner'"
    })
final class ClusterCommand implements Callable<Integer> {

  @Mixin ClusterArgument cluster;

  @Option(
      names = "--all",
      description = "nodes that are gone, and datasets and partitions that were dropped, too")
  boolean all;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ClusterCommand() {}

  @Override
  public Integer call() {
    try (ClusterVisit visit = cluster.visit()) {
      ClusterView view = ClusterView.of(visit);
      Configuration decided = view.decided();
      ClusterReport report =
          new ClusterReport(view, nodes(decided), datasets(decided), partitions(decided));
      if (cluster.json) {
        cluster.out().println(Json.of(report.toMap()));
      } else {
        report.print(cluster.out());
      }
      return ExitCode.OK;
    }
  }

  private List<Node> nodes(Configuration decided) {
    return new TreeMap<>(decided.nodes())
        .values().stream().filter(node -> all || node.status() != NodeStatus.EXCLUDED).toList();
  }

  private List<DatasetInfo> datasets(Configuration decided) {
    return new TreeMap<>(decided.datasets())
        .values().stream().filter(dataset -> all || !dataset.dropped()).toList();
  }

  private List<PartitionInfo> partitions(Configuration decided) {
    return new TreeMap<>(decided.partitions())
        .values().stream()
            .filter(partition -> all || partition.status() != PartitionStatus.DROPPED)
            .toList();
  }
}
