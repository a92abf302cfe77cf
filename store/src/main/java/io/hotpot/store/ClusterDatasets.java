package io.hotpot.store;

import io.hotpot.store.spi.Names;
import io.hotpot.store.spi.Names.NamedDataset;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The datasets of a cluster: each is any number of partitions on any nodes, named by the
 * dispatcher.
 *
 * <p>Owns nothing. Thread-safety: all methods from any thread; they may block for the dispatcher's
 * answer.
 */
final class ClusterDatasets implements Datasets {

  private final StoreState state;
  private final Names names;
  private final PartitionDirectory directory;
  private final TransactionRunner transactions;

  ClusterDatasets(
      StoreState state, Names names, PartitionDirectory directory, TransactionRunner transactions) {
    this.state = state;
    this.names = names;
    this.directory = directory;
    this.transactions = transactions;
  }

  /**
   * What the cluster knows of a dataset now.
   *
   * @throws MisuseException if it was dropped or renamed
   */
  static NamedDataset present(Names names, Dataset dataset) {
    return names
        .dataset(dataset.name())
        .filter(named -> named.id() == dataset.partition())
        .orElseThrow(
            () -> new MisuseException("dataset '" + dataset.name() + "' was dropped or renamed"));
  }

  @Override
  public Dataset findOrCreate(String name, DatasetOptions options) {
    state.checkOpen();
    Catalog.checkName(name);
    NamedDataset named =
        names
            .dataset(name)
            .orElseGet(
                () -> names.create(name, options.mode(), options.degree(), options.minimum()));
    Datasets.checkMode(name, named.mode(), options);
    return toDataset(named);
  }

  @Override
  public Optional<Dataset> find(String name) {
    state.checkOpen();
    return names.dataset(Objects.requireNonNull(name, "name")).map(this::toDataset);
  }

  @Override
  public List<Dataset> all() {
    state.checkOpen();
    return names.datasets().stream()
        .sorted(Comparator.comparing(NamedDataset::name))
        .map(this::toDataset)
        .toList();
  }

  @Override
  public Dataset of(long objectId) {
    return names
        .datasetOf(ObjectId.partition(objectId))
        .map(this::toDataset)
        .orElseThrow(
            () -> new ObjectNotFound(Ref.text(objectId) + " belongs to no dataset of the cluster"));
  }

  private Dataset toDataset(NamedDataset named) {
    return new Dataset(
        transactions,
        directory,
        named.name(),
        named.id(),
        DatasetOptions.defaults().withMode(named.mode()));
  }

  @Override
  public void rename(Map<String, String> newNames) {
    state.checkWritable();
    if (newNames.size() > 1) {
      throw new MisuseException("in a cluster, datasets are renamed one at a time");
    }
    newNames.forEach(
        (name, newName) -> {
          Catalog.checkName(newName);
          names.rename(existing(name).id(), newName);
        });
  }

  @Override
  public void drop(String name) {
    state.checkWritable();
    names.drop(existing(name).id());
  }

  private NamedDataset existing(String name) {
    return names
        .dataset(name)
        .orElseThrow(
            () ->
                Datasets.noSuch(
                    name, names.datasets().stream().map(NamedDataset::name).sorted().toList()));
  }
}
