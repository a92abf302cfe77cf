package io.hotpot.store;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The datasets of a store that stands alone: each is one partition of it, named in its catalog.
 *
 * <p>A change is first written ({@link CatalogWriter}), then made in memory, all under the
 * catalog's change lock. Owns no data. Thread-safety: all methods from any thread; finding takes no
 * lock.
 */
final class LocalDatasets implements Datasets {

  private final StoreState state;
  private final Catalog catalog;
  private final CatalogWriter writer;
  private final PartitionDirectory directory;
  private final PartitionLifecycle partitions;
  private final TransactionRunner transactions;

  LocalDatasets(
      StoreState state,
      Catalog catalog,
      CatalogWriter writer,
      PartitionDirectory directory,
      PartitionLifecycle partitions,
      TransactionRunner transactions) {
    this.state = state;
    this.catalog = catalog;
    this.writer = writer;
    this.directory = directory;
    this.partitions = partitions;
    this.transactions = transactions;
  }

  // ---- finding

  @Override
  public Dataset findOrCreate(String name, DatasetOptions options) {
    state.checkOpen();
    Catalog.Entry entry = catalog.find(name);
    if (entry == null) {
      entry = create(name, options);
    } else {
      Datasets.checkMode(name, entry.mode(), options);
    }
    return toDataset(entry);
  }

  @Override
  public Optional<Dataset> find(String name) {
    state.checkOpen();
    return Optional.ofNullable(catalog.find(name)).map(this::toDataset);
  }

  @Override
  public List<Dataset> all() {
    state.checkOpen();
    return catalog.entries().stream().map(this::toDataset).toList();
  }

  @Override
  public Dataset of(long objectId) {
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

  @Override
  public void rename(Map<String, String> newNames) {
    state.checkWritable();
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

  /** As {@link Datasets#drop}; its space is free when the method returns. */
  @Override
  public void drop(String name) {
    state.checkWritable();
    catalog.changeLock.lock();
    try {
      Catalog.Entry entry = existing(name);
      writer.delete(name);
      Partition partition = directory.partitionOrNull(entry.partition());
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

  private Catalog.Entry existing(String name) {
    Catalog.Entry entry = catalog.find(name);
    if (entry == null) {
      throw Datasets.noSuch(name, catalog.entries().stream().map(Catalog.Entry::name).toList());
    }
    return entry;
  }
}
