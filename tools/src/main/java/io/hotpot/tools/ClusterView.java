package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.OperatorAnswer.Follower;
import io.hotpot.replication.OperatorAnswer.Holding;
import io.hotpot.replication.OperatorAnswer.HoldingsAre;
import io.hotpot.replication.OperatorAnswer.LeasesAre;
import io.hotpot.replication.OperatorAnswer.NotDone;
import io.hotpot.replication.OperatorAnswer.Renewal;
import io.hotpot.replication.OperatorAnswer.SessionWith;
import io.hotpot.replication.OperatorQuestion.AskHoldings;
import io.hotpot.replication.OperatorQuestion.AskLeases;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A cluster as its dispatcher has decided it, and as its nodes say that they are; asked one after
 * the other, so it is of no one moment.
 *
 * @param renewals by node: when its lease was renewed last
 * @param holdings by node: what it is for each partition
 * @param sessions by node: with which others it speaks, and by what
 * @param away a sentence for each member that did not say
 */
record ClusterView(
    Configuration decided,
    Map<Integer, Renewal> renewals,
    Map<Integer, List<Holding>> holdings,
    Map<Integer, List<SessionWith>> sessions,
    List<String> away) {

  static ClusterView of(ClusterVisit visit) {
    Configuration decided = visit.configuration();
    Map<Integer, Renewal> renewals = new HashMap<>();
    if (visit.ask(AskLeases::new) instanceof LeasesAre leases) {
      leases.renewals().forEach(renewal -> renewals.put(renewal.node(), renewal));
    }
    Map<Integer, List<Holding>> holdings = new HashMap<>();
    Map<Integer, List<SessionWith>> sessions = new HashMap<>();
    List<String> away = new ArrayList<>();
    for (int id : ClusterCounterReader.members(decided)) {
      switch (visit.ask(request -> new AskHoldings(request, id))) {
        case HoldingsAre(long _, var held, var spoken) -> {
          holdings.put(id, held);
          sessions.put(id, spoken);
        }
        case NotDone(long _, String reason) -> away.add(reason);
        default -> throw new IllegalStateException("what node " + id + " holds is not known");
      }
    }
    return new ClusterView(decided, renewals, holdings, sessions, away);
  }

  /** What a partition's owner says of it; empty while it is away, or is not the owner yet. */
  private Optional<Holding> owners(PartitionInfo partition) {
    return holdings.getOrDefault(partition.owner(), List.of()).stream()
        .filter(held -> held.partition() == partition.id() && held.epoch() == partition.epoch())
        .findFirst();
  }

  /** The owner's word for what it is; empty where nobody says it. */
  Optional<String> role(PartitionInfo partition) {
    return owners(partition).map(held -> held.role().name());
  }

  /** Bytes of a partition's log that are not yet where they must be. */
  OptionalLong unsettled(PartitionInfo partition) {
    Optional<Holding> held = owners(partition);
    return held.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(Math.max(0, held.get().tail() - held.get().settledTo()));
  }

  /** How far the others have come with a partition's log. */
  List<Follower> followers(PartitionInfo partition) {
    return owners(partition).map(Holding::followers).orElse(List.of());
  }

  /** How many partitions a node holds a copy of, the owned ones among them; empty: not known. */
  OptionalLong held(int node) {
    List<Holding> all = holdings.get(node);
    return all == null
        ? OptionalLong.empty()
        : OptionalLong.of(all.stream().filter(held -> held.tail() != 0).count());
  }
}
