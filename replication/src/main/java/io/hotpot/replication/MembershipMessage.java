package io.hotpot.replication;

import io.hotpot.store.TransactionMode;
import java.util.List;

/** Between a node and the dispatcher, and what nodes tell one another of configurations. */
public sealed interface MembershipMessage extends Message {

  /**
   * A partition that a node holds, as it found it.
   *
   * @param promised the epoch below which it takes no appends
   * @param lastEpoch of the last batch in its log
   * @param tail where its log ends
   * @param damaged whether something in its log cannot be read
   * @param complete whether nothing that was acknowledged can be missing: the level outlived what
   *     happened
   */
  record Held(
      int partition, int promised, int lastEpoch, long tail, boolean damaged, boolean complete) {}

  /**
   * Asks to become a member.
   *
   * @param nodeId the one that stands in the heap, or 0
   * @param settings names and values that all members agree on
   */
  record Join(
      int nodeId,
      long clusterId,
      Fabric.Address address,
      long capacityBytes,
      List<Setting> settings,
      List<Held> held)
      implements MembershipMessage {}

  /** Something that all members must agree on. */
  record Setting(String name, String value) {}

  /** The answer to {@link Join}; the configuration follows in a session of the new identity. */
  record Joined(int nodeId, int incarnation, long clusterId) implements MembershipMessage {}

  /** The answer to {@link Join}, or to any request of the dispatcher, that says why not. */
  record Refused(long request, String reason) implements MembershipMessage {}

  /**
   * Asks for the lease to go on.
   *
   * @param sentNs the sender's boot clock when it sent this; the lease counts from then
   * @param version the configuration that it knows
   * @param unreachable members that have not answered it for a lease
   */
  record Renew(long sentNs, long version, long freeBytes, List<Integer> unreachable)
      implements MembershipMessage {}

  /** The sender stops: its lease is over by its own word. The answer is {@link Excluded}. */
  record Leave() implements MembershipMessage {}

  /**
   * The lease goes on.
   *
   * @param echoNs as it was in {@link Renew}
   */
  record Renewed(long echoNs) implements MembershipMessage {}

  /** The sender of {@link Renew} is no member any more: it joins again, as a new incarnation. */
  record Excluded(String reason) implements MembershipMessage {}

  /** The dispatcher asked does not lead; another one may. */
  record NotLeader(int leader) implements MembershipMessage {}

  /** What the dispatcher has decided; whole, and newer than what the receiver said it knows. */
  record NewConfiguration(Configuration configuration) implements MembershipMessage {}

  /** Asks for the present configuration, because a message named a later epoch. */
  record AskConfiguration(long version) implements MembershipMessage {}

  /**
   * The owner asks to change the sets of its partition; the answer is a configuration, or {@link
   * Refused}.
   */
  record ChangeReplicas(
      long request,
      int partition,
      int epoch,
      int revision,
      List<Integer> inSync,
      List<Integer> learners)
      implements MembershipMessage {}

  /** The owner of an epoch serves. */
  record Serving(int partition, int epoch) implements MembershipMessage {}

  /** The sender has dropped all copies of these partitions' earlier epochs; to the new owner. */
  record EpochSeen(int partition, int epoch) implements MembershipMessage {}

  record CreateDataset(long request, String name, TransactionMode mode, int degree, int minimum)
      implements MembershipMessage {}

  record RenameDataset(long request, int dataset, String newName) implements MembershipMessage {}

  record DropDataset(long request, int dataset) implements MembershipMessage {}

  /** The first allocation of a node in a dataset wants a partition there. */
  record CreatePartition(long request, int dataset) implements MembershipMessage {}

  /** The request was done; what it changed is in the configuration of that version or later. */
  record Done(long request, int id, long version) implements MembershipMessage {}

  /** A type's description, to be given a number; the answer is {@link Done} with it. */
  record RegisterSchema(long request, byte[] schema) implements MembershipMessage {}

  record AskSchema(long request, int id) implements MembershipMessage {}

  record SchemaIs(long request, int id, byte[] schema) implements MembershipMessage {}

  /**
   * The owner asks for ownership to go to a node that is in the in-sync set (12.4); epoch and
   * revision must be the present ones, like those of {@link ChangeReplicas}.
   */
  record Migrate(long request, int partition, int epoch, int revision, int target)
      implements MembershipMessage {}

  /** Waits, together with others, until so many have arrived; the answer is {@link Done}. */
  record ArriveAtBarrier(long request, String name, int parties) implements MembershipMessage {}

  /**
   * One that waits at a barrier does so no longer; the answer is {@link Done}, whose id is 1 where
   * it was let go before.
   *
   * @param arrival the request with which it arrived
   */
  record LeaveBarrier(long request, String name, long arrival) implements MembershipMessage {}

  /** The owner has released what it held of a dropped partition. */
  record PartitionReleased(int partition) implements MembershipMessage {}
}
