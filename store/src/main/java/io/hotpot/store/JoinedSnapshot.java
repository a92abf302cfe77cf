package io.hotpot.store;

import io.hotpot.store.spi.Names;
import io.hotpot.store.spi.OwnedPartition.AtStamp;
import io.hotpot.store.spi.SnapshotView;
import java.util.Optional;

/**
 * A snapshot of the cluster that the store is part of.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class JoinedSnapshot implements SnapshotSource {

  private final SnapshotView view;
  private final StoreState state;
  private final PartitionDirectory directory;
  private final Names names;
  private final StoreCodec codec;

  JoinedSnapshot(
      SnapshotView view,
      StoreState state,
      PartitionDirectory directory,
      Names names,
      StoreCodec codec) {
    this.view = view;
    this.state = state;
    this.directory = directory;
    this.names = names;
    this.codec = codec;
  }

  @Override
  public long stamp() {
    return view.stamp();
  }

  @Override
  public Optional<Version> version(long objectId) {
    state.checkOpen();
    AtStamp.Found found = view.find(objectId);
    if (found == null) {
      return Optional.empty();
    }
    byte[] payload = found.payload();
    Object value = codec.decode(payload, 0, payload.length);
    return Optional.of(
        new Version(objectId, 0, found.stamp(), payload.length, value, codec.immutable(value)));
  }

  @Override
  public Optional<Long> rootsOf(Dataset dataset) {
    directory.checkOfThisStore(dataset);
    Names.NamedDataset named = ClusterDatasets.present(names, dataset);
    return named.home() == 0
        ? Optional.empty()
        : Optional.of(ObjectId.pack(named.home(), 0, Partition.ROOTS_SLOT));
  }

  @Override
  public void close() {
    view.close();
  }
}
