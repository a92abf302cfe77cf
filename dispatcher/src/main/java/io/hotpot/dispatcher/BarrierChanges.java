package io.hotpot.dispatcher;

import io.hotpot.dispatcher.ClusterState.Arrival;
import io.hotpot.dispatcher.ClusterState.Barrier;
import io.hotpot.replication.Peer;
import java.util.ArrayList;
import java.util.List;

/** Barriers: who has arrived, and who was let go. */
final class BarrierChanges {

  private BarrierChanges() {}

  static Result arrive(Draft draft, Command.Arrive arrive) {
    int parties = arrive.parties();
    Refusal.unless(
        parties >= 1 && parties <= ClusterState.MAX_PARTIES,
        "parties: %d is not between 1 and %d".formatted(parties, ClusterState.MAX_PARTIES));
    Refusal.unless(
        arrive.barrier().length() <= ClusterState.MAX_NAME_BYTES / 3,
        "barrier: the name has " + arrive.barrier().length() + " characters");
    Refusal.unless(draft.isPresent(arrive.node()), arrive.node() + " is no member");
    Barrier barrier =
        draft.barriers.getOrDefault(arrive.barrier(), new Barrier(parties, List.of(), List.of()));
    Arrival arrival =
        new Arrival(arrive.node().nodeId(), arrive.node().incarnation(), arrive.request());
    if (barrier.arrived().contains(arrival) || barrier.released().contains(arrival)) {
      return new Result.Accepted(0, 0);
    }
    Refusal.unless(
        barrier.arrived().isEmpty() || barrier.parties() == parties,
        "parties: barrier %s waits for %d, not %d"
            .formatted(arrive.barrier(), barrier.parties(), parties));
    makeRoom(draft, arrive.barrier());
    List<Arrival> arrived = new ArrayList<>(barrier.arrived());
    arrived.add(arrival);
    draft.barriers.put(
        arrive.barrier(),
        arrived.size() == parties
            ? new Barrier(parties, List.of(), released(barrier.released(), arrived))
            : new Barrier(parties, List.copyOf(arrived), barrier.released()));
    return new Result.Accepted(0, 0);
  }

  private static List<Arrival> released(List<Arrival> earlier, List<Arrival> now) {
    List<Arrival> all = new ArrayList<>(earlier);
    all.addAll(now);
    return List.copyOf(
        all.subList(Math.max(0, all.size() - ClusterState.MAX_RELEASED), all.size()));
  }

  static Result withdraw(Draft draft, Command.Withdraw withdraw) {
    Arrival arrival =
        new Arrival(withdraw.node().nodeId(), withdraw.node().incarnation(), withdraw.request());
    Barrier barrier = draft.barriers.get(withdraw.barrier());
    if (barrier == null || !barrier.arrived().contains(arrival)) {
      boolean wasLetGo = barrier != null && barrier.released().contains(arrival);
      return new Result.Accepted(wasLetGo ? 1 : 0, 0);
    }
    List<Arrival> left = new ArrayList<>(barrier.arrived());
    left.remove(arrival);
    if (left.isEmpty() && barrier.released().isEmpty()) {
      draft.barriers.remove(withdraw.barrier());
    } else {
      draft.barriers.put(
          withdraw.barrier(),
          new Barrier(barrier.parties(), List.copyOf(left), barrier.released()));
    }
    return new Result.Accepted(0, 0);
  }

  private static void makeRoom(Draft draft, String name) {
    if (draft.barriers.size() >= ClusterState.MAX_BARRIERS && !draft.barriers.containsKey(name)) {
      draft.barriers.values().removeIf(barrier -> barrier.arrived().isEmpty());
      Refusal.unless(
          draft.barriers.size() < ClusterState.MAX_BARRIERS,
          "barrier: " + ClusterState.MAX_BARRIERS + " are being waited at, and more are not kept");
    }
  }

  /** An arrival ends with the incarnation that made it. */
  static void membersLeft(Draft draft) {
    draft.barriers.replaceAll(
        (name, barrier) ->
            new Barrier(
                barrier.parties(),
                present(draft, barrier.arrived()),
                present(draft, barrier.released())));
    draft.barriers.values().removeIf(b -> b.arrived().isEmpty() && b.released().isEmpty());
  }

  private static List<Arrival> present(Draft draft, List<Arrival> arrivals) {
    return arrivals.stream()
        .filter(each -> draft.isPresent(new Peer(each.node(), each.incarnation())))
        .toList();
  }
}
