package io.hotpot.dispatcher;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.NodeLoop;
import io.hotpot.replication.Owners.Route;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.replication.TransactionMessage.Resolve;
import io.hotpot.replication.TransactionMessage.Resolved;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition.Resolution;
import io.hotpot.store.spi.TransactionId;
import org.jspecify.annotations.Nullable;

/**
 * A transaction whose answer was lost with its session or its owner: neither failed nor to be run
 * again before the partition that records it has said how it ended (PROTOCOL 9.3). It is asked
 * wherever it is owned now, until it answers; that also fences an id that has not arrived.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class LostAnswer implements Coordination {

  /** Why nobody can tell an outcome that is LOST. */
  static final String LOST = "the record of it may be in a damaged batch";

  private final CommitDispatcher desk;
  private final TransactionId id;
  private final int home;
  private final Resolution whenKnown;

  private @Nullable Route asked;
  private NodeLoop.@Nullable Timer timer;
  private boolean isDone;

  LostAnswer(CommitDispatcher desk, TransactionId id, int home, Resolution whenKnown) {
    this.desk = desk;
    this.id = id;
    this.home = home;
    this.whenKnown = whenKnown;
  }

  void begin() {
    desk.counters().count(ClusterCounter.ANSWERS_LOST);
    ask();
  }

  private void ask() {
    if (desk.fates().isGone(home)) {
      // Whatever committed there was learned by all before it went (16.3).
      end(Outcome.ABORT, 0);
      return;
    }
    Route route = desk.owners().route(home);
    asked = route;
    if (route != null) {
      desk.deliver(route, new Resolve(id, home, route.epoch()));
    }
    if (!isDone) {
      timer = desk.context().loop().after(InDoubt.AGAIN_NS, this::ask);
    }
  }

  @Override
  public void answered(TransactionMessage answer) {
    if (answer instanceof Resolved resolved && resolved.partition() == home) {
      end(resolved.outcome(), resolved.stamp());
    }
  }

  private void end(Outcome outcome, long stamp) {
    if (isDone) {
      return;
    }
    stop();
    whenKnown.resolved(outcome, stamp);
  }

  /** Asks no more; nobody is told. */
  void stop() {
    isDone = true;
    if (timer != null) {
      timer.cancel();
    }
  }

  @Override
  public void lookAgain() {
    Route route = desk.owners().route(home);
    if (!isDone && (desk.fates().isGone(home) || (route != null && !route.equals(asked)))) {
      if (timer != null) {
        timer.cancel();
      }
      ask();
    }
  }

  @Override
  public void giveUp() {}

  @Override
  public void membershipEnded() {}
}
