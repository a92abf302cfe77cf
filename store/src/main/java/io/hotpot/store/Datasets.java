package io.hotpot.store;

import io.hotpot.store.spi.Names;
import io.hotpot.store.spi.Names.NamedDataset;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds, creates, renames and drops datasets.
 *
 * <p>A change is first written ({@link CatalogWriter}), then made in memory, all under the
 * catalog's change lock. Owns no data. Thread-safety: all methods from any thread; finding takes no
 * lock.
 */
final class Datasets {

  private final StoreState state;
  private final Catalog catalog;
  private final CatalogWriter writer;
  private final PartitionDirectory directory;
  private final PartitionLifecycle partitions;
  private final TransactionRunner transactions;
  private final ClusterLink cluster;

  Datasets(
      StoreState state,
      Catalog catalog,
      CatalogWriter writer,
      PartitionDirectory directory,
      PartitionLifecycle partitions,
      TransactionRunner transactions,
      ClusterLink cluster) {
    this.state = state;
    this.catalog = catalog;
    this.writer = writer;
    this.directory = directory;
    this.partitions = partitions;
    this.transactions = transactions;
    this.cluster = cluster;
  }

  // ---- finding

  /** The dataset of this name, created with these options if there is none. */
  Dataset findOrCreate(String name, DatasetOptions options) {
    state.checkOpen();
    Names names = cluster.names();
    if (names != null) {
      Catalog.checkName(name);
      NamedDataset named =
          names
              .dataset(name)
              .orElseGet(
                  () -> names.create(name, options.mode(), options.degree(), options.minimum()));
      checkMode(name, named.mode(), options);
      return toDataset(named);
    }
    Catalog.Entry entry = catalog.find(name);
    if (entry == null) {
      entry = create(name, options);
    } else {
      checkMode(name, entry.mode(), options);
    }
    return toDataset(entry);
  }

  private static void checkMode(String name, TransactionMode mode, DatasetOptions options) {
    if (options.mode() != TransactionMode.MRMW && mode != options.mode()) {
      throw new MisuseException(
          "dataset '" + name + "' exists with mode " + mode + ", asked for was " + options.mode());
    }
  }

  Optional<Dataset> find(String name) {
    state.checkOpen();
    Names names = cluster.names();
    if (names != null) {
      return names.dataset(Objects.requireNonNull(name, "name")).map(this::toDataset);
    }
    return Optional.ofNullable(catalog.find(name)).map(this::toDataset);
  }

  /** Sorted by name. */
  List<Dataset> all() {
    state.checkOpen();
    Names names = cluster.names();
    if (names != null) {
      return names.datasets().stream()
          .sorted(Comparator.comparing(NamedDataset::name))
          .map(this::toDataset)
          .toList();
    }
    return catalog.entries().stream().map(this::toDataset).toList();
  }

  /**
   * The dataset that an object belongs to.
   *
   * @throws ObjectNotFound if it is none of this store
   */
  Dataset of(long objectId) {
    Names names = cluster.names();
    if (names != null) {
      return names
          .datasetOf(ObjectId.partition(objectId))
          .map(this::toDataset)
          .orElseThrow(
              () ->
                  new ObjectNotFound(Ref.text(objectId) + " belongs to no dataset of the cluster"));
    }
    int number = directory.partitionOf(objectId).id;
    for (Catalog.Entry entry : catalog.entries()) {
      if (entry.partition() == number) {
        return toDataset(entry);
      }
    }
    throw new ObjectNotFound(Ref.text(objectId) + " belongs to no dataset of this store");
  }

  private Dataset toDataset(Catalog.Entry entry) {
    return new Dataset(
        transactions,
        directory,
        entry.name(),
        entry.partition(),
        DatasetOptions.defaults().withMode(entry.mode()).withDegree(1));
  }

  private Dataset toDataset(NamedDataset named) {
    return new Dataset(
        transactions,
        directory,
        named.name(),
        named.id(),
        DatasetOptions.defaults().withMode(named.mode()));
  }

  // ---- changing

  private Catalog.Entry create(String name, DatasetOptions options) {
    state.checkWritable();
    if (catalog.isDamaged()) {
      throw new CorruptException(
          "dataset '"
              + name
              + "' is not in the catalog, but the catalog is damaged: it may exist; restore the store from a backup,"
              + " or run 'hotpot check --accept-damage' to go on without it");
    }
    Catalog.checkName(name);
    catalog.changeLock.lock();
    try {
      Catalog.Entry present = catalog.find(name);
      if (present != null) {
        return present;
      }
      Catalog.Entry entry = new Catalog.Entry(name, catalog.nextPartition(), options.mode());
      long entryId = writer.insert(entry);
      Partition partition = partitions.create(entry.partition(), entry.mode());
      // Above the stamp of every snapshot that does not know the partition: asked for only now that
      // every later one knows it.
      partition.floor(directory.catalogPartition().floorForOthers());
      catalog.put(entry, entryId);
      return entry;
    } finally {
      catalog.changeLock.unlock();
    }
  }

  /**
   * Renames several datasets, all or none, at one moment.
   *
   * @param newNames by present name
   */
  void rename(Map<String, String> newNames) {
    state.checkWritable();
    Names names = cluster.names();
    if (names != null) {
      if (newNames.size() > 1) {
        throw new MisuseException("in a cluster, datasets are renamed one at a time");
      }
      newNames.forEach(
          (name, newName) -> {
            Catalog.checkName(newName);
            names.rename(named(names, name).id(), newName);
          });
      return;
    }
    catalog.changeLock.lock();
    try {
      Map<String, Catalog.Entry> changed = renamed(newNames);
      if (!changed.isEmpty()) {
        writer.update(changed);
        catalog.rename(changed);
      }
    } finally {
      catalog.changeLock.unlock();
    }
  }

  private Map<String, Catalog.Entry> renamed(Map<String, String> newNames) {
    Map<String, Catalog.Entry> changed = new LinkedHashMap<>();
    Set<String> taken = new TreeSet<>();
    newNames.forEach(
        (name, newName) -> {
          Catalog.checkName(newName);
          Catalog.Entry entry = existing(name);
          if (catalog.find(newName) != null || !taken.add(newName)) {
            throw new MisuseException("there is a dataset '" + newName + "' already");
          }
          changed.put(name, new Catalog.Entry(newName, entry.partition(), entry.mode()));
        });
    return changed;
  }

  /** Deletes a dataset with all its objects; its space is free when the method returns. */
  void drop(String name) {
    state.checkWritable();
    Names names = cluster.names();
    if (names != null) {
      names.drop(named(names, name).id());
      return;
    }
    catalog.changeLock.lock();
    try {
      Catalog.Entry entry = existing(name);
      writer.delete(name);
      @Nullable Partition partition = directory.partitionOrNull(entry.partition());
      if (partition != null) {
        partitions.quiesce(partition);
      }
      catalog.remove(name);
      if (partition != null) {
        partitions.dispose(partition);
      }
    } finally {
      catalog.changeLock.unlock();
    }
  }

  private static NamedDataset named(Names names, String name) {
    return names
        .dataset(name)
        .orElseThrow(
            () ->
                new MisuseException(
                    "there is no dataset '"
                        + name
                        + "'; there are: "
                        + names.datasets().stream().map(NamedDataset::name).sorted().toList()));
  }

  private Catalog.Entry existing(String name) {
    Catalog.Entry entry = catalog.find(name);
    if (entry == null) {
      throw new MisuseException(
          "there is no dataset '"
              + name
              + "'; there are: "
              + catalog.entries().stream().map(Catalog.Entry::name).toList());
    }
    return entry;
  }
}
