package io.hotpot.dispatcher;

import io.hotpot.dispatcher.ClusterState.Arrival;
import io.hotpot.dispatcher.ClusterState.Barrier;
import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.Peer;
import java.util.ArrayList;
import java.util.List;

/**
 * Those that wait at a barrier for an answer of this leader. Who has arrived is in the state; here
 * is only where the answer goes. One whose leader was lost asks the next one with the same request.
 *
 * <p>Confined to the loop.
 */
final class Barriers {

  /** Where an answer goes. */
  interface Answers {
    void answer(Peer peer, long session, MembershipMessage message);
  }

  private record Waiting(Peer peer, long session, String name, Arrival arrival) {}

  private final Answers answers;
  private final List<Waiting> waiting = new ArrayList<>();

  Barriers(Answers answers) {
    this.answers = answers;
  }

  void lead() {
    waiting.clear();
  }

  /** The arrival is in the state: the answer comes with the last one. */
  void arrived(
      Peer peer, long session, MembershipMessage.ArriveAtBarrier request, ClusterState state) {
    Arrival arrival = new Arrival(peer.nodeId(), peer.incarnation(), request.request());
    waiting.removeIf(each -> each.arrival().equals(arrival));
    waiting.add(new Waiting(peer, session, request.name(), arrival));
    letGo(state);
  }

  /** It waits no longer. */
  void withdrawn(Peer peer, long request) {
    Arrival arrival = new Arrival(peer.nodeId(), peer.incarnation(), request);
    waiting.removeIf(each -> each.arrival().equals(arrival));
  }

  /** Answers those whose round is complete. */
  void letGo(ClusterState state) {
    List<Waiting> free = new ArrayList<>();
    for (Waiting each : waiting) {
      Barrier barrier = state.barriers().get(each.name());
      if (barrier != null && barrier.released().contains(each.arrival())) {
        free.add(each);
      }
    }
    waiting.removeAll(free);
    for (Waiting each : free) {
      answers.answer(
          each.peer(),
          each.session(),
          new MembershipMessage.Done(each.arrival().request(), 0, state.configuration().version()));
    }
  }

  void sessionEnded(Peer peer, long session) {
    waiting.removeIf(each -> each.peer().equals(peer) && each.session() == session);
  }
}
