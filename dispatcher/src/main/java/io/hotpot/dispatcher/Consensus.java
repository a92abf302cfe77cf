package io.hotpot.dispatcher;

import java.util.function.Consumer;

/**
 * Keeps the log of decisions, and says who may decide. Two implementations: {@link LocalMember},
 * one member, and {@link RaftMember}, one of one or three.
 *
 * <p>Confined to the loop that it was made with: all calls, call-backs and completions happen
 * there.
 */
public interface Consensus extends AutoCloseable {

  /** Told of what was decided, on the loop. */
  interface Listener {

    /** An entry was applied, on this member as on all others. */
    void applied(ClusterState before, ClusterState after);

    /** This member leads from now on; every entry of earlier terms is applied. */
    void leading(long term);

    /**
     * This member does not lead, or not any more.
     *
     * @param leader the number of the member that does, from 1; 0: not known
     */
    void following(int leader);
  }

  /** Recovers what was decided, and begins. */
  void start(Listener listener);

  /** Whether this member believes that it leads; only {@link #confirmLeadership} can be sure. */
  boolean isLeader();

  /** The present term; it rises with every change of the leader. */
  long term();

  /** The member that leads as far as is known, from 1; 0: not known. */
  int leader();

  /** What was decided, as far as it is applied here. */
  ClusterState state();

  /** Asks for a decision. The completion comes after {@link Listener#applied}. */
  void propose(Command command, Consumer<Result> done);

  /**
   * Asks a majority, after this call, whether this member still leads; completes with no if not.
   */
  void confirmLeadership(Consumer<Boolean> done);

  @Override
  void close();
}
