package io.hotpot.store;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the partition of a dataset or of an object, and says why there is none.
 *
 * <p>Owns nothing and takes no lock: it looks into the partition table and the catalog. One for
 * each open store, so that it also tells the stores apart. Thread-safety: all methods from any
 * thread.
 */
final class PartitionDirectory {

  private final StoreState state;
  private final PartitionTable partitions;
  private final Catalog catalog;
  private final ClusterLink cluster;

  PartitionDirectory(
      StoreState state, PartitionTable partitions, Catalog catalog, ClusterLink cluster) {
    this.state = state;
    this.partitions = partitions;
    this.catalog = catalog;
    this.cluster = cluster;
  }

  /**
   * @throws MisuseException if the dataset is of another store, or was dropped
   */
  Partition partitionOf(Dataset dataset) {
    checkOfThisStore(dataset);
    state.checkOpen();
    if (cluster.elsewhere() != null) {
      throw new MisuseException(
          "dataset '" + dataset.name() + "' lies on several nodes; ask for one partition of it");
    }
    Partition partition = partitions.get(dataset.partition());
    if (partition == null) {
      throw new MisuseException("dataset '" + dataset.name() + "' was dropped");
    }
    return partition;
  }

  /**
   * @throws MisuseException if the dataset is of another store
   */
  void checkOfThisStore(Dataset dataset) {
    if (dataset.directory() != this) {
      throw new MisuseException(
          "dataset '" + dataset.name() + "' belongs to another store than the transaction");
    }
  }

  /** The partition of a cluster's object, if this node owns and serves it; else null. */
  @Nullable Partition servedHere(long objectId) {
    Partition partition = partitions.get(ObjectId.partition(objectId));
    return partition != null && partition.isReplicated() && partition.isServed() ? partition : null;
  }

  /**
   * @throws ObjectNotFound if the object is in no dataset of the store
   * @throws CorruptException if it may be in one that a damaged catalog does not name any more
   */
  Partition partitionOf(long objectId) {
    int number = ObjectId.partition(objectId);
    boolean isOfTheStore =
        number == Catalog.PARTITION || ObjectId.slot(objectId) == Partition.ROOTS_SLOT;
    Partition partition = isOfTheStore ? null : partitions.get(number);
    if (partition == null) {
      throw notFound(objectId);
    }
    return partition;
  }

  private HotpotException notFound(long objectId) {
    state.checkOpen();
    if (catalog.isDamaged()) {
      return new CorruptException(
          Ref.text(objectId)
              + " belongs to no dataset that the damaged catalog still names; restore the store from a backup, or run"
              + " 'hotpot check --accept-damage' to go on without it");
    }
    return new ObjectNotFound(
        Ref.text(objectId)
            + " belongs to no dataset of this store: the dataset was dropped, or the reference is from another store");
  }

  /** The partition of this number, the catalog's too; null if there is none (any more). */
  @Nullable Partition partitionOrNull(int number) {
    return partitions.get(number);
  }

  /** The partition that holds the catalog. */
  Partition catalogPartition() {
    Partition partition = partitions.get(Catalog.PARTITION);
    if (partition == null) {
      throw new StoreClosed("the store is closed");
    }
    return partition;
  }

  /** All partitions, the catalog's first, in the order of their numbers. */
  List<Partition> all() {
    return partitions.all();
  }

  /** The present name of the dataset that a partition belongs to; empty for the catalog's. */
  Optional<String> datasetName(Partition partition) {
    return catalog.entries().stream()
        .filter(entry -> entry.partition() == partition.id)
        .map(Catalog.Entry::name)
        .findFirst();
  }
}
