package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.OperatorAnswer;
import io.hotpot.replication.OperatorAnswer.CheckIs;
import io.hotpot.replication.OperatorAnswer.Checked;
import io.hotpot.replication.OperatorAnswer.DamageFound;
import io.hotpot.replication.OperatorAnswer.NotDone;
import io.hotpot.replication.OperatorQuestion.AskCheck;
import io.hotpot.replication.OperatorQuestion.BeginCheck;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Lets nodes of a running cluster check all that they hold, each at the same time as the others,
 * and waits for them. A node goes on with its check when nobody waits any more.
 */
final class ClusterCheck {

  private static final long LOOK_MS = 200;

  /** How often in a row a node may not answer before it counts as away. */
  private static final int PATIENCE = 3;

  private final ClusterVisit visit;
  private final Configuration cluster;

  /** The last that each node has said. */
  private final Map<Integer, CheckIs> said = new TreeMap<>();

  /** Why nothing, or not all, is known of a node. */
  private final Map<Integer, String> away = new TreeMap<>();

  private final Map<Integer, Integer> silences = new TreeMap<>();

  ClusterCheck(ClusterVisit visit) {
    this.visit = visit;
    this.cluster = visit.configuration();
  }

  /**
   * Checks one node, or all.
   *
   * @param only the node; 0: all
   * @throws Failure if there is no such node, or it is interrupted
   */
  void run(int only, ProgressLine line, Interruption interruption) throws InterruptedException {
    if (only != 0) {
      HandOver.checkMember(cluster, only);
    }
    List<Integer> nodes = only == 0 ? ClusterCounterReader.members(cluster) : List.of(only);
    if (nodes.isEmpty()) {
      throw new Failure(
          ExitCode.PROBLEM, "the cluster has no members: nothing was checked; start its nodes");
    }
    for (int node : nodes) {
      heard(node, visit.ask(request -> new BeginCheck(request, node)));
    }
    while (nodes.stream().anyMatch(this::isUnderWay)) {
      line.report(
          said.values().stream().mapToLong(CheckIs::done).sum(),
          said.values().stream().mapToLong(CheckIs::total).sum());
      interruption.check("the nodes go on with what they have begun");
      Thread.sleep(LOOK_MS);
      for (int node : nodes) {
        if (isUnderWay(node)) {
          heard(node, visit.ask(request -> new AskCheck(request, node)));
        }
      }
    }
  }

  private boolean isUnderWay(int node) {
    CheckIs last = said.get(node);
    return !away.containsKey(node) && last != null && !last.isOver();
  }

  private void heard(int node, OperatorAnswer answer) {
    CheckIs before = said.get(node);
    switch (answer) {
      case CheckIs now when before != null && before.check() != now.check() ->
          away.put(node, "node " + node + " has begun anew meanwhile");
      case CheckIs now -> {
        said.put(node, now);
        silences.remove(node);
        if (now.isOver() && !now.failure().isEmpty()) {
          away.put(node, "node " + node + " has not looked at all: " + now.failure());
        }
      }
      case NotDone(long _, String reason) -> {
        if (before == null || silences.merge(node, 1, Integer::sum) >= PATIENCE) {
          away.put(node, reason);
        }
      }
      default -> throw new IllegalStateException("not about a check: " + answer);
    }
  }

  // ---- what was found

  /** Whether everything was looked at, and nothing is damaged that nobody has sound bytes of. */
  boolean isSound() {
    return away.isEmpty() && said.values().stream().allMatch(check -> check.lasting() == 0);
  }

  private String name(int partition) {
    if (partition == 0) {
      return "the node's catalog";
    }
    PartitionInfo info = cluster.partitions().get(partition);
    return "partition "
        + partition
        + (info == null ? "" : " of '" + HandOver.dataset(cluster, info) + "'");
  }

  /** A line for each damaged place, for each node that is away, and the sum. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    said.forEach(
        (node, check) -> {
          check.damages().forEach(damage -> lines.add(line(node, damage)));
          long untold = check.healed() + check.lasting() - check.damages().size();
          if (untold > 0) {
            lines.add(String.format(Locale.ROOT, "node %d: %,d damaged places more", node, untold));
          }
        });
    away.values().forEach(reason -> lines.add("not checked: " + reason));
    said.forEach(
        (node, check) ->
            lines.add(
                String.format(
                    Locale.ROOT,
                    "node %d: %s, %,d bytes%s",
                    node,
                    partitions(check),
                    check.partitions().stream().mapToLong(Checked::soundBytes).sum(),
                    verdict(check))));
    return lines;
  }

  private static String partitions(CheckIs check) {
    long copies = check.partitions().stream().filter(each -> each.partition() != 0).count();
    return copies == 1 ? "1 partition" : String.format(Locale.ROOT, "%,d partitions", copies);
  }

  private static String verdict(CheckIs check) {
    if (!check.isOver() || !check.failure().isEmpty()) {
      return " are sound so far; not all was looked at";
    }
    if (check.healed() + check.lasting() == 0) {
      return " sound: every checksum holds";
    }
    return String.format(
        Locale.ROOT, " sound; %,d places healed, %,d damaged", check.healed(), check.lasting());
  }

  private String line(int node, DamageFound damage) {
    return String.format(
        Locale.ROOT,
        "%s: node %d, %s, chunk %d of its log, offset %d, %d bytes%s",
        damage.isHealed() ? "healed" : "damaged",
        node,
        name(damage.partition()),
        damage.sequence(),
        damage.offset(),
        damage.lengthBytes(),
        damage.isHealed()
            ? ": it has the bytes of another node now"
            : ": no other node has sound bytes of it");
  }

  Map<String, Object> toMap() {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("sound", isSound());
    report.put("nodes", said.entrySet().stream().map(e -> node(e.getKey(), e.getValue())).toList());
    report.put("notChecked", List.copyOf(away.values()));
    return report;
  }

  private Map<String, Object> node(int node, CheckIs check) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("node", node);
    map.put("complete", check.isOver() && check.failure().isEmpty());
    map.put("healed", check.healed());
    map.put("damaged", check.lasting());
    map.put(
        "partitions",
        check.partitions().stream()
            .map(
                each -> {
                  Map<String, Object> row = new LinkedHashMap<>();
                  row.put("partition", each.partition());
                  row.put("in", name(each.partition()));
                  row.put("soundBytes", each.soundBytes());
                  return row;
                })
            .toList());
    map.put("damages", check.damages().stream().map(this::damage).toList());
    return map;
  }

  private Map<String, Object> damage(DamageFound damage) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("partition", damage.partition());
    row.put("in", name(damage.partition()));
    row.put("chunk", damage.sequence());
    row.put("offset", damage.offset());
    row.put("lengthBytes", damage.lengthBytes());
    row.put("healed", damage.isHealed());
    return row;
  }
}
