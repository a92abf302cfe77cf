package io.hotpot.dispatcher;

import io.hotpot.dispatcher.ClusterState.Arrival;
import io.hotpot.dispatcher.ClusterState.Barrier;
import io.hotpot.replication.Peer;
import java.util.ArrayList;
import java.util.List;

/** Barriers: who has arrived, who was let go, and who gave up. */
final class BarrierChanges {

  private BarrierChanges() {}

  static Result arrive(Draft draft, Command.Arrive arrive) {
    int parties = arrive.parties();
    Refusal.unless(
        parties >= 1 && parties <= ClusterState.MAX_PARTIES,
        "parties: %d is not between 1 and %d".formatted(parties, ClusterState.MAX_PARTIES));
    Refusal.unless(
        isName(arrive.barrier()),
        "barrier: the name has " + arrive.barrier().length() + " characters");
    Refusal.unless(draft.isPresent(arrive.node()), arrive.node() + " is no member");
    Barrier barrier = draft.barriers.getOrDefault(arrive.barrier(), Barrier.empty(parties));
    Arrival arrival =
        new Arrival(arrive.node().nodeId(), arrive.node().incarnation(), arrive.request());
    if (barrier.arrived().contains(arrival) || barrier.released().contains(arrival)) {
      return new Result.Accepted(0, 0);
    }
    Refusal.unless(
        !barrier.withdrawn().contains(arrival), "barrier: " + arrival + " was given up before");
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
            ? new Barrier(
                parties, List.of(), last(barrier.released(), arrived), barrier.withdrawn())
            : new Barrier(parties, List.copyOf(arrived), barrier.released(), barrier.withdrawn()));
    return new Result.Accepted(0, 0);
  }

  /** Whether it is short enough to be written down. */
  static boolean isName(String name) {
    return name.length() <= ClusterState.MAX_NAME_BYTES / 3;
  }

  private static List<Arrival> last(List<Arrival> earlier, List<Arrival> now) {
    List<Arrival> all = new ArrayList<>(earlier);
    all.addAll(now);
    return List.copyOf(
        all.subList(Math.max(0, all.size() - ClusterState.MAX_REMEMBERED), all.size()));
  }

  /** Also of one that has not arrived: what said so may be late. */
  static Result withdraw(Draft draft, Command.Withdraw withdraw) {
    Refusal.unless(draft.isPresent(withdraw.node()), withdraw.node() + " is no member");
    Arrival arrival =
        new Arrival(withdraw.node().nodeId(), withdraw.node().incarnation(), withdraw.request());
    Barrier barrier = draft.barriers.getOrDefault(withdraw.barrier(), Barrier.empty(1));
    if (barrier.released().contains(arrival)) {
      return new Result.Accepted(1, 0);
    }
    if (!barrier.withdrawn().contains(arrival)) {
      makeRoom(draft, withdraw.barrier());
      List<Arrival> left = new ArrayList<>(barrier.arrived());
      left.remove(arrival);
      draft.barriers.put(
          withdraw.barrier(),
          new Barrier(
              barrier.parties(),
              List.copyOf(left),
              barrier.released(),
              last(barrier.withdrawn(), List.of(arrival))));
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
                present(draft, barrier.released()),
                present(draft, barrier.withdrawn())));
    draft
        .barriers
        .values()
        .removeIf(b -> b.arrived().isEmpty() && b.released().isEmpty() && b.withdrawn().isEmpty());
  }

  private static List<Arrival> present(Draft draft, List<Arrival> arrivals) {
    return arrivals.stream()
        .filter(each -> draft.isPresent(new Peer(each.node(), each.incarnation())))
        .toList();
  }
}
