package io.hotpot.dispatcher;

import io.hotpot.replication.Fabric;
import io.hotpot.replication.MembershipMessage.Held;
import io.hotpot.replication.MembershipMessage.Setting;
import io.hotpot.replication.Peer;
import io.hotpot.store.TransactionMode;
import java.util.List;

/**
 * What the dispatcher may decide: an entry of its log. Whatever needs a clock, free room or chance
 * is in the command already, so that applying it depends on the state alone. {@link CommandFormat}
 * lays it out.
 */
public sealed interface Command {

  /**
   * A node becomes a member, in a new incarnation.
   *
   * @param nodeId the one it had, or 0
   * @param clusterId the one that stands in its heap, or 0
   * @param freshClusterId becomes the cluster's if this is the first node and brings none
   */
  record Join(
      int nodeId,
      long clusterId,
      long freshClusterId,
      Fabric.Address address,
      long capacityBytes,
      List<Setting> settings,
      List<Held> held)
      implements Command {}

  /** A member is renewed no more (5.7). */
  record Evict(Peer node) implements Command {}

  /**
   * The leases of these incarnations are over (5.3).
   *
   * @param term of the leader that judged it: the entry counts in no other
   */
  record Exclude(List<Peer> nodes, long term) implements Command {}

  /**
   * @param minimum 0: the default for the degree
   */
  record CreateDataset(String name, TransactionMode mode, int degree, int minimum)
      implements Command {}

  record RenameDataset(int dataset, String newName) implements Command {}

  record DropDataset(int dataset) implements Command {}

  /**
   * A partition for a node's allocations.
   *
   * @param candidates nodes with room, the best one first
   */
  record CreatePartition(int dataset, int creator, List<Integer> candidates) implements Command {}

  record ChangeReplicas(
      Peer owner,
      int partition,
      int epoch,
      int revision,
      List<Integer> inSync,
      List<Integer> learners)
      implements Command {}

  /** Lost copies are made anew (11.7). */
  record AddLearner(int partition, int epoch, int revision, int node) implements Command {}

  record Serving(Peer owner, int partition, int epoch) implements Command {}

  record Migrate(Peer owner, int partition, int epoch, int revision, int target)
      implements Command {}

  record PartitionReleased(Peer owner, int partition) implements Command {}

  /** The wait for all of an in-sync set is over: the minimum is enough (17.2). */
  record Elect(int partition, int epoch) implements Command {}

  /** Somebody names the owner by hand, and knows that commits may be lost (17.2). */
  record AcceptLoss(int partition, int node) implements Command {}

  record RegisterSchema(byte[] schema) implements Command {}

  record Arrive(Peer node, long request, String barrier, int parties) implements Command {}

  /**
   * One that arrived waits no longer; the id of the result is 1 where it was let go before.
   *
   * @param request of the arrival
   */
  record Withdraw(Peer node, long request, String barrier) implements Command {}
}
