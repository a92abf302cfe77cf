package io.hotpot.replication;

/** What became of the wish that this node gives a partition to another one. */
public sealed interface MigrationOutcome {

  /**
   * The dispatcher has made the other node the owner.
   *
   * @param pauseNs from when nothing was let in any more until this node heard of the new owner,
   *     which takes a little longer to serve
   */
  record Moved(long pauseNs) implements MigrationOutcome {}

  /**
   * This node is the owner as before, or somebody else has become it for another reason.
   *
   * @param why under which counter it goes
   * @param reason for people
   */
  record Refused(ClusterCounter why, String reason) implements MigrationOutcome {}
}
