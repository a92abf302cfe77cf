package io.hotpot.dispatcher;

import io.hotpot.replication.Owners.Route;
import io.hotpot.replication.SentWrites;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.replication.TransactionMessage.Decide;
import io.hotpot.replication.TransactionMessage.Decided;
import io.hotpot.replication.TransactionMessage.NotCommitted;
import io.hotpot.replication.TransactionMessage.Prepare;
import io.hotpot.replication.TransactionMessage.Yes;
import io.hotpot.store.NotAMember;
import io.hotpot.store.NotEnoughReplicas;
import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.Refusal.Reason;
import io.hotpot.store.spi.TransactionId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A transaction over several partitions, driven by its committer (PROTOCOL 8.2). Whatever becomes
 * of this object, the home partition decides: a participant that hears nothing asks there.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class TwoPhaseCommit implements Coordination {

  /** How far it has come. */
  enum State {
    /** Nothing was sent yet, or votes are missing. The home was not asked: it has not committed. */
    PREPARING,
    /** All have voted yes, and the home was asked to commit: only the home knows the outcome. */
    DECIDING,
    /** The outcome is known; the participants are told once, and ask the home if they miss it. */
    TELLING,
    /** Nothing is left to do here. */
    DONE
  }

  private final CommitDispatcher desk;
  private final Attempt attempt;
  private final TransactionId id;
  private final int home;
  private final long stamp;

  /** How many stamps were too low before this one. */
  private final int tooLow;

  private State state = State.PREPARING;

  /** Where a partition's part was sent, and what it changes there. */
  private record Sent(Route route, SentWrites writes) {}

  /** By partition. */
  private final Map<Integer, Sent> sent = new TreeMap<>();

  private final TreeSet<Integer> missingVotes = new TreeSet<>();

  private @Nullable LostAnswer lost;

  TwoPhaseCommit(
      CommitDispatcher desk, Attempt attempt, TransactionId id, int home, long stamp, int tooLow) {
    this.desk = desk;
    this.attempt = attempt;
    this.id = id;
    this.home = home;
    this.stamp = stamp;
    this.tooLow = tooLow;
  }

  State state() {
    return state;
  }

  /** The one place that assigns the state; it only goes forward. */
  private void become(State next) {
    if (next.compareTo(state) <= 0) {
      throw new IllegalStateException(id + " goes back from " + state + " to " + next);
    }
    state = next;
  }

  /** Sends to all participants as soon as all can be reached. */
  void begin() {
    if (state != State.PREPARING || !sent.isEmpty()) {
      return;
    }
    Ending impossible = desk.impossible(attempt);
    if (impossible != null) {
      finish(impossible);
      return;
    }
    Map<Part, Route> found = new LinkedHashMap<>();
    for (Part part : attempt.parts()) {
      Route route = desk.owners().route(part.partition());
      if (route == null) {
        return; // until a session begins or the configuration changes
      }
      found.put(part, route);
    }
    found.forEach(
        (part, route) -> {
          SentWrites writes = desk.copies().hold(part.partition(), route, part.writes());
          sent.put(part.partition(), new Sent(route, writes));
        });
    missingVotes.addAll(sent.keySet());
    for (Part part : attempt.parts()) {
      if (state == State.PREPARING) {
        prepare(part);
      }
    }
  }

  private void prepare(Part part) {
    Sent to = sent.get(part.partition());
    boolean isSent =
        to != null
            && desk.deliver(
                to.route(),
                new Prepare(
                    id,
                    part.partition(),
                    to.route().epoch(),
                    home,
                    stamp,
                    desk.settledBelow(),
                    part.writes().isEmpty() ? 0 : attempt.copiesWanted(),
                    true,
                    to.writes().keptAs(),
                    attempt.lockIn(part.partition()),
                    part.reads(),
                    part.writes()));
    if (!isSent) {
      abort(new Ending.Conflicting(0));
    }
  }

  @Override
  public void answered(TransactionMessage answer) {
    switch (answer) {
      case Yes yes when state == State.PREPARING -> vote(yes.partition());
      case NotCommitted no when state == State.PREPARING -> refused(no);
      case NotCommitted no when state == State.DECIDING && no.partition() == home -> askHome();
      case Decided decided when state == State.DECIDING && decided.partition() == home ->
          decided(decided.outcome());
      default -> {
        if (lost != null) {
          lost.answered(answer);
        }
      }
    }
  }

  private void vote(int partition) {
    missingVotes.remove(partition);
    // It is locked there by now: whoever fetches it waits for the decision.
    Sent voter = sent.get(partition);
    if (voter != null) {
      desk.copies().release(voter.writes());
    }
    if (missingVotes.isEmpty()) {
      become(State.DECIDING);
      Route route = route(home);
      List<Integer> others = attempt.partitions().stream().filter(p -> p != home).toList();
      if (route == null
          || !stands(home)
          || !desk.deliver(route, new Decide(id, home, route.epoch(), others))) {
        askHome();
      }
    }
  }

  private void refused(NotCommitted no) {
    desk.counters().refused(no.reason());
    if (no.reason() == Reason.BUSY) {
      desk.later(
          id,
          () -> {
            if (state == State.PREPARING && missingVotes.contains(no.partition())) {
              attempt.parts().stream()
                  .filter(part -> part.partition() == no.partition())
                  .forEach(this::prepare);
            }
          });
      return;
    }
    boolean isTooLow = no.reason() == Reason.STAMP_TOO_LOW;
    if (isTooLow) {
      desk.clock().see(no.floor());
    }
    if (isTooLow && tooLow < Attempt.MOST_STAMPS) {
      abort(null);
      desk.begin(attempt, tooLow + 1);
    } else {
      abort(Refusals.ending(no.reason(), no.objectId(), no.message()));
    }
  }

  private void decided(Outcome outcome) {
    become(State.TELLING);
    switch (outcome) {
      case COMMIT -> {
        tellParticipants(outcome);
        finish(new Ending.Committed(stamp));
      }
      case ABORT -> {
        tellParticipants(outcome);
        finish(new Ending.Conflicting(0));
      }
      case EXPIRED -> finish(desk.unknown(id, home, "the record of it is gone"));
      case LOST -> finish(desk.unknown(id, home, LostAnswer.LOST));
    }
  }

  /** Before the home was asked to commit, the coordinator may say that it never will. */
  private void abort(@Nullable Ending ending) {
    become(State.TELLING);
    Route route = route(home);
    if (route != null) {
      desk.deliver(route, new Decided(id, home, home, Outcome.ABORT));
    }
    tellParticipants(Outcome.ABORT);
    finish(ending);
  }

  private void tellParticipants(Outcome outcome) {
    for (int partition : attempt.partitions()) {
      Route route = desk.owners().route(partition);
      if (partition != home && route != null && sent.containsKey(partition)) {
        desk.deliver(route, new Decided(id, partition, home, outcome));
      }
    }
  }

  /**
   * @param ending null: the caller goes on waiting, for another attempt
   */
  private void finish(@Nullable Ending ending) {
    become(State.DONE);
    if (ending instanceof Ending.Committed(long at)) {
      sent.values().forEach(each -> desk.copies().committed(each.writes(), at));
    }
    sent.values().forEach(each -> desk.copies().end(each.writes()));
    if (lost != null) {
      lost.stop();
    }
    desk.end(id, attempt, ending);
  }

  private @Nullable Route route(int partition) {
    Sent to = sent.get(partition);
    return to == null ? null : to.route();
  }

  private boolean stands(int partition) {
    Route route = route(partition);
    return route != null && desk.owners().stands(partition, route);
  }

  private void askHome() {
    if (lost == null) {
      lost = new LostAnswer(desk, id, home, (outcome, at) -> decided(outcome));
      lost.begin();
    }
  }

  @Override
  public void lookAgain() {
    if (lost != null) {
      lost.lookAgain();
    } else if (state == State.PREPARING && sent.isEmpty()) {
      begin();
    } else if (state == State.PREPARING) {
      boolean isVoteLost = missingVotes.stream().anyMatch(p -> !stands(p));
      if (isVoteLost) {
        abort(new Ending.Conflicting(0));
      }
    } else if (state == State.DECIDING && !stands(home)) {
      askHome();
    }
  }

  @Override
  public void giveUp() {
    if (state == State.PREPARING) {
      abort(
          new Ending.Failed(
              new NotEnoughReplicas(
                  "not all of the partitions " + attempt.partitions() + " answered in time")));
    } else {
      desk.tell(attempt, desk.unknown(id, home, "the home partition has not answered in time"));
    }
  }

  /** If the home was not asked to commit it never will be: a participant that asks aborts it. */
  @Override
  public void membershipEnded() {
    if (state == State.PREPARING) {
      finish(new Ending.Failed(new NotAMember("the node lost its membership")));
    } else {
      finish(desk.unknown(id, home, "the node lost its membership"));
    }
  }
}
