package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.store.MisuseException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hotpot cluster}: who is in a cluster, and who owns and holds what. */
@Command(
    name = "cluster",
    description = {
      "Show a cluster as its dispatcher has decided it: nodes, datasets, partitions.",
      "Only asks the dispatcher: it takes no part, and nothing changes by the question."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot cluster --dispatcher hotpot://127.0.0.1",
      "  hotpot cluster --dispatcher hotpot://127.0.0.1 --json | jq '.partitions[].owner'"
    })
final class ClusterCommand implements Callable<Integer> {

  @Option(
      names = "--dispatcher",
      required = true,
      paramLabel = "<uri>",
      description = "hotpot://host:port, several members with commas between them")
  String dispatcher;

  @Option(
      names = "--all",
      description = "nodes that are gone, and datasets and partitions that were dropped, too")
  boolean all;

  @Option(names = "--json", description = "print JSON; an error is a JSON object on standard error")
  boolean json;

  @Mixin VisitorOptions visitor;

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ClusterCommand() {}

  @Override
  public Integer call() {
    Configuration cluster = ask();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.of(toMap(cluster)));
    } else {
      print(cluster, out);
    }
    return ExitCode.OK;
  }

  private Configuration ask() {
    try (ClusterVisit visit =
        ClusterVisit.open(dispatcher, visitor.from, visitor.security.security())) {
      return visit.configuration();
    } catch (MisuseException e) {
      throw new Failure(ExitCode.UNUSABLE, String.valueOf(e.getMessage()), e);
    }
  }

  private List<Node> nodes(Configuration cluster) {
    return new TreeMap<>(cluster.nodes())
        .values().stream().filter(node -> all || node.status() != NodeStatus.EXCLUDED).toList();
  }

  private List<DatasetInfo> datasets(Configuration cluster) {
    return new TreeMap<>(cluster.datasets())
        .values().stream().filter(dataset -> all || !dataset.dropped()).toList();
  }

  private List<PartitionInfo> partitions(Configuration cluster) {
    return new TreeMap<>(cluster.partitions())
        .values().stream()
            .filter(partition -> all || partition.status() != PartitionStatus.DROPPED)
            .toList();
  }

  private static String name(Configuration cluster, int dataset) {
    DatasetInfo info = cluster.datasets().get(dataset);
    return info == null ? "#" + dataset : info.name();
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  // ---- for people

  private void print(Configuration cluster, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "cluster %016x, configuration %d%n%n%-6s %-12s %-22s %-9s %12s%n",
        cluster.clusterId(),
        cluster.version(),
        "node",
        "incarnation",
        "address",
        "status",
        "capacity");
    for (Node node : nodes(cluster)) {
      out.printf(
          Locale.ROOT,
          "%-6d %-12d %-22s %-9s %9d MB%n",
          node.id(),
          node.incarnation(),
          node.address(),
          lower(node.status()),
          node.capacityBytes() >> 20);
    }
    out.printf(
        Locale.ROOT,
        "%n%-24s %6s %8s %5s  %s%n",
        "dataset",
        "degree",
        "minimum",
        "mode",
        "home partition");
    for (DatasetInfo dataset : datasets(cluster)) {
      out.printf(
          Locale.ROOT,
          "%-24s %6d %8d %5s  %s%n",
          dataset.name(),
          dataset.degree(),
          dataset.minimum(),
          dataset.mode(),
          dataset.home() == 0 ? "none yet" : dataset.home());
    }
    out.printf(
        Locale.ROOT,
        "%n%-9s %-16s %-7s %5s  %-10s %-10s %s%n",
        "partition",
        "dataset",
        "owner",
        "epoch",
        "in sync",
        "learners",
        "status");
    for (PartitionInfo partition : partitions(cluster)) {
      out.printf(
          Locale.ROOT,
          "%-9d %-16s %-7s %5d  %-10s %-10s %s%n",
          partition.id(),
          name(cluster, partition.dataset()),
          partition.owner() == 0 ? "none" : partition.owner(),
          partition.epoch(),
          list(partition.inSync()),
          list(partition.learners()),
          lower(partition.status()));
    }
  }

  private static String list(List<Integer> nodes) {
    return nodes.isEmpty()
        ? "-"
        : nodes.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  // ---- for programs

  private Map<String, Object> toMap(Configuration cluster) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("cluster", String.format(Locale.ROOT, "%016x", cluster.clusterId()));
    map.put("version", cluster.version());
    map.put("nodes", nodes(cluster).stream().map(ClusterCommand::node).toList());
    map.put("datasets", datasets(cluster).stream().map(ClusterCommand::dataset).toList());
    map.put(
        "partitions",
        partitions(cluster).stream()
            .map(partition -> partition(partition, name(cluster, partition.dataset())))
            .toList());
    return map;
  }

  private static Map<String, Object> node(Node node) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("id", node.id());
    row.put("incarnation", node.incarnation());
    row.put("address", node.address().toString());
    row.put("status", lower(node.status()));
    row.put("capacityBytes", node.capacityBytes());
    return row;
  }

  private static Map<String, Object> dataset(DatasetInfo dataset) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("id", dataset.id());
    row.put("name", dataset.name());
    row.put("degree", dataset.degree());
    row.put("minimum", dataset.minimum());
    row.put("mode", dataset.mode().toString());
    row.put("home", dataset.home());
    row.put("dropped", dataset.dropped());
    return row;
  }

  private static Map<String, Object> partition(PartitionInfo partition, String dataset) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("id", partition.id());
    row.put("dataset", dataset);
    row.put("owner", partition.owner());
    row.put("inSync", partition.inSync());
    row.put("learners", partition.learners());
    row.put("epoch", partition.epoch());
    row.put("revision", partition.revision());
    row.put("status", lower(partition.status()));
    return row;
  }
}
