package io.hotpot.replication;

import java.util.List;

/** The answer to an {@link OperatorQuestion}. */
public sealed interface OperatorAnswer extends Message {

  /** Of the question that it answers. */
  long request();

  /** The same answer under another number. */
  OperatorAnswer numbered(long number);

  /** A counter and how far it has come. */
  record Count(String name, long value) {}

  record CountersAre(long request, List<Count> counts) implements OperatorAnswer {
    @Override
    public OperatorAnswer numbered(long number) {
      return new CountersAre(number, counts);
    }
  }

  /**
   * How far another node has come with a log, as its owner knows.
   *
   * @param inStep whether it follows the log; else it is away, or still copies what lies before
   * @param lagBytes of log that it has not acknowledged
   */
  record Follower(int node, boolean inStep, long lagBytes) {}

  /**
   * What a node is for a partition.
   *
   * @param tail the address where its log ends
   * @param settledTo the address below which everything is settled, as far as it knows
   * @param takeoverNs where it serves it: how long it took from the configuration to that
   * @param followers where it owns it
   */
  record Holding(
      int partition,
      int epoch,
      PartitionRole role,
      long tail,
      long settledTo,
      long takeoverNs,
      List<Follower> followers) {}

  record HoldingsAre(long request, List<Holding> holdings) implements OperatorAnswer {
    @Override
    public OperatorAnswer numbered(long number) {
      return new HoldingsAre(number, holdings);
    }
  }

  /**
   * A member, and when the dispatcher last renewed its lease.
   *
   * @param agoNs by the dispatcher's clock
   */
  record Renewal(int node, int incarnation, long agoNs) {}

  record LeasesAre(long request, long leaseNs, List<Renewal> renewals) implements OperatorAnswer {
    @Override
    public OperatorAnswer numbered(long number) {
      return new LeasesAre(number, leaseNs, renewals);
    }
  }

  /**
   * What became of {@link OperatorQuestion.GiveAway}.
   *
   * @param pauseNs of {@link MigrationOutcome.Moved}, where it has moved
   * @param reason why it has not
   */
  record GivenAway(long request, boolean hasMoved, long pauseNs, String reason)
      implements OperatorAnswer {
    @Override
    public OperatorAnswer numbered(long number) {
      return new GivenAway(number, hasMoved, pauseNs, reason);
    }
  }

  /** It is done: a sentence says what. */
  record Acted(long request, String sentence) implements OperatorAnswer {
    @Override
    public OperatorAnswer numbered(long number) {
      return new Acted(number, sentence);
    }
  }

  /** It is not done, or not known: the node is away, or it refuses. */
  record NotDone(long request, String reason) implements OperatorAnswer {
    @Override
    public OperatorAnswer numbered(long number) {
      return new NotDone(number, reason);
    }
  }
}
