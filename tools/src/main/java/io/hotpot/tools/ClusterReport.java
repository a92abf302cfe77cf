package io.hotpot.tools;

import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Fabric.Carriage;
import io.hotpot.replication.OperatorAnswer.Follower;
import io.hotpot.replication.OperatorAnswer.Renewal;
import io.hotpot.replication.OperatorAnswer.SessionWith;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** What {@code hotpot cluster} prints of a cluster, for people and for programs. */
record ClusterReport(
    ClusterView view,
    List<Node> nodes,
    List<DatasetInfo> datasets,
    List<PartitionInfo> partitions) {

  private static final String NOT_KNOWN = "?";

  /** Sessions of one node that are carried alike, for the same reason. */
  private record Alike(Carriage carriage, String reason) {}

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  // ---- for people

  void print(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "cluster %016x, configuration %d%n",
        view.decided().clusterId(),
        view.decided().version());
    printNodes(out);
    printDatasets(out);
    printPartitions(out);
    printSessions(out);
    view.away().forEach(sentence -> out.println("away: " + sentence));
  }

  private void printNodes(PrintWriter out) {
    Table table =
        new Table(
            "node", ">incarnation", "address", "status", ">capacity", ">owns", ">holds", "lease");
    for (Node node : nodes) {
      Renewal renewal = view.renewals().get(node.id());
      table.row(
          node.id(),
          node.incarnation(),
          node.address(),
          lower(node.status()),
          node.capacityBytes() == 0 ? "no heap" : (node.capacityBytes() >> 20) + " MB",
          HandOver.owned(view.decided(), node.id()),
          text(view.held(node.id())),
          renewal == null || renewal.incarnation() != node.incarnation()
              ? "-"
              : String.format(Locale.ROOT, "renewed %.1f s ago", renewal.agoNs() / 1e9));
    }
    table.print(out);
  }

  private void printDatasets(PrintWriter out) {
    Table table = new Table("dataset", ">degree", ">minimum", "mode", "home partition");
    for (DatasetInfo dataset : datasets) {
      table.row(
          dataset.name(),
          dataset.degree(),
          dataset.minimum(),
          dataset.mode(),
          dataset.home() == 0 ? "none yet" : dataset.home());
    }
    table.print(out);
  }

  private void printPartitions(PrintWriter out) {
    Table table =
        new Table(
            ">partition",
            "dataset",
            ">owner",
            ">epoch",
            "in sync",
            "learners",
            "status",
            ">unsettled",
            "behind");
    for (PartitionInfo partition : partitions) {
      table.row(
          partition.id(),
          HandOver.dataset(view.decided(), partition),
          partition.owner() == 0 ? "none" : partition.owner(),
          partition.epoch(),
          list(partition.inSync()),
          list(partition.learners()),
          status(partition),
          text(view.unsettled(partition)),
          behind(partition));
    }
    table.print(out);
  }

  /** What the dispatcher says; and the owner, where it is not ready to serve. */
  private String status(PartitionInfo partition) {
    String decided = lower(partition.status());
    return view.role(partition)
        .filter(role -> !role.equals("OWNER"))
        .map(role -> decided + ", " + role.toLowerCase(Locale.ROOT).replace('_', ' '))
        .orElse(decided);
  }

  private static String text(OptionalLong number) {
    return number.isPresent() ? String.format(Locale.ROOT, "%,d", number.getAsLong()) : NOT_KNOWN;
  }

  private static String list(List<Integer> nodes) {
    return nodes.isEmpty()
        ? "-"
        : nodes.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private String behind(PartitionInfo partition) {
    if (view.unsettled(partition).isEmpty()) {
      return NOT_KNOWN;
    }
    String behind =
        view.followers(partition).stream()
            .filter(follower -> follower.lagBytes() > 0 || !follower.inStep())
            .map(ClusterReport::behind)
            .collect(Collectors.joining("; "));
    return behind.isEmpty() ? "none" : behind;
  }

  private static String behind(Follower follower) {
    return String.format(
        Locale.ROOT,
        "node %d by %,d bytes%s",
        follower.node(),
        follower.lagBytes(),
        follower.inStep() ? "" : ", not in step");
  }

  /** What carries the sessions between the nodes; one row for those of a node that are alike. */
  private void printSessions(PrintWriter out) {
    Table table = new Table(">node", "speaks with", "by", "because");
    for (Node node : nodes) {
      Map<Alike, List<Integer>> others = new LinkedHashMap<>();
      for (SessionWith session : view.sessions().getOrDefault(node.id(), List.of())) {
        others
            .computeIfAbsent(
                new Alike(session.carriage(), session.reason()), alike -> new ArrayList<>())
            .add(session.node());
      }
      others.forEach(
          (alike, with) ->
              table.row(
                  node.id(),
                  list(with),
                  alike.carriage(),
                  alike.reason().isEmpty() ? "both ends have it" : alike.reason()));
    }
    table.print(out);
  }

  // ---- for programs

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("cluster", String.format(Locale.ROOT, "%016x", view.decided().clusterId()));
    map.put("version", view.decided().version());
    map.put("nodes", nodes.stream().map(this::node).toList());
    map.put("datasets", datasets.stream().map(ClusterReport::dataset).toList());
    map.put("partitions", partitions.stream().map(this::partition).toList());
    map.put("away", view.away());
    return map;
  }

  private Map<String, Object> node(Node node) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("id", node.id());
    row.put("incarnation", node.incarnation());
    row.put("address", node.address().toString());
    row.put("status", lower(node.status()));
    row.put("capacityBytes", node.capacityBytes());
    row.put("owns", HandOver.owned(view.decided(), node.id()));
    view.held(node.id()).ifPresent(held -> row.put("holds", held));
    Renewal renewal = view.renewals().get(node.id());
    if (renewal != null && renewal.incarnation() == node.incarnation()) {
      row.put("leaseRenewedMsAgo", renewal.agoNs() / 1_000_000);
    }
    row.put(
        "sessions",
        view.sessions().getOrDefault(node.id(), List.of()).stream()
            .map(ClusterReport::session)
            .toList());
    return row;
  }

  private static Map<String, Object> session(SessionWith session) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("node", session.node());
    row.put("by", lower(session.carriage()));
    row.put("reason", session.reason());
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

  private Map<String, Object> partition(PartitionInfo partition) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("id", partition.id());
    row.put("dataset", HandOver.dataset(view.decided(), partition));
    row.put("owner", partition.owner());
    row.put("inSync", partition.inSync());
    row.put("learners", partition.learners());
    row.put("epoch", partition.epoch());
    row.put("revision", partition.revision());
    row.put("status", lower(partition.status()));
    view.role(partition).ifPresent(role -> row.put("ownerIs", role));
    view.unsettled(partition).ifPresent(bytes -> row.put("unsettledBytes", bytes));
    row.put("copies", view.followers(partition).stream().map(ClusterReport::follower).toList());
    return row;
  }

  private static Map<String, Object> follower(Follower follower) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("node", follower.node());
    row.put("inStep", follower.inStep());
    row.put("lagBytes", follower.lagBytes());
    return row;
  }
}
