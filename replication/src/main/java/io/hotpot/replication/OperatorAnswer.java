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

  /**
   * A session with another node.
   *
   * @param reason why it is carried by that; empty: because both can
   */
  record SessionWith(int node, Fabric.Carriage carriage, String reason) {}

  record HoldingsAre(long request, List<Holding> holdings, List<SessionWith> sessions)
      implements OperatorAnswer {
    @Override
    public OperatorAnswer numbered(long number) {
      return new HoldingsAre(number, holdings, sessions);
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

  /** The most damaged places that are told one by one. */
  int MOST_DAMAGES = 1024;

  /**
   * A partition that was checked.
   *
   * @param partition 0: the node's own catalog
   * @param soundBytes of batches whose checksums hold
   */
  record Checked(int partition, long soundBytes) {}

  /**
   * A damaged place that a check has found.
   *
   * @param sequence of the chunk in the partition's log
   * @param isHealed whether it has the bytes of another node now
   */
  record DamageFound(int partition, int sequence, int offset, int lengthBytes, boolean isHealed) {}

  /**
   * A check, under way or over.
   *
   * @param check which one it is of that node since it began; another one than was begun tells that
   *     the node has begun anew
   * @param failure why it ended before all was looked at; empty: it did not
   * @param done chunks, of {@code total}
   * @param healed damaged places, of all that were found
   * @param lasting damaged places that nobody has sound bytes of
   * @param damages the first {@link #MOST_DAMAGES} of both
   */
  record CheckIs(
      long request,
      long check,
      boolean isOver,
      String failure,
      long done,
      long total,
      long healed,
      long lasting,
      List<Checked> partitions,
      List<DamageFound> damages)
      implements OperatorAnswer {
    @Override
    public OperatorAnswer numbered(long number) {
      return new CheckIs(
          number, check, isOver, failure, done, total, healed, lasting, partitions, damages);
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
