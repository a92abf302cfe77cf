package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.NodeContext;
import io.hotpot.replication.Peer;
import org.jspecify.annotations.Nullable;

/**
 * What has become of nodes and partitions that transactions name, as far as this node knows.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class Fates {

  private final NodeContext context;
  private int highestPartition;

  Fates(NodeContext context) {
    this.context = context;
    look();
  }

  /** To be called when the configuration has changed. */
  void look() {
    for (int id : context.configuration().partitions().keySet()) {
      highestPartition = Math.max(highestPartition, id);
    }
  }

  /**
   * Whether a partition was dropped and released. One that is not known is, or it is newer than our
   * configuration; numbers rise and are not used again, which tells the two apart.
   */
  boolean isGone(int partition) {
    return !context.configuration().partitions().containsKey(partition)
        && partition <= highestPartition;
  }

  /** Whether nothing can be committed in a partition any more. */
  boolean isDropped(int partition) {
    Configuration now = context.configuration();
    PartitionInfo info = now.partitions().get(partition);
    if (info == null) {
      return isGone(partition);
    }
    DatasetInfo dataset = now.datasets().get(info.dataset());
    return info.status() == PartitionStatus.DROPPED || (dataset != null && dataset.dropped());
  }

  /** The dataset of a partition; null: it is not known. */
  @Nullable DatasetInfo dataset(int partition) {
    Configuration now = context.configuration();
    PartitionInfo info = now.partitions().get(partition);
    return info == null ? null : now.datasets().get(info.dataset());
  }

  /** Whether an incarnation takes part no more, so that nobody drives its transactions. */
  boolean isExcluded(Peer peer) {
    Configuration.Node node = context.configuration().nodes().get(peer.nodeId());
    return node == null
        || node.incarnation() > peer.incarnation()
        || (node.incarnation() == peer.incarnation() && node.status() == NodeStatus.EXCLUDED);
  }
}
