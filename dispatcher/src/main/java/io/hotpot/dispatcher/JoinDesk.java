package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.MembershipMessage.Join;
import io.hotpot.replication.MembershipMessage.Joined;
import io.hotpot.replication.MembershipMessage.NotLeader;
import io.hotpot.replication.MembershipMessage.Refused;
import io.hotpot.replication.MembershipMessage.Setting;
import io.hotpot.replication.Peer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Nodes that want to join. One whose earlier incarnation is still a member waits until that is
 * excluded: a join does not prove that it is over, since it may have been under way for longer than
 * the present incarnation lives. One that was evicted waits until its pause is over. Both keep
 * their session meanwhile.
 *
 * <p>Confined to the loop.
 */
final class JoinDesk {

  /** A join is not tied to a request's number. */
  private static final long NO_REQUEST = 0;

  private record Waiting(Peer peer, long session, Join join) {}

  private final Consensus consensus;
  private final Evictions evictions;
  private final LeaseTimes times;
  private final LongSupplier freshIds;
  private final Barriers.Answers answers;
  private final LongSupplier nowNs;
  private final List<Waiting> waiting = new ArrayList<>();

  /** Proposed, and not yet decided. */
  private final List<Waiting> proposed = new ArrayList<>();

  JoinDesk(
      Consensus consensus,
      Evictions evictions,
      LeaseTimes times,
      LongSupplier freshIds,
      LongSupplier nowNs,
      Barriers.Answers answers) {
    this.consensus = consensus;
    this.evictions = evictions;
    this.times = times;
    this.freshIds = freshIds;
    this.nowNs = nowNs;
    this.answers = answers;
  }

  void received(Peer peer, long session, Join join) {
    String fault = fault(join);
    if (fault != null) {
      answers.answer(peer, session, new Refused(NO_REQUEST, fault));
      return;
    }
    sessionEnded(peer, session);
    waiting.add(new Waiting(peer, session, join));
    goOn();
  }

  private @Nullable String fault(Join join) {
    Map<String, String> settings = new HashMap<>();
    for (Setting setting : join.settings()) {
      settings.put(setting.name(), setting.value());
    }
    for (String name : AgreedSettings.REQUIRED.stream().sorted().toList()) {
      if (!settings.containsKey(name)) {
        return name + ": the node that wants to join names none";
      }
    }
    String lease = Long.toString(times.leaseNs());
    String asked = settings.get(AgreedSettings.LEASE_NS);
    return lease.equals(asked)
        ? null
        : AgreedSettings.LEASE_NS + ": the dispatcher has " + lease + ", the node " + asked;
  }

  /** Lets those in that need not wait any more. */
  void goOn() {
    for (Waiting each : List.copyOf(waiting)) {
      int id = each.join().nodeId();
      if (!isMember(id) && evictions.mayJoin(id, nowNs.getAsLong())) {
        waiting.remove(each);
        proposed.add(each);
        admit(each);
      }
    }
  }

  private void admit(Waiting each) {
    Join join = each.join();
    consensus.propose(
        new Command.Join(
            join.nodeId(),
            join.clusterId(),
            freshIds.getAsLong(),
            join.address(),
            join.capacityBytes(),
            join.settings(),
            join.held()),
        result -> {
          if (proposed.remove(each)) {
            decided(each, result);
          }
        });
  }

  private void decided(Waiting each, Result result) {
    switch (result) {
      case Result.Joined(int id, int incarnation, long clusterId) ->
          answer(each, new Joined(id, incarnation, clusterId));
      case Result.Refused(String reason) -> {
        if (isMember(each.join().nodeId())) {
          // An earlier attempt of the same node came first; that one waits for its end now.
          waiting.add(each);
        } else {
          answer(each, new Refused(NO_REQUEST, reason));
        }
      }
      case Result.Lost _ -> answer(each, new NotLeader(consensus.leader()));
      case Result.Accepted accepted -> throw new IllegalStateException("a join gave " + accepted);
    }
  }

  private void answer(Waiting each, MembershipMessage message) {
    answers.answer(each.peer(), each.session(), message);
  }

  private boolean isMember(int id) {
    Node node = consensus.state().configuration().nodes().get(id);
    return node != null && node.status() != NodeStatus.EXCLUDED;
  }

  void sessionEnded(Peer peer, long session) {
    waiting.removeIf(each -> each.peer().equals(peer) && each.session() == session);
    proposed.removeIf(each -> each.peer().equals(peer) && each.session() == session);
  }

  /** This member leads no more: the nodes ask another one. */
  void clear() {
    waiting.forEach(each -> answer(each, new NotLeader(consensus.leader())));
    waiting.clear();
  }
}
