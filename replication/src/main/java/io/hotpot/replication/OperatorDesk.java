package io.hotpot.replication;

import io.hotpot.replication.OperatorAnswer.Acted;
import io.hotpot.replication.OperatorAnswer.Count;
import io.hotpot.replication.OperatorAnswer.CountersAre;
import io.hotpot.replication.OperatorAnswer.GivenAway;
import io.hotpot.replication.OperatorAnswer.Holding;
import io.hotpot.replication.OperatorAnswer.HoldingsAre;
import io.hotpot.replication.OperatorAnswer.NotDone;
import io.hotpot.replication.OperatorAnswer.SessionWith;
import io.hotpot.replication.OperatorQuestion.AskCheck;
import io.hotpot.replication.OperatorQuestion.AskCounters;
import io.hotpot.replication.OperatorQuestion.AskHoldings;
import io.hotpot.replication.OperatorQuestion.AskLeases;
import io.hotpot.replication.OperatorQuestion.BeginCheck;
import io.hotpot.replication.OperatorQuestion.GiveAway;
import io.hotpot.replication.OperatorQuestion.SetLogLevel;
import io.hotpot.replication.OperatorQuestion.SetPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers what an operator asks of this node.
 *
 * <p>Confined to the loop.
 */
final class OperatorDesk {

  /** What the node does for it. */
  interface Node {
    List<Holding> holdings();

    List<SessionWith> sessions();

    void migrate(int partition, int target, Consumer<MigrationOutcome> done);
  }

  private final Node node;
  private final Supplier<Map<String, Long>> counters;
  private OperatorControls controls = OperatorControls.NONE;

  OperatorDesk(Node node, Supplier<Map<String, Long>> counters) {
    this.node = node;
    this.counters = counters;
  }

  void controls(OperatorControls now) {
    controls = now;
  }

  /**
   * Answers a question.
   *
   * @param reply is told once, now or later
   */
  void asked(OperatorQuestion question, Consumer<OperatorAnswer> reply) {
    switch (question) {
      case AskCounters ask -> reply.accept(new CountersAre(ask.request(), counts()));
      case AskHoldings ask ->
          reply.accept(new HoldingsAre(ask.request(), node.holdings(), node.sessions()));
      case AskLeases ask ->
          reply.accept(new NotDone(ask.request(), "a node knows no leases but its own"));
      case BeginCheck begin -> reply.accept(controls.beginCheck(begin.request()));
      case AskCheck ask -> reply.accept(controls.check(ask.request()));
      case GiveAway give ->
          node.migrate(
              give.partition(),
              give.target(),
              outcome -> reply.accept(answer(give.request(), outcome)));
      case SetLogLevel set ->
          reply.accept(
              acted(set, controls.logLevel(set.level()), "the log level is " + set.level()));
      case SetPolicy set ->
          reply.accept(
              acted(
                  set,
                  controls.migrationByPolicy(set.isOn()),
                  "migration by policy is " + (set.isOn() ? "on" : "off")));
    }
  }

  private List<Count> counts() {
    List<Count> counts = new ArrayList<>();
    counters.get().forEach((name, value) -> counts.add(new Count(name, value)));
    return counts;
  }

  private static OperatorAnswer answer(long request, MigrationOutcome outcome) {
    return switch (outcome) {
      case MigrationOutcome.Moved(long pauseNs) -> new GivenAway(request, true, pauseNs, "");
      case MigrationOutcome.Refused(ClusterCounter _, String reason) ->
          new GivenAway(request, false, 0, reason);
    };
  }

  private static OperatorAnswer acted(
      OperatorQuestion question, @Nullable String refusal, String done) {
    return refusal == null
        ? new Acted(question.request(), done)
        : new NotDone(question.request(), refusal);
  }
}
