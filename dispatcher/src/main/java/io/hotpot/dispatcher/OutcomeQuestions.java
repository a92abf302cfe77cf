package io.hotpot.dispatcher;

import io.hotpot.store.CommitId;
import io.hotpot.store.CommitOutcome;
import io.hotpot.store.CommitOutcomeUnknown;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The application's questions how commits ended, of this node or another one (PROTOCOL 9.3). While
 * this node still drives the transaction its end is waited for; else the home is asked.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class OutcomeQuestions {

  private static final class Asked {
    final int home;
    final List<Consumer<CommitOutcome>> askers = new ArrayList<>();

    /** Null: this node drives the transaction. */
    @Nullable LostAnswer question;

    Asked(int home) {
      this.home = home;
    }
  }

  private final CommitDispatcher desk;
  private final TreeMap<TransactionId, Asked> open = new TreeMap<>();

  OutcomeQuestions(CommitDispatcher desk) {
    this.desk = desk;
  }

  /** Asks until the outcome is known, or nobody wants to know. */
  void ask(CommitId commit, Consumer<CommitOutcome> asker) {
    TransactionId id = idOf(commit);
    Asked asked = open.computeIfAbsent(id, i -> new Asked(commit.partition()));
    asked.askers.add(asker);
    if (asked.question == null && !desk.isUnderWay(id)) {
      askHome(id, asked);
    }
  }

  private static TransactionId idOf(CommitId commit) {
    return new TransactionId(commit.nodeId(), commit.incarnation(), commit.sequence());
  }

  private void askHome(TransactionId id, Asked asked) {
    LostAnswer question =
        new LostAnswer(
            desk, id, asked.home, (outcome, stamp) -> resolved(id, asked, outcome, stamp));
    asked.question = question;
    desk.drive(id, question);
  }

  private void resolved(TransactionId id, Asked asked, Outcome outcome, long stamp) {
    tell(
        id,
        asked,
        switch (outcome) {
          case COMMIT -> new CommitOutcome.Committed(stamp);
          // Of a home that is gone nobody knows any more what it had committed.
          case ABORT ->
              desk.fates().isGone(asked.home)
                  ? new CommitOutcome.Expired()
                  : new CommitOutcome.Aborted();
          case EXPIRED, LOST -> new CommitOutcome.Expired();
        });
  }

  /** A transaction that this node drove is over. */
  void ended(TransactionId id, Ending ending) {
    Asked asked = open.get(id);
    if (asked == null) {
      return;
    }
    switch (ending) {
      case Ending.Committed committed ->
          tell(id, asked, new CommitOutcome.Committed(committed.stamp()));
      case Ending.Failed failed when failed.reason() instanceof CommitOutcomeUnknown ->
          askHome(id, asked);
      case Ending.Conflicting _, Ending.LockLost _, Ending.Failed _ ->
          tell(id, asked, new CommitOutcome.Aborted());
    }
  }

  private void tell(TransactionId id, Asked asked, CommitOutcome outcome) {
    end(id, asked);
    List.copyOf(asked.askers).forEach(asker -> asker.accept(outcome));
  }

  private void end(TransactionId id, Asked asked) {
    open.remove(id);
    if (asked.question != null) {
      desk.endQuestion(id, asked.question);
    }
  }

  /** Waits no longer. */
  void forget(CommitId commit, Consumer<CommitOutcome> asker) {
    TransactionId id = idOf(commit);
    Asked asked = open.get(id);
    if (asked != null && asked.askers.remove(asker) && asked.askers.isEmpty()) {
      end(id, asked);
    }
  }
}
