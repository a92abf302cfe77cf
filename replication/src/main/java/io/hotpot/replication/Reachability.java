package io.hotpot.replication;

import io.hotpot.replication.Configuration.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Since when there is no session with a member (PROTOCOL 5.6). Nobody concludes from it that the
 * member is dead: it is told to the dispatcher.
 *
 * <p>Confined to the loop; reads no clock.
 */
final class Reachability {

  private final Map<Integer, Long> awaySinceNs = new TreeMap<>();
  private final Map<Integer, Long> sessions = new TreeMap<>();

  void sessionBegan(int nodeId, long session) {
    sessions.put(nodeId, session);
    awaySinceNs.remove(nodeId);
  }

  void sessionEnded(int nodeId, long session, long nowNs) {
    if (sessions.remove(nodeId, session)) {
      awaySinceNs.put(nodeId, nowNs);
    }
  }

  /** The session with a node; 0: none. */
  long session(int nodeId) {
    return sessions.getOrDefault(nodeId, 0L);
  }

  void configured(Configuration configuration, int self, long nowNs) {
    awaySinceNs.keySet().removeIf(id -> !Members.isPresent(configuration, id));
    for (Node node : Members.present(configuration)) {
      if (node.id() != self && !sessions.containsKey(node.id())) {
        awaySinceNs.putIfAbsent(node.id(), nowNs);
      }
    }
  }

  /** Members without a session for so long. */
  List<Integer> awayFor(long ns, long nowNs) {
    List<Integer> away = new ArrayList<>();
    awaySinceNs.forEach(
        (id, since) -> {
          if (nowNs - since >= ns) {
            away.add(id);
          }
        });
    return away;
  }

  void clear() {
    awaySinceNs.clear();
    sessions.clear();
  }
}
