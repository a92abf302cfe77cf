package io.hotpot.replication;

/**
 * What an operator asks of one node, or tells it to do. Who asks is no member: the dispatcher hands
 * it on in a session that it has with the node, and hands the {@link OperatorAnswer} back.
 */
public sealed interface OperatorQuestion extends Message {

  /** By which the answer is known; the dispatcher puts its own in where it hands a question on. */
  long request();

  /** Whom it is for; 0: the dispatcher. */
  int node();

  /** The same question under another number. */
  OperatorQuestion numbered(long number);

  /** What the node has counted; the answer is {@link OperatorAnswer.CountersAre}. */
  record AskCounters(long request, int node) implements OperatorQuestion {
    @Override
    public OperatorQuestion numbered(long number) {
      return new AskCounters(number, node);
    }
  }

  /**
   * What it is for each partition, and how it speaks with others; the answer is {@link
   * OperatorAnswer.HoldingsAre}.
   */
  record AskHoldings(long request, int node) implements OperatorQuestion {
    @Override
    public OperatorQuestion numbered(long number) {
      return new AskHoldings(number, node);
    }
  }

  /** When members last renewed their leases; the dispatcher itself answers. */
  record AskLeases(long request) implements OperatorQuestion {
    @Override
    public int node() {
      return 0;
    }

    @Override
    public OperatorQuestion numbered(long number) {
      return new AskLeases(number);
    }
  }

  /**
   * Begins to check all that it holds, unless it does so already; {@link OperatorAnswer.CheckIs}.
   */
  record BeginCheck(long request, int node) implements OperatorQuestion {
    @Override
    public OperatorQuestion numbered(long number) {
      return new BeginCheck(number, node);
    }
  }

  /** How far its check has come; {@link OperatorAnswer.CheckIs}. */
  record AskCheck(long request, int node) implements OperatorQuestion {
    @Override
    public OperatorQuestion numbered(long number) {
      return new AskCheck(number, node);
    }
  }

  /** Gives a partition that it owns to another node; {@link OperatorAnswer.GivenAway}. */
  record GiveAway(long request, int node, int partition, int target) implements OperatorQuestion {
    @Override
    public OperatorQuestion numbered(long number) {
      return new GiveAway(number, node, partition, target);
    }
  }

  /** Changes how much it tells, until it ends; {@link OperatorAnswer.Acted}. */
  record SetLogLevel(long request, int node, String level) implements OperatorQuestion {
    @Override
    public OperatorQuestion numbered(long number) {
      return new SetLogLevel(number, node, level);
    }
  }

  /** Lets it give partitions to who uses them most, or not; {@link OperatorAnswer.Acted}. */
  record SetPolicy(long request, int node, boolean isOn) implements OperatorQuestion {
    @Override
    public OperatorQuestion numbered(long number) {
      return new SetPolicy(number, node, isOn);
    }
  }
}
