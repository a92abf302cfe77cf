package io.hotpot.dispatcher;

import io.hotpot.replication.Owners.Route;
import io.hotpot.replication.SentWrites;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.replication.TransactionMessage.Commit;
import io.hotpot.replication.TransactionMessage.Committed;
import io.hotpot.replication.TransactionMessage.NotCommitted;
import io.hotpot.store.NotAMember;
import io.hotpot.store.NotEnoughReplicas;
import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.TransactionId;
import org.jspecify.annotations.Nullable;

/**
 * A transaction whose reads and writes all lie in one partition (PROTOCOL 8.1): its owner does it
 * in one step. Until it was sent nothing has happened; from then on the owner's answer says what
 * has, and a lost answer is asked for.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class SinglePartitionCommit implements Coordination {

  private final CommitDispatcher desk;
  private final Attempt attempt;
  private final TransactionId id;
  private final Part part;

  /** Where it was sent; null: it was not, or it was refused for the moment. */
  private @Nullable Route sent;

  /** What is under way of it; null: nothing. */
  private @Nullable SentWrites writes;

  private @Nullable LostAnswer lost;

  SinglePartitionCommit(CommitDispatcher desk, Attempt attempt, TransactionId id) {
    this.desk = desk;
    this.attempt = attempt;
    this.id = id;
    this.part = attempt.parts().get(0);
  }

  void begin() {
    if (sent != null || lost != null) {
      return;
    }
    Ending impossible = desk.impossible(attempt);
    if (impossible != null) {
      desk.end(id, attempt, impossible);
      return;
    }
    Route route = desk.owners().route(part.partition());
    if (route == null) {
      return; // until a session begins or the configuration changes
    }
    SentWrites made = desk.copies().hold(part.partition(), route, part.writes());
    writes = made;
    boolean isSent =
        desk.deliver(
            route,
            new Commit(
                id,
                part.partition(),
                route.epoch(),
                desk.settledBelow(),
                attempt.copiesWanted(),
                true,
                made.keptAs(),
                attempt.lockIn(part.partition()),
                part.reads(),
                part.writes()));
    if (isSent) {
      sent = route;
    } else {
      endWrites();
      desk.later(id, this::begin);
    }
  }

  private void endWrites() {
    if (writes != null) {
      desk.copies().end(writes);
      writes = null;
    }
  }

  @Override
  public void answered(TransactionMessage answer) {
    if (lost != null) {
      lost.answered(answer);
    } else if (sent != null) {
      if (answer instanceof NotCommitted no) {
        desk.counters().refused(no.reason());
      }
      switch (answer) {
        case Committed committed -> end(new Ending.Committed(committed.stamp()));
        case NotCommitted no when Refusals.passes(no.reason()) -> {
          // Nothing was written there, so it may be sent again under the same id.
          sent = null;
          endWrites();
          desk.later(id, this::begin);
        }
        case NotCommitted no -> end(Refusals.ending(no.reason(), no.objectId(), no.message()));
        default -> {
          // Answers another question about the same transaction.
        }
      }
    }
  }

  private void end(Ending ending) {
    if (ending instanceof Ending.Committed(long stamp) && writes != null) {
      desk.copies().committed(writes, stamp);
    }
    endWrites();
    desk.end(id, attempt, ending);
  }

  @Override
  public void lookAgain() {
    if (lost != null) {
      lost.lookAgain();
    } else if (sent == null) {
      begin();
    } else if (!desk.owners().stands(part.partition(), sent)) {
      lost = new LostAnswer(desk, id, part.partition(), this::resolved);
      lost.begin();
    }
  }

  /** Only an abort that lasts allows to run the work again. */
  private void resolved(Outcome outcome, long stamp) {
    end(
        switch (outcome) {
          case COMMIT -> new Ending.Committed(stamp);
          case ABORT -> new Ending.Conflicting(0);
          case EXPIRED -> desk.unknown(id, part.partition(), "the record of it is gone");
          case LOST -> desk.unknown(id, part.partition(), LostAnswer.LOST);
        });
  }

  @Override
  public void giveUp() {
    if (sent == null && lost == null) {
      desk.end(
          id,
          attempt,
          new Ending.Failed(
              new NotEnoughReplicas("nobody serves partition " + part.partition() + " now")));
    } else {
      desk.tell(attempt, desk.unknown(id, part.partition(), "its owner has not answered in time"));
    }
  }

  @Override
  public void membershipEnded() {
    if (sent == null && lost == null) {
      desk.end(id, attempt, new Ending.Failed(new NotAMember("the node lost its membership")));
    } else {
      if (lost != null) {
        lost.stop();
      }
      end(desk.unknown(id, part.partition(), "the node lost its membership"));
    }
  }
}
