package io.hotpot.dispatcher;

import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.MembershipMessage.ArriveAtBarrier;
import io.hotpot.replication.MembershipMessage.Done;
import io.hotpot.replication.MembershipMessage.LeaveBarrier;
import io.hotpot.replication.MembershipMessage.Refused;
import io.hotpot.replication.NodeContext;
import io.hotpot.replication.Peer;
import io.hotpot.store.HotpotException;
import io.hotpot.store.MisuseException;
import io.hotpot.store.NotAMember;
import java.util.ArrayList;
import java.util.List;

/**
 * Threads of this node that wait at named barriers of the cluster. Who has arrived the dispatcher
 * knows; an arrival that is given up is taken back there, so that it counts for nobody.
 *
 * <p>Thread-safety: {@link #await} from any thread but the loop's; all else on the loop.
 */
final class ClusterBarriers {

  /** How long the dispatcher may take to answer that an arrival is taken back. */
  private static final long PATIENCE_NS = ClusterElsewhere.PATIENCE_NS;

  /** A thread that waits. */
  private static final class Place {
    final String name;
    final Peer self;
    final Calls.Call<Boolean> call;

    /** Of the arrival. */
    long request;

    Place(String name, Peer self, Calls.Call<Boolean> call) {
      this.name = name;
      this.self = self;
      this.call = call;
    }
  }

  private final NodeContext context;
  private final Calls calls;
  private final List<Place> open = new ArrayList<>();

  ClusterBarriers(NodeContext context, Calls calls) {
    this.context = context;
    this.calls = calls;
    context.whenChanged(this::lookAgain);
  }

  /**
   * Waits until so many have arrived.
   *
   * @return false: the time was over first, and the arrival is taken back
   */
  boolean await(String name, int parties, long limitNs) throws InterruptedException {
    return calls.callInterruptibly(
        call -> arrive(name, parties, call), limitNs, this::withdraw);
  }

  private void arrive(String name, int parties, Calls.Call<Boolean> call) {
    Peer self = context.self();
    if (self.equals(Peer.STRANGER)) {
      call.fail(new NotAMember("this node is no member of the cluster"));
      return;
    }
    Place place = new Place(name, self, call);
    open.add(place);
    context.ask(
        request -> {
          place.request = request;
          return new ArriveAtBarrier(request, name, parties);
        },
        answer -> answered(place, answer, true));
  }

  private void answered(Place place, MembershipMessage answer, boolean isLetGo) {
    open.remove(place);
    switch (answer) {
      case Done done -> place.call.complete(isLetGo || done.id() == 1);
      case Refused refused ->
          place.call.fail(new MisuseException("the dispatcher refused: " + refused.reason()));
      default -> throw new IllegalArgumentException("no answer about a barrier: " + answer);
    }
  }

  private void withdraw(Calls.Call<Boolean> call) {
    for (Place place : List.copyOf(open)) {
      if (place.call == call) {
        context.forget(place.request);
        context.ask(
            request -> new LeaveBarrier(request, place.name, place.request),
            answer -> answered(place, answer, false));
        context
            .loop()
            .after(
                PATIENCE_NS,
                () -> fail(place, new NotAMember(notKnown(place, "no dispatcher has answered"))));
      }
    }
  }

  private static String notKnown(Place place, String why) {
    return why + "; whether barrier '" + place.name + "' was passed is not known";
  }

  private void fail(Place place, HotpotException reason) {
    if (open.remove(place)) {
      place.call.fail(reason);
    }
  }

  /** What an incarnation has arrived at ends with it. */
  private void lookAgain() {
    for (Place place : List.copyOf(open)) {
      if (!place.self.equals(context.self())) {
        context.forget(place.request);
        fail(place, new NotAMember(notKnown(place, "the node lost its membership")));
      }
    }
  }
}
