package io.hotpot.store;

import io.hotpot.store.spi.ClusterProvider;
import io.hotpot.store.spi.HeldParts;
import io.hotpot.store.spi.Seams;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An open store: typed persistent objects that survive crashes, changed in transactions.
 *
 * <pre>{@code
 * record Account(String owner, long balance) {}
 *
 * try (Hotpot hotpot = Hotpot.open(Path.of("bank"))) {
 *   Dataset bank = hotpot.dataset("bank");
 *   Ref<Account> a = bank.transact(tx -> tx.allocate(new Account("alice", 100)));
 *   bank.run(tx -> tx.update(a, x -> new Account(x.owner(), x.balance() - 10)));
 * }
 * }</pre>
 *
 * <p>Thread-safety: all methods from any thread. After {@link #close}, everything obtained from the
 * store throws {@link StoreClosed}.
 */
public final class Hotpot implements AutoCloseable {

  private final StoreComponents store;
  private final RecoveryReport recovery;
  private final StoreCounters counters;
  private final StoreInspection inspection;
  private final StoreMaintenance maintenance;
  private final StoreClosing closing;

  private Hotpot(Heap heap, HotpotOptions options, Seams seams, @Nullable EventsFile eventsFile) {
    long openedAtMs = seams.time().wallMs();
    StoreOpening.Opened opened = StoreOpening.open(heap, options, seams);
    this.store = opened.components();
    this.recovery = opened.recovery();
    this.counters =
        new StoreCounters(
            store, recovery, seams.time(), openedAtMs, options.readOnly() ? null : eventsFile);
    this.inspection = new StoreInspection(store);
    this.maintenance = new StoreMaintenance(store);
    Housekeeper housekeeper = Housekeeper.of(store, counters);
    this.closing = new StoreClosing(store, housekeeper, counters);
    if (options.background() && !options.readOnly()) {
      housekeeper.start();
    }
  }

  // ---- opening

  /**
   * Opens a store with {@linkplain HotpotOptions#defaults default options}; creates it if there is
   * none.
   */
  public static Hotpot open(Path directory) {
    return open(directory, HotpotOptions.defaults());
  }

  /**
   * Opens a store.
   *
   * @param directory that holds the store's files and nothing else
   * @throws StoreLocked if a process has it open
   * @throws NotAStore if the directory holds something else
   * @throws CorruptException if so much is damaged that nothing can be trusted
   */
  public static Hotpot open(Path directory, HotpotOptions options) {
    return open(
        Heaps.open(directory, options), options, SystemSeams.all(), new EventsFile(directory));
  }

  /**
   * Opens a node's store as part of a cluster. What is said of an open store holds for it too, but
   * that its datasets lie on several nodes.
   *
   * @param dispatcher where the cluster's dispatcher listens: {@code hotpot://host:port}, or
   *     several with commas between them; the port is 18500 where none is given
   * @throws MisuseException if the cluster refuses the node: the message names the setting
   * @throws NotAMember if no dispatcher can be reached
   */
  public static Hotpot join(String dispatcher, ClusterOptions options) {
    Objects.requireNonNull(dispatcher, "dispatcher");
    Objects.requireNonNull(options, "options");
    ClusterProvider provider =
        ServiceLoader.load(ClusterProvider.class)
            .findFirst()
            .orElseThrow(
                () ->
                    new MisuseException(
                        "the modules of the cluster are not on the class path: add hotpot-dispatcher"));
    if (options.directory().isEmpty()) {
      return join(
          provider,
          dispatcher,
          options,
          new MemoryHeap(),
          SystemSeams.all(),
          null,
          Optional.empty());
    }
    Path directory = options.directory().get();
    AtomicReference<ClusterProvider.Identity> fresh = new AtomicReference<>();
    Heap heap =
        Heaps.open(
            directory,
            options.store(),
            () -> {
              ClusterProvider.Identity identity = provider.identify(dispatcher, options);
              fresh.set(identity);
              return identity.clusterId();
            });
    return join(
        provider,
        dispatcher,
        options,
        heap,
        SystemSeams.all(),
        new EventsFile(directory),
        Optional.ofNullable(fresh.get()));
  }

  static Hotpot join(
      ClusterProvider provider,
      String dispatcher,
      ClusterOptions options,
      Heap heap,
      Seams seams,
      @Nullable EventsFile eventsFile,
      Optional<ClusterProvider.Identity> fresh) {
    Hotpot hotpot = open(heap, options.store(), seams, eventsFile);
    boolean joined = false;
    try {
      fresh.ifPresent(identity -> hotpot.store.held.nodeId(identity.nodeId()));
      ClusterProvider.Joined membership =
          provider.join(dispatcher, options, hotpot.store.held, seams);
      hotpot.store.join(membership);
      joined = true;
      return hotpot;
    } finally {
      if (!joined) {
        hotpot.close();
      }
    }
  }

  static Hotpot open(Heap heap, HotpotOptions options, Seams seams) {
    return open(heap, options, seams, null);
  }

  static Hotpot open(
      Heap heap, HotpotOptions options, Seams seams, @Nullable EventsFile eventsFile) {
    try {
      return new Hotpot(heap, options, seams, eventsFile);
    } catch (RuntimeException | Error e) {
      heap.close();
      throw e;
    }
  }

  /** What the cluster uses of a node's store. */
  HeldParts heldParts() {
    return store.held;
  }

  /** Why a new store cannot have this kind of heap here, for a reader; empty if it can. */
  public static Optional<String> obstacle(HotpotOptions.HeapKind kind) {
    return Heaps.obstacle(kind);
  }

  // ---- datasets

  /** The dataset of this name, created with default options if there is none. */
  public Dataset dataset(String name) {
    return dataset(name, DatasetOptions.defaults());
  }

  /**
   * The dataset of this name, created with these options if there is none.
   *
   * @throws MisuseException if it exists with other options
   * @throws HeapFull if there is no room for what the store must write down of it
   */
  public Dataset dataset(String name, DatasetOptions datasetOptions) {
    return store
        .datasets()
        .findOrCreate(name, Objects.requireNonNull(datasetOptions, "datasetOptions"));
  }

  /** The dataset of this name, if there is one. */
  public Optional<Dataset> findDataset(String name) {
    return store.datasets().find(name);
  }

  /** All datasets, sorted by name. */
  public List<Dataset> datasets() {
    return store.datasets().all();
  }

  /**
   * The dataset that an object belongs to.
   *
   * @throws ObjectNotFound if it is none of this store
   */
  public Dataset datasetOf(Ref<?> ref) {
    return store.datasets().of(ref.id());
  }

  /**
   * Renames a dataset; references to its objects stay valid.
   *
   * @throws MisuseException if there is no such dataset, or one of the new name
   */
  public void rename(String name, String newName) {
    rename(
        Map.of(Objects.requireNonNull(name, "name"), Objects.requireNonNull(newName, "newName")));
  }

  /**
   * Renames several datasets, all or none.
   *
   * @param newNames by present name
   * @throws MisuseException if there is no such dataset, or one of a new name
   */
  public void rename(Map<String, String> newNames) {
    store.datasets().rename(newNames);
  }

  /**
   * Deletes a dataset with all its objects; its space is free when the method returns. References
   * to its objects give {@link ObjectNotFound} for ever.
   *
   * @throws MisuseException if there is no such dataset
   */
  public void drop(String name) {
    store.datasets().drop(name);
  }

  // ---- types

  /** The types that the store knows, every version of each, sorted by name and version. */
  public List<StoredType> types() {
    return inspection.types();
  }

  /**
   * Makes a type known by its description, so that values of it can be written as trees.
   *
   * @throws TypeMismatch if the description is not understood
   */
  public void addType(StoredType type) {
    store.state.checkWritable();
    store.codec.types().add(type);
  }

  /**
   * Makes classes known before values of theirs are read. Needed only for a class that was renamed
   * (see {@link PreviousName}) or that the thread's context class loader does not find; others are
   * found when they are needed.
   *
   * @throws TypeMismatch if a class is not compatible with what is stored
   */
  public void use(Class<?>... types) {
    store.state.checkOpen();
    for (Class<?> type : Objects.requireNonNull(types, "types")) {
      store.codec.types().use(Objects.requireNonNull(type, "a class in types"));
    }
  }

  // ---- transactions

  /** Runs work over several datasets in one transaction; see {@link Dataset#transact}. */
  public <T> T transact(TransactionWork<T> work) {
    return store.transactions.transact(null, work);
  }

  /** As {@link #transact(TransactionWork)}, for work without a result. */
  public void run(TransactionAction work) {
    store.transactions.run(null, work);
  }

  /**
   * Runs work over several datasets in a read-only transaction. It never conflicts: where others
   * keep changing what it reads, it is run over a snapshot.
   *
   * @throws SnapshotTooOld if the heap ran out of room while it was
   */
  public <T> T read(TransactionWork<T> work) {
    return store.transactions.read(null, work);
  }

  /** Begins a transaction over several datasets. */
  public Transaction begin() {
    return store.transactions.begin(null);
  }

  /**
   * Takes a snapshot of the whole store, of the whole cluster where it is part of one; see {@link
   * Snapshot}.
   *
   * @throws NotEnoughReplicas if the owner of a partition of the cluster does not answer
   */
  public Snapshot snapshot() {
    return store.snapshot();
  }

  /** As {@link #outcome(CommitId, Duration)}; waits for 30 s at most. */
  public CommitOutcome outcome(CommitId commit) {
    return outcome(commit, ClusterLink.PATIENCE);
  }

  /**
   * How a commit of this node or another one ended whose answer was lost; see {@link
   * CommitOutcomeUnknown#commit}. Waits until whoever owns the partition that records it has said
   * so. To ask decides: what has not committed by then never will.
   *
   * <p>It is remembered until the node that committed has made 16,384 commits more; of nodes that
   * have left, a partition remembers the last 65,536.
   *
   * @param limit of the waiting, 0 or more
   * @throws CommitOutcomeUnknown if it could not be found out in that time
   * @throws MisuseException if the store is not part of a cluster: there the outcome is what is
   *     found when it is opened again; or if the limit is below zero
   */
  public CommitOutcome outcome(CommitId commit, Duration limit) {
    Objects.requireNonNull(commit, "commit");
    Objects.requireNonNull(limit, "limit");
    store.state.checkOpen();
    return store.cluster.outcome(commit, Limits.nanos(limit));
  }

  // ---- threads and nodes together

  /** As {@link #barrier(String, int, Duration)}, for as long as it takes. */
  public void barrier(String name, int parties) throws InterruptedException {
    barrier(name, parties, Limits.FOR_EVER);
  }

  /**
   * Waits until so many threads of the whole cluster have arrived at the barrier of this name; of
   * this process, where the store stands alone. Then all of them go on, and the barrier can be used
   * again. There are no barriers but those that somebody waits at: none is created or deleted.
   *
   * <p>Whoever gives up, by time or by interrupt, or whose node has left the cluster, has not
   * arrived: the others go on waiting for one more.
   *
   * @param name of at most 80 characters; at most 1,024 barriers are waited at at once
   * @param parties from 1 to 1,024, this thread included; the same number for all who wait
   * @param limit of the waiting, 0 or more
   * @return whether all have arrived; false: the time was over first
   * @throws InterruptedException if the thread is interrupted while it waits
   * @throws MisuseException if others wait at it for another number of parties, or the limit is
   *     below zero
   * @throws NotAMember if the node's membership ended while it waited, or no dispatcher answers
   */
  public boolean barrier(String name, int parties, Duration limit) throws InterruptedException {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(limit, "limit");
    return store.barrier(name, parties, Limits.nanos(limit));
  }

  // ---- looking inside

  /** As its cluster knows this node; empty where the store stands alone or is no member now. */
  public Optional<ClusterMember> member() {
    return store.cluster.member();
  }

  /**
   * Tells a listener of the members of the cluster, their partitions and this node's lease from now
   * on, in a thread of its own: first what is, then what changes, in order.
   *
   * <p>A listener that falls 64 changes behind is told their sum, and {@linkplain
   * MembershipEvent.Skipped that it is one}.
   *
   * @throws MisuseException if the store is not part of a cluster, or has 64 listeners
   */
  public void addMembershipListener(MembershipListener listener) {
    Objects.requireNonNull(listener, "listener");
    store.state.checkOpen();
    store.cluster.addListener(listener);
  }

  /**
   * A listener is told nothing any more, but what it is being told at the moment; so are all when
   * the store is closed.
   *
   * @return false: it was not added, or is removed already
   */
  public boolean removeMembershipListener(MembershipListener listener) {
    return store.cluster.removeListener(Objects.requireNonNull(listener, "listener"));
  }

  /** The options that the store was opened with. */
  public HotpotOptions options() {
    return store.options;
  }

  /** What the heap is and what it promises. */
  public HeapInfo heapInfo() {
    return store.heap.info();
  }

  /** The durability that commits really have. */
  public Durability durability() {
    return store.durability;
  }

  /** What opening the store found and did. */
  public RecoveryReport recovery() {
    return recovery;
  }

  /** Counters since the store was opened, by name. */
  public Map<String, Long> counters() {
    return counters.toMap();
  }

  /** Chunks of 4 MiB: in use, and the most that there can be. */
  public HeapUse heapUse() {
    return inspection.heapUse();
  }

  /** How well each chunk that holds a log is used, in the order of their numbers. */
  public List<ChunkUse> chunkUse() {
    return inspection.chunkUse();
  }

  /**
   * How many bytes an object's value takes on the medium, without the record around it.
   *
   * @throws ObjectNotFound if there is no such object
   */
  public int sizeOf(Ref<?> ref) {
    return inspection.sizeOf(ref.id());
  }

  /**
   * The counters of the process that has, or was the last to have, a store open for writing; they
   * are at most a second old. The store may be in use.
   *
   * @throws NotAStore if there are none
   */
  public static Map<String, Long> lastCounters(Path directory) {
    return EventsFile.read(directory);
  }

  /**
   * What can be told from outside of a store that a process may have open for writing; see {@link
   * StoreOutline}.
   *
   * @throws NotAStore if there is none
   * @throws CorruptException if its head is damaged
   */
  public static StoreOutline outline(Path directory) {
    return StoreOutline.read(directory);
  }

  // ---- maintenance

  /** Verifies every batch and record of the store, online. */
  public List<Damage> check() {
    return check(Progress.none());
  }

  /** As {@link #check()}. The progress is counted in chunks. */
  public List<Damage> check(Progress progress) {
    return maintenance.check(progress);
  }

  /**
   * Goes on with what there is, after damage took versions that nothing else has: objects that may
   * have had a newer version, or may have been deleted, are served again as they are, from the next
   * opening on. Durable when the method returns.
   *
   * @return the names of the datasets concerned; "the catalog" for that of the store itself
   */
  public List<String> acceptDamage() {
    return maintenance.acceptDamage();
  }

  /**
   * Copies the store, while it is in use, to another directory, as it is at one moment. The copy is
   * a store with a mapped heap; restoring it is opening it, or backing it up to where it should be.
   * If the directory holds an earlier backup of this store, that is brought up to date, and only
   * what has changed is written.
   *
   * @return bytes of log that were written
   * @throws MisuseException if the directory holds anything else
   */
  public long backup(Path directory) {
    return backup(directory, Progress.none());
  }

  /** As {@link #backup(Path)}. The progress is counted in chunks. */
  public long backup(Path directory, Progress progress) {
    return maintenance.backup(directory, progress);
  }

  /**
   * Moves live objects together and frees what is dead, until nothing worth it is left. Returns
   * chunks freed.
   */
  public int compact() {
    return compact(Progress.none());
  }

  /** As {@link #compact()}. The progress is counted in chunks that are looked at. */
  public int compact(Progress progress) {
    return maintenance.compact(progress);
  }

  /**
   * Makes everything durable, writes checkpoints so that the next opening is fast, and gives the
   * files free.
   */
  @Override
  public void close() {
    store.cluster.leave();
    closing.close();
  }

  // ---- for the tests

  StoreCounters storeCounters() {
    return counters;
  }

  Events events() {
    return store.events;
  }

  Cleaner cleaner() {
    return store.cleaner;
  }

  Checkpointer checkpointer() {
    return store.checkpointer;
  }

  Committer committer() {
    return store.committer;
  }

  Collection<Partition> partitions() {
    return store.partitions.all();
  }

  Partition partitionOf(Dataset dataset) {
    return store.directory.partitionOf(dataset);
  }

  byte[] encode(Object value) {
    return store.codec.encode(value);
  }
}
