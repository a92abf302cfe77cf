package io.hotpot.store;

/**
 * Something that has changed in a cluster, as this node has heard it from the dispatcher; others
 * may hear it earlier or later.
 */
public sealed interface MembershipEvent {

  /** A node is a member. One that comes back is another incarnation. */
  record Joined(ClusterMember member) implements MembershipEvent {}

  /** A node is no member any more: it has left, or its lease was over. */
  record Left(ClusterMember member) implements MembershipEvent {}

  /**
   * A partition has an owner, the same one anew or another one; it may not serve yet.
   *
   * @param epoch rises with each
   * @param nodeId of the owner
   */
  record OwnerChanged(int partition, String dataset, int epoch, int nodeId)
      implements MembershipEvent {}

  /**
   * This node is a member: the first thing that is told, and again after each {@link LeaseLost}.
   */
  record LeaseHeld(ClusterMember self) implements MembershipEvent {}

  /**
   * This node's lease is over: it serves nothing, its transactions fail with {@link NotAMember},
   * and what it has told of others may be out of date. It joins again by itself.
   */
  record LeaseLost(ClusterMember self) implements MembershipEvent {}

  /**
   * The listener was too slow: what follows is the sum of several changes, and what was undone
   * meanwhile is not told. What has been told in the end is right.
   *
   * @param changes that were not told one by one
   */
  record Skipped(long changes) implements MembershipEvent {}
}
