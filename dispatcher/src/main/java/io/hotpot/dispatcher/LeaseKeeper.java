package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.OperatorAnswer.Renewal;
import io.hotpot.replication.Peer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a leader knows of the leases of the members, by its own boot clock (5.2 to 5.4). None of it
 * is in the log: a new leader knows nothing, and so waits for as long as any lease can last.
 *
 * <p>Confined to the loop; reads no clock.
 */
class LeaseKeeper {

  private final LeaseTimes times;
  private final long waitNs;
  private final Map<Peer, Long> notedNs = new HashMap<>();
  private final Set<Peer> excluding = new HashSet<>();
  private long leaderSinceNs;

  LeaseKeeper(LeaseTimes times) {
    this(times, times.waitNs());
  }

  /** With a wait of its own: tests show that a shorter one is not enough. */
  LeaseKeeper(LeaseTimes times, long waitNs) {
    this.times = times;
    this.waitNs = waitNs;
  }

  /** Leadership begins: every entry of earlier terms is applied. */
  void lead(long nowNs) {
    leaderSinceNs = nowNs;
    notedNs.clear();
    excluding.clear();
  }

  /**
   * Notes that a lease was renewed, after leadership was confirmed.
   *
   * @param receiptNs when the request arrived, which was before the confirmation began
   * @return false if it may not be answered: the member is being evicted or excluded
   */
  boolean renew(Node node, long receiptNs) {
    if (node.status() != NodeStatus.MEMBER || excluding.contains(node.peer())) {
      return false;
    }
    notedNs.merge(node.peer(), receiptNs, Math::max);
    return true;
  }

  /** Exclusion was decided: from now on there is no renewal (5.3). */
  void excluding(Collection<Peer> peers) {
    excluding.addAll(peers);
  }

  /** The decision did not become an entry. */
  void notExcluded(Collection<Peer> peers) {
    excluding.removeAll(peers);
  }

  /** When each member has last renewed its lease, as far as this leader knows. */
  List<Renewal> renewals(long nowNs) {
    return notedNs.entrySet().stream()
        .map(e -> new Renewal(e.getKey().nodeId(), e.getKey().incarnation(), nowNs - e.getValue()))
        .sorted(Comparator.comparingInt(Renewal::node))
        .toList();
  }

  /** Forgets who is no member any more. */
  void keepOnly(Collection<Peer> present) {
    Set<Peer> kept = new HashSet<>(present);
    notedNs.keySet().retainAll(kept);
    excluding.retainAll(kept);
  }

  /**
   * Who is to be excluded now, all in one entry. Waits for those whose leases end within L/4 of the
   * first one: after the loss of power to several, the last one excluded must not be the only one
   * that counts (5.4).
   *
   * @param members all that are not excluded, in the order in which they are to be named
   */
  List<Peer> due(long nowNs, Collection<Node> members) {
    List<Peer> over = new ArrayList<>();
    long firstEndNs = Long.MAX_VALUE;
    for (Node node : members) {
      long endNs = endNs(node.peer());
      if (endNs <= nowNs && !excluding.contains(node.peer())) {
        over.add(node.peer());
        firstEndNs = Math.min(firstEndNs, endNs);
      }
    }
    return isAnotherAboutToEnd(nowNs, firstEndNs, members) ? List.of() : over;
  }

  private boolean isAnotherAboutToEnd(long nowNs, long firstEndNs, Collection<Node> members) {
    if (firstEndNs == Long.MAX_VALUE || nowNs - firstEndNs >= times.togetherNs()) {
      return false;
    }
    for (Node node : members) {
      long endNs = endNs(node.peer());
      if (!excluding.contains(node.peer())
          && endNs > nowNs
          && endNs - firstEndNs <= times.togetherNs()) {
        return true;
      }
    }
    return false;
  }

  /** By this leader's clock, and however that of the member goes, its lease is over then. */
  private long endNs(Peer peer) {
    return Math.max(leaderSinceNs, notedNs.getOrDefault(peer, leaderSinceNs)) + waitNs;
  }
}
