package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.OperatorAnswer;
import io.hotpot.replication.OperatorAnswer.CountersAre;
import io.hotpot.replication.OperatorAnswer.NotDone;
import io.hotpot.replication.OperatorQuestion.AskCounters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Asks all nodes of a cluster for their counters. */
final class ClusterCounterReader {

  private ClusterCounterReader() {}

  static CounterReading read(ClusterVisit visit) {
    Map<String, Map<String, Long>> byName = new LinkedHashMap<>();
    List<String> away = new ArrayList<>();
    for (int id : members(visit.configuration())) {
      OperatorAnswer answer = visit.ask(request -> new AskCounters(request, id));
      switch (answer) {
        case CountersAre(long _, var counts) -> {
          Map<String, Long> counters = new LinkedHashMap<>();
          counts.forEach(count -> counters.put(count.name(), count.value()));
          byName.put("node " + id, counters);
        }
        case NotDone(long _, String reason) -> away.add(reason);
        default -> throw new IllegalStateException("not about counters: " + answer);
      }
    }
    return CounterReading.of(byName, away);
  }

  /** Ids of all members, in order. */
  static List<Integer> members(Configuration cluster) {
    return new TreeMap<>(cluster.nodes())
        .values().stream()
            .filter(node -> node.status() != NodeStatus.EXCLUDED)
            .map(Configuration.Node::id)
            .toList();
  }
}
