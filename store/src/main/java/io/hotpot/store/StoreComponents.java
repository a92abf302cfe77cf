package io.hotpot.store;

import io.hotpot.store.spi.ClusterProvider;
import io.hotpot.store.spi.Elsewhere;
import io.hotpot.store.spi.Names;
import io.hotpot.store.spi.Seams;
import io.hotpot.store.spi.SnapshotView;
import io.hotpot.store.spi.Threads;
import io.hotpot.store.spi.Time;
import java.util.ArrayList;
import java.util.List;

/**
 * The parts of one open store, and how they are wired: made by {@link StoreOpening}, handed to
 * those that deal with the store as a whole. Every other class gets the few parts that it needs.
 *
 * <p>The parts stay the same for as long as the store is open, but for the datasets, which are the
 * cluster's where it joins one. Each part says of itself which locks it has and who may call it.
 */
final class StoreComponents {

  final Heap heap;
  final HotpotOptions options;

  /** What was asked for, or what the medium gives if that is less. */
  final Durability durability;

  /** Of this opening: greater than that of any batch in the logs before it. */
  final int epoch;

  final Seams seams;
  final ClusterLink cluster = new ClusterLink();
  final StoreState state;
  final Events events = new Events();
  final Catalog catalog = new Catalog();
  final PartitionTable partitions = new PartitionTable();
  final PartitionDirectory directory;
  final ObjectCache cache;
  final StoreCodec codec;
  final ChunkPool pool;
  final GroupCommit groupCommit;
  final Committer committer;
  final Checkpointer checkpointer;
  final Cleaner cleaner;
  final PartitionLifecycle lifecycle;
  final SnapshotTaker snapshots;
  final LocalBarriers barriers;

  /** For snapshots over several nodes; none where the store stands alone. */
  final SnapshotPins pins;

  final TransactionRunner transactions;
  private volatile Datasets datasets;

  /** What the cluster uses; idle where the store stands alone. */
  final HeldStore held;

  StoreComponents(Heap heap, HotpotOptions options, Seams seams, int epoch) {
    Time time = seams.time();
    Threads threads = seams.threads();
    this.heap = heap;
    this.seams = seams;
    this.options = options;
    this.durability = weaker(options.durability(), heap.info().durability());
    this.epoch = epoch;
    this.state = new StoreState(heap.info().location(), options.readOnly());
    this.directory = new PartitionDirectory(state, partitions, catalog, cluster);
    this.pool = new ChunkPool(heap, threads);
    this.cache = new ObjectCache(options.cacheBytes());

    Snapshots openSnapshots = new Snapshots();
    ExclusiveLocks locks = new ExclusiveLocks(threads);
    this.groupCommit = new GroupCommit(heap, partitions::all, events, threads);
    this.committer = new Committer(groupCommit, locks, time, durability, events);
    this.checkpointer = new Checkpointer(heap, groupCommit, events);
    this.cleaner =
        new Cleaner(
            pool, groupCommit, openSnapshots, checkpointer, partitions::all, this::logs, events);
    RoomMakingCommitter roomMaking = new RoomMakingCommitter(committer, cleaner);

    CatalogWriter writer = new CatalogWriter(state, catalog, directory, roomMaking, groupCommit);
    this.barriers = new LocalBarriers(state, threads, time);
    this.codec = new StoreCodec(new SchemaNumbers(writer, cluster), options, events);
    this.lifecycle =
        new PartitionLifecycle(
            epoch,
            heap,
            pool,
            cache,
            codec,
            openSnapshots,
            partitions,
            groupCommit,
            cleaner,
            threads);

    this.pins =
        new SnapshotPins(
            openSnapshots,
            () -> partitions.all().forEach(partition -> partition.slots.reclaimDeleted()));
    this.snapshots =
        new SnapshotTaker(state, directory, codec, openSnapshots, groupCommit, time, events);
    this.transactions =
        new TransactionRunner(
            new TransactionContext(
                state,
                directory,
                cluster,
                codec,
                roomMaking,
                groupCommit,
                locks,
                events,
                options,
                threads),
            snapshots,
            seams.chance());
    this.datasets = new LocalDatasets(state, catalog, writer, directory, lifecycle, transactions);
    this.held = new HeldStore(this, writer);
  }

  Datasets datasets() {
    return datasets;
  }

  /** Partitions whose logs grow here: this store's own, and its copies of other nodes'. */
  List<Partition> logs() {
    List<Partition> logs = new ArrayList<>(partitions.all());
    logs.addAll(held.following());
    return logs;
  }

  /** The store is part of a cluster from now on; before its first transaction. */
  void join(ClusterProvider.Joined membership) {
    cluster.join(membership);
    datasets = new ClusterDatasets(state, membership.names(), directory, transactions);
  }

  Snapshot snapshot() {
    Elsewhere elsewhere = cluster.elsewhere();
    Names names = cluster.names();
    if (elsewhere == null || names == null) {
      return snapshots.take();
    }
    state.checkOpen();
    SnapshotView view = elsewhere.openSnapshot();
    events.snapshots.increment();
    return new Snapshot(new JoinedSnapshot(view, state, directory, names, codec), codec);
  }

  boolean barrier(String name, int parties, long limitNs) throws InterruptedException {
    state.checkOpen();
    LocalBarriers.check(name, parties);
    Elsewhere elsewhere = cluster.elsewhere();
    return elsewhere == null
        ? barriers.await(name, parties, limitNs)
        : elsewhere.barrier(name, parties, limitNs);
  }

  private static Durability weaker(Durability wanted, Durability given) {
    return wanted.compareTo(given) <= 0 ? wanted : given;
  }
}
