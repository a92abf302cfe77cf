package io.hotpot.replication;

import io.hotpot.store.TransactionMode;
import java.util.List;
import java.util.Map;

/**
 * The cluster as the dispatcher has decided it: who is a member, which datasets there are, and who
 * owns and holds each partition. Immutable; a later one has a higher version.
 *
 * @param version raised by every change
 * @param nodes by node id
 * @param datasets by dataset id
 * @param partitions by partition id
 */
public record Configuration(
    long version,
    long clusterId,
    Map<Integer, Node> nodes,
    Map<Integer, DatasetInfo> datasets,
    Map<Integer, PartitionInfo> partitions) {

  /** Whether a node takes part. */
  public enum NodeStatus {
    MEMBER,
    /** It is not renewed any more and will be excluded when its lease has run out. */
    EVICTING,
    EXCLUDED
  }

  /** A node, in its newest incarnation. */
  public record Node(
      int id, int incarnation, Fabric.Address address, long capacityBytes, NodeStatus status) {

    public Peer peer() {
      return new Peer(id, incarnation);
    }
  }

  /**
   * A dataset.
   *
   * @param degree the copies wanted
   * @param minimum the in-sync copies without which it takes no writes
   * @param home the partition that holds its named roots; 0 until it has one
   */
  public record DatasetInfo(
      int id,
      String name,
      TransactionMode mode,
      int degree,
      int minimum,
      int home,
      boolean dropped) {}

  /** What a partition is doing. */
  public enum PartitionStatus {
    /** Its first owner has not said yet that it serves. */
    NEW,
    SERVING,
    /** No member is left that may own it: it waits for one of the in-sync set to return. */
    WAITING,
    DROPPED
  }

  /**
   * A partition.
   *
   * @param epoch raised whenever the owner changes or restarts
   * @param revision raised with every change of the sets within an epoch
   * @param inSync the nodes that hold everything acknowledged, the owner included, ascending
   * @param learners the nodes that are being brought in step, ascending
   */
  public record PartitionInfo(
      int id,
      int dataset,
      int epoch,
      int revision,
      int owner,
      List<Integer> inSync,
      List<Integer> learners,
      PartitionStatus status) {}
}
