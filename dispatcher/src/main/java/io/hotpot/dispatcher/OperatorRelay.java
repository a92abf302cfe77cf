package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Fabric;
import io.hotpot.replication.NodeLoop;
import io.hotpot.replication.OperatorAnswer;
import io.hotpot.replication.OperatorAnswer.LeasesAre;
import io.hotpot.replication.OperatorAnswer.NotDone;
import io.hotpot.replication.OperatorQuestion;
import io.hotpot.replication.OperatorQuestion.AskLeases;
import io.hotpot.replication.Peer;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Hands the questions of operators on to the nodes that they are for, and the answers back: an
 * operator's command has a session with the dispatcher only. One that a node does not answer in
 * time is answered here.
 *
 * <p>Confined to the loop.
 */
final class OperatorRelay {

  /** Longer than a migration takes, settling included. */
  static final long PATIENCE_NS = 3_000_000_000L;

  /** Questions that are under way; beyond, none is taken. */
  private static final int MOST = 1024;

  private record Open(Peer asker, long session, long request, int node) {}

  private final NodeLoop loop;
  private final Fabric fabric;
  private final Supplier<Configuration> configuration;
  private final LeaseKeeper leases;
  private final LeaseTimes times;
  private final Map<Long, Open> open = new TreeMap<>();
  private long lastNumber;

  OperatorRelay(
      NodeLoop loop,
      Fabric fabric,
      Supplier<Configuration> configuration,
      LeaseKeeper leases,
      LeaseTimes times) {
    this.loop = loop;
    this.fabric = fabric;
    this.configuration = configuration;
    this.leases = leases;
    this.times = times;
  }

  void asked(Peer asker, long session, OperatorQuestion question) {
    long request = question.request();
    if (question instanceof AskLeases) {
      fabric.answer(
          asker, session, new LeasesAre(request, times.leaseNs(), leases.renewals(loop.bootNs())));
      return;
    }
    int node = question.node();
    if (!isMember(node)) {
      refuse(asker, session, request, "there is no node " + node + " in the cluster; " + members());
    } else if (open.size() >= MOST) {
      refuse(asker, session, request, "the dispatcher has " + MOST + " questions under way");
    } else {
      handOn(new Open(asker, session, request, node), question);
    }
  }

  private boolean isMember(int id) {
    Node node = configuration.get().nodes().get(id);
    return node != null && node.status() != NodeStatus.EXCLUDED;
  }

  private String members() {
    String ids =
        new TreeMap<>(configuration.get().nodes())
            .keySet().stream()
                .filter(this::isMember)
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
    return ids.isEmpty() ? "it has none at the moment" : "it has " + ids;
  }

  private void handOn(Open each, OperatorQuestion question) {
    long number = ++lastNumber;
    if (!fabric.send(each.node(), question.numbered(number))) {
      refuse(
          each.asker(),
          each.session(),
          each.request(),
          "node " + each.node() + " is away: it has no connection with the dispatcher");
      return;
    }
    open.put(number, each);
    loop.after(PATIENCE_NS, () -> end(number, new NotDone(number, silence(each.node()))));
  }

  private static String silence(int node) {
    return "node " + node + " has not answered within " + PATIENCE_NS / 1_000_000_000 + " s";
  }

  void answered(Peer from, OperatorAnswer answer) {
    Open each = open.get(answer.request());
    if (each != null && each.node() == from.nodeId()) {
      end(answer.request(), answer);
    }
  }

  private void end(long number, OperatorAnswer answer) {
    Open each = open.remove(number);
    if (each != null) {
      fabric.answer(each.asker(), each.session(), answer.numbered(each.request()));
    }
  }

  private void refuse(Peer asker, long session, long request, String reason) {
    fabric.answer(asker, session, new NotDone(request, reason));
  }

  /** Nobody waits for the answers to its questions any more, or it gives none. */
  void sessionEnded(Peer peer, long session) {
    open.values().removeIf(each -> each.asker().equals(peer) && each.session() == session);
    for (Map.Entry<Long, Open> each : new TreeMap<>(open).entrySet()) {
      if (each.getValue().node() == peer.nodeId()) {
        end(
            each.getKey(),
            new NotDone(
                each.getKey(), "node " + peer.nodeId() + " went away before it had answered"));
      }
    }
  }
}
