package io.hotpot.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
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

  /** So often {@code read} tries what is newest before it takes a snapshot. */
  private static final int OPTIMISTIC_READS = 4;

  private final Heap heap;
  private final HotpotOptions options;
  private final Durability durability;
  private final ChunkPool pool;
  private final ObjectCache cache;
  private final StoreCodec codec;
  private final Snapshots snapshots = new Snapshots();
  private final ExclusiveLocks locks = new ExclusiveLocks();
  private final Events events = new Events();
  private final PartitionTable partitions = new PartitionTable();
  private final Catalog catalog = new Catalog();
  private final ReentrantLock catalogLock = new ReentrantLock();
  private final GroupCommit groupCommit;
  private final Committer committer;
  private final Cleaner cleaner;
  private final Checkpointer checkpointer;
  private final Housekeeper housekeeper;
  private final @Nullable EventsFile eventsFile;
  private final StoreClock clock;
  private final RecoveryReport recovery;
  private final int epoch;
  private final long openedAtMs;
  private boolean isCatalogDamaged;
  private long counterId;
  private volatile boolean closed;

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
        Heaps.open(directory, options), options, new SystemClock(), new EventsFile(directory));
  }

  static Hotpot open(Heap heap, HotpotOptions options, StoreClock clock) {
    return open(heap, options, clock, null);
  }

  private static Hotpot open(
      Heap heap, HotpotOptions options, StoreClock clock, @Nullable EventsFile eventsFile) {
    try {
      return new Hotpot(heap, options, clock, eventsFile);
    } catch (RuntimeException | Error e) {
      heap.close();
      throw e;
    }
  }

  private Hotpot(
      Heap heap, HotpotOptions options, StoreClock clock, @Nullable EventsFile eventsFile) {
    this.eventsFile = options.readOnly() ? null : eventsFile;
    this.heap = heap;
    this.options = options;
    this.clock = clock;
    this.openedAtMs = clock.nowMs();
    this.durability =
        options.durability().compareTo(heap.info().durability()) <= 0
            ? options.durability()
            : heap.info().durability();
    this.pool = new ChunkPool(heap);
    this.cache = new ObjectCache(options.cacheBytes());
    this.codec = new StoreCodec(this::registerSchema, options, events);
    this.groupCommit = new GroupCommit(heap, partitions::all, events);
    this.committer = new Committer(groupCommit, locks, clock, durability, events);
    this.checkpointer = new Checkpointer(heap, groupCommit, events);
    this.cleaner = new Cleaner(pool, groupCommit, snapshots, checkpointer, partitions::all, events);
    Recovery found = new Recovery(heap);
    found.readLogs();
    Incarnation last = Incarnation.read(heap);
    boolean isKnown = !last.damaged() && (last.number() > 0 || found.partitionIds().isEmpty());
    if (!isKnown) {
      found.damages().add(new Damage(-1, -1, 0, 0, "", "the count of openings is damaged"));
    }
    this.epoch = Math.max(last.number(), found.maxEpoch()) + (options.readOnly() ? 0 : 1);
    this.recovery = recover(found, isKnown && last.clean());
    this.housekeeper = new Housekeeper(this, pool, cleaner, groupCommit, partitions::all);
    if (options.background() && !options.readOnly()) {
      housekeeper.start();
    }
  }

  // ---- opening

  private RecoveryReport recover(Recovery found, boolean clean) {
    try {
      return recoverPartitions(found, clean);
    } catch (RuntimeException | Error e) {
      partitions.all().forEach(Partition::close);
      throw e;
    }
  }

  private RecoveryReport recoverPartitions(Recovery found, boolean clean) {
    if (!options.readOnly()) {
      Incarnation.write(heap, epoch, false);
    }
    found.freeChunks().forEach(pool::addFree);
    Partition catalogPartition = newPartition(Catalog.PARTITION, TransactionMode.MRMW);
    recoverPartition(found, catalogPartition, !clean);
    readCatalog(catalogPartition, found);
    Set<Integer> known = new TreeSet<>();
    known.add(Catalog.PARTITION);
    for (Catalog.Entry entry : catalog.entries()) {
      known.add(entry.partition());
      recoverPartition(found, newPartition(entry.partition(), entry.mode()), !clean);
    }
    if (!options.readOnly()) {
      for (int index : found.interruptedChunks()) {
        long label = heap.label(index);
        pool.release(index, ChunkFormat.labelPartition(label), ChunkFormat.labelSequence(label));
      }
      new Settlement(heap, pool, clean).settle(found, partitions.all());
      if (!clean) {
        markRecovered();
      }
      releaseOrphans(found, known);
    }
    return new RecoveryReport(clean, found.scannedBytes(), List.copyOf(found.damages()));
  }

  /**
   * Releases what is left of datasets that were being dropped when the store went down. By now
   * every log says of itself where it ends: none needs the siblings that go.
   */
  private void releaseOrphans(Recovery found, Set<Integer> known) {
    if (found.damages().stream().anyMatch(d -> d.partition() == Catalog.PARTITION)) {
      return;
    }
    for (int orphan : found.orphans(known)) {
      for (LogChunk chunk : found.found(orphan).chunks.descendingMap().values()) {
        pool.release(chunk.memory.index(), orphan, chunk.sequence);
      }
    }
  }

  private Partition newPartition(int id, TransactionMode mode) {
    Partition partition = new Partition(id, mode, epoch, heap, pool, cache, codec, snapshots);
    partitions.put(partition);
    return partition;
  }

  private static void recoverPartition(Recovery recovery, Partition partition, boolean crashed) {
    recovery.apply(recovery.found(partition.id), partition, crashed);
  }

  /**
   * References that the crash left dangling must not come to life with another object: recovery has
   * raised the generations of free slots, and a mark makes every later one do so again. A
   * checkpoint would say it too, but whoever opens the store would wait for it.
   */
  private void markRecovered() {
    for (Partition partition : partitions.all()) {
      if (partition.chunks.size() > 0 || partition.log.prepared() != null) {
        partition.appendMark(BatchFormat.RECOVERED);
      }
    }
    groupCommit.drainAll();
  }

  /** What cannot be read of the catalog is reported, and does not take the rest with it. */
  private void readCatalog(Partition partition, Recovery found) {
    long suspectBefore = partition.suspectBefore();
    partition.suspectBefore(0);
    found.partitionIds().forEach(catalog::usedPartition);
    for (int slot = 1; slot < partition.slots(); slot++) {
      long word = partition.table.get(slot);
      if (HandleWord.isReadable(word)) {
        try {
          readCatalogRecord(partition, HandleWord.address(word));
        } catch (CorruptException e) {
          found.damages().add(catalogDamage(partition, HandleWord.address(word), e));
          isCatalogDamaged |= HandleWord.address(word) >= partition.acceptedBefore();
        }
      }
    }
    partition.suspectBefore(suspectBefore);
    isCatalogDamaged |= suspectBefore != 0;
  }

  private static Damage catalogDamage(Partition partition, long address, CorruptException e) {
    LogChunk chunk = partition.chunks.get(Address.sequence(address));
    return new Damage(
        partition.id,
        chunk == null ? -1 : chunk.memory.index(),
        Address.offset(address),
        0,
        "",
        "an entry of the catalog is damaged, what it describes cannot be reached: "
            + e.getMessage());
  }

  private void readCatalogRecord(Partition partition, long address) {
    long id =
        ObjectId.pack(Catalog.PARTITION, 0, 0)
            | RecordFormat.identity(partition.identityWord(address));
    Version version = partition.readRecord(id, address);
    if (version == null) {
      throw new CorruptException("it lies in a chunk that does not exist");
    }
    switch (version.value()) {
      case Catalog.Entry entry -> catalog.put(entry, id);
      case CatalogFormat.SchemaBytes schema -> {
        catalog.addSchema(schema.bytes());
        codec.loadSchema(schema.bytes());
      }
      case CatalogFormat.PartitionCounter counter -> {
        catalog.usedPartition(counter.highest());
        counterId = id;
      }
      default -> throw new CorruptException("it is an object that does not belong there");
    }
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
   */
  public Dataset dataset(String name, DatasetOptions datasetOptions) {
    checkOpen();
    Catalog.Entry entry = catalog.find(name);
    if (entry == null) {
      entry = create(name, datasetOptions);
    } else if (datasetOptions.mode() != TransactionMode.MRMW
        && entry.mode() != datasetOptions.mode()) {
      throw new MisuseException(
          "dataset '"
              + name
              + "' exists with mode "
              + entry.mode()
              + ", asked for was "
              + datasetOptions.mode());
    }
    return toDataset(entry);
  }

  /** The dataset of this name, if there is one. */
  public Optional<Dataset> findDataset(String name) {
    checkOpen();
    return Optional.ofNullable(catalog.find(name)).map(this::toDataset);
  }

  /** All datasets, sorted by name. */
  public List<Dataset> datasets() {
    checkOpen();
    return catalog.entries().stream().map(this::toDataset).toList();
  }

  private Dataset toDataset(Catalog.Entry entry) {
    return new Dataset(this, entry.name(), entry.partition(), new DatasetOptions(entry.mode()));
  }

  private Catalog.Entry create(String name, DatasetOptions datasetOptions) {
    checkWritable();
    if (isCatalogDamaged) {
      throw new CorruptException(
          "dataset '"
              + name
              + "' is not in the catalog, but the catalog is damaged: it may exist; restore the store from a backup,"
              + " or run 'hotpot check --accept-damage' to go on without it");
    }
    Catalog.checkName(name);
    catalogLock.lock();
    try {
      Catalog.Entry present = catalog.find(name);
      if (present != null) {
        return present;
      }
      Catalog.Entry entry = new Catalog.Entry(name, catalog.nextPartition(), datasetOptions.mode());
      Partition partition = catalogPartition();
      Write inserted = insert(partition, CatalogFormat.dataset(entry));
      Write counted = countPartition(partition, entry.partition());
      commitCatalog(inserted, counted);
      counterId = counted.objectId;
      // Above the stamp of every snapshot that does not know the partition.
      newPartition(entry.partition(), entry.mode()).floor(partition.floorForOthers());
      catalog.put(entry, inserted.objectId);
      return entry;
    } finally {
      catalogLock.unlock();
    }
  }

  private Write countPartition(Partition partition, int highest) {
    byte[] payload = CatalogFormat.counter(highest);
    if (counterId != 0) {
      return new Write(partition, counterId, Write.Kind.UPDATE, payload, null);
    }
    return insert(partition, payload);
  }

  private static Write insert(Partition partition, byte[] payload) {
    return new Write(partition, partition.allocate(), Write.Kind.INSERT, payload, null);
  }

  private Partition catalogPartition() {
    Partition partition = partitions.get(Catalog.PARTITION);
    if (partition == null) {
      throw new StoreClosed("the store is closed");
    }
    return partition;
  }

  /** The catalog is durable before anything that relies on it is written. */
  private void commitCatalog(Write... writes) {
    cleaner.makingRoom(() -> committer.commit(this, new ReadSet(), WriteSet.of(writes)));
    groupCommit.drainAll();
  }

  /**
   * Renames a dataset; references to its objects stay valid.
   *
   * @throws MisuseException if there is no such dataset, or one of the new name
   */
  public void rename(String name, String newName) {
    rename(Map.of(name, newName));
  }

  /**
   * Renames several datasets, all or none.
   *
   * @param newNames by present name
   * @throws MisuseException if there is no such dataset, or one of a new name
   */
  public void rename(Map<String, String> newNames) {
    checkWritable();
    catalogLock.lock();
    try {
      Map<String, Catalog.Entry> renamed = new LinkedHashMap<>();
      List<Write> writes = new ArrayList<>();
      Set<String> taken = new TreeSet<>();
      newNames.forEach(
          (name, newName) -> {
            Catalog.checkName(newName);
            Catalog.Entry entry = existing(name);
            if (catalog.find(newName) != null || !taken.add(newName)) {
              throw new MisuseException("there is a dataset '" + newName + "' already");
            }
            Catalog.Entry changed = new Catalog.Entry(newName, entry.partition(), entry.mode());
            byte[] payload = CatalogFormat.dataset(changed);
            writes.add(
                new Write(catalogPartition(), entryId(name), Write.Kind.UPDATE, payload, null));
            renamed.put(name, changed);
          });
      if (writes.isEmpty()) {
        return;
      }
      commitCatalog(writes.toArray(new Write[0]));
      renamed.forEach(
          (name, changed) -> {
            long id = entryId(name);
            catalog.remove(name);
            catalog.put(changed, id);
          });
    } finally {
      catalogLock.unlock();
    }
  }

  /**
   * Deletes a dataset with all its objects; its space is free when the method returns. References
   * to its objects give {@link ObjectNotFound} for ever.
   *
   * @throws MisuseException if there is no such dataset
   */
  public void drop(String name) {
    checkWritable();
    catalogLock.lock();
    try {
      Catalog.Entry entry = existing(name);
      commitCatalog(
          new Write(catalogPartition(), entryId(name), Write.Kind.DELETE, new byte[0], null));
      Partition partition = partitions.get(entry.partition());
      if (partition != null) {
        partition.drop();
        // Commits that were let in before are still to be published, elsewhere too.
        groupCommit.drainAll();
      }
      catalog.remove(name);
      partitions.remove(entry.partition());
      if (partition != null) {
        cleaner.releaseAll(partition);
        partition.close();
        cache.removePartition(partition.id);
      }
    } finally {
      catalogLock.unlock();
    }
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

  private long entryId(String name) {
    Long id = catalog.entryId(name);
    if (id == null) {
      throw new MisuseException("there is no dataset '" + name + "'");
    }
    return id;
  }

  private void registerSchema(byte[] schema) {
    checkWritable();
    catalogLock.lock();
    try {
      commitCatalog(insert(catalogPartition(), CatalogFormat.schema(schema)));
      catalog.addSchema(schema);
    } finally {
      catalogLock.unlock();
    }
  }

  /**
   * Makes classes known before values of theirs are read. Needed only for a class that was renamed
   * (see {@link PreviousName}) or that the thread's context class loader does not find; others are
   * found when they are needed.
   *
   * @throws TypeMismatch if a class is not compatible with what is stored
   */
  public void use(Class<?>... types) {
    checkOpen();
    for (Class<?> type : types) {
      codec.types().use(type);
    }
  }

  // ---- transactions

  /** Runs work over several datasets in one transaction; see {@link Dataset#transact}. */
  public <T> T transact(TransactionWork<T> work) {
    return transact(null, work);
  }

  /** As {@link #transact(TransactionWork)}, for work without a result. */
  public void run(TransactionAction work) {
    transact(
        null,
        tx -> {
          work.run(tx);
          return Boolean.TRUE;
        });
  }

  /**
   * Runs work over several datasets in a read-only transaction. It never conflicts: where others
   * keep changing what it reads, it is run over a snapshot.
   *
   * @throws SnapshotTooOld if the heap ran out of room while it was
   */
  public <T> T read(TransactionWork<T> work) {
    return read(null, work);
  }

  /** Begins a transaction over several datasets. */
  public Transaction begin() {
    return begin(null);
  }

  Transaction begin(@Nullable Dataset home) {
    checkOpen();
    return Transaction.optimistic(this, home, options.readOnly(), true);
  }

  <T> T transact(@Nullable Dataset home, TransactionWork<T> work) {
    checkWritable();
    return attempts(home, false, work);
  }

  <T> T read(@Nullable Dataset home, TransactionWork<T> work) {
    checkOpen();
    T result = attempts(home, true, work);
    return result;
  }

  private <T> T attempts(@Nullable Dataset home, boolean readOnly, TransactionWork<T> work) {
    for (int attempt = 1; ; attempt++) {
      if (readOnly && attempt > Math.min(OPTIMISTIC_READS, options.attempts())) {
        return readSnapshot(home, work);
      }
      Transaction tx = Transaction.optimistic(this, home, readOnly, false);
      try {
        T result = work.run(tx);
        tx.commitOrConflict();
        return result;
      } catch (Conflict conflict) {
        events.conflicts.increment();
        if (!readOnly && attempt >= options.attempts()) {
          throw new ConflictException(
              Ref.text(conflict.objectId)
                  + " kept being changed by other transactions; the work was tried "
                  + attempt
                  + " times; nothing happened");
        }
        events.retries.increment();
        backOff(attempt);
      } finally {
        tx.rollback();
      }
      checkOpen();
    }
  }

  /** Other transactions keep changing what the work reads; of a snapshot nothing changes. */
  private <T> T readSnapshot(@Nullable Dataset home, TransactionWork<T> work) {
    try (Snapshot view = snapshot()) {
      events.snapshotReads.increment();
      Transaction tx = Transaction.over(view, this, home);
      try {
        T result = work.run(tx);
        tx.commitOrConflict();
        return result;
      } finally {
        tx.rollback();
      }
    }
  }

  /** Jittered and growing, from some microseconds to a millisecond. */
  private static void backOff(int attempt) {
    long limitNs = Math.min(1_000_000L, 2_000L << Math.min(attempt, 9));
    long ns = ThreadLocalRandom.current().nextLong(limitNs / 4, limitNs);
    if (attempt > 2) {
      LockSupport.parkNanos(ns);
    } else {
      Thread.onSpinWait();
    }
  }

  /** Takes a snapshot of the whole store; see {@link Snapshot}. */
  public Snapshot snapshot() {
    checkOpen();
    long ticket = snapshots.open();
    boolean opened = false;
    try {
      long stamp = cut();
      for (Partition partition : partitions.all()) {
        InFlightCommit last = partition.lastInFlight(stamp);
        if (last != null) {
          groupCommit.awaitEnd(last);
        }
      }
      snapshots.stamped(ticket, stamp);
      events.snapshots.increment();
      opened = true;
      return new Snapshot(this, snapshots, ticket, stamp);
    } finally {
      if (!opened) {
        snapshots.close(ticket);
      }
    }
  }

  /**
   * Chooses a stamp between what has been committed and what will be. No commit may come in between
   * two partitions: one that follows another one could be below the stamp, and that one above.
   */
  private long cut() {
    Partition first = catalogPartition();
    first.commitLock.lock();
    // A partition that is created from here on asks the catalog's for its floor, and waits.
    List<Partition> all = partitions.all();
    all.forEach(partition -> partition.commitLock.lock());
    try {
      long floor = 0;
      for (Partition partition : all) {
        floor = Math.max(floor, partition.lastStamp());
      }
      long stamp = Stamp.after(floor, clock.nowMs());
      all.forEach(partition -> partition.floor(stamp));
      return stamp;
    } finally {
      all.forEach(partition -> partition.commitLock.unlock());
      first.commitLock.unlock();
    }
  }

  void snapshotClosed() {
    partitions.all().forEach(Partition::reclaimDeleted);
  }

  // ---- for transactions

  Partition partitionOf(Dataset dataset) {
    if (dataset.store() != this) {
      throw new MisuseException(
          "dataset '" + dataset.name() + "' belongs to another store than the transaction");
    }
    checkOpen();
    Partition partition = partitions.get(dataset.partition());
    if (partition == null) {
      throw new MisuseException("dataset '" + dataset.name() + "' was dropped");
    }
    return partition;
  }

  Partition partitionOf(long objectId) {
    int number = ObjectId.partition(objectId);
    boolean isOfTheStore =
        number == Catalog.PARTITION || ObjectId.slot(objectId) == Partition.ROOTS_SLOT;
    Partition partition = isOfTheStore ? null : partitions.get(number);
    if (partition == null) {
      checkOpen();
      if (isCatalogDamaged) {
        throw new CorruptException(
            Ref.text(objectId)
                + " belongs to no dataset that the damaged catalog still names; restore the store from a backup, or run"
                + " 'hotpot check --accept-damage' to go on without it");
      }
      throw new ObjectNotFound(
          Ref.text(objectId)
              + " belongs to no dataset of this store: the dataset was dropped, or the reference is from another store");
    }
    return partition;
  }

  @Nullable Partition partitionOrNull(int number) {
    return partitions.get(number);
  }

  /** The types that the store knows, every version of each, sorted by name and version. */
  public List<StoredType> types() {
    checkOpen();
    return codec.types().schemas().stream()
        .map(StoredType::of)
        .sorted(Comparator.comparing(StoredType::name).thenComparingInt(StoredType::version))
        .toList();
  }

  /**
   * Makes a type known by its description, so that values of it can be written as trees.
   *
   * @throws TypeMismatch if the description is not understood
   */
  public void addType(StoredType type) {
    checkWritable();
    codec.types().add(type);
  }

  /**
   * How many bytes an object's value takes on the medium, without the record around it.
   *
   * @throws ObjectNotFound if there is no such object
   */
  public int sizeOf(Ref<?> ref) {
    byte[] record = null;
    long word = HandleWord.of(HandleWord.LIVE, 0);
    while (record == null && HandleWord.isReadable(word)) {
      // Where the cleaner has just moved it, the word says so when it is read again.
      Partition partition = partitionOf(ref.id());
      word = partition.table.get(ObjectId.slot(ref.id()));
      record = HandleWord.isReadable(word) ? partition.copyRecord(HandleWord.address(word)) : null;
    }
    if (record == null
        || RecordFormat.identity(Bytes.getLong(record, 0)) != ObjectId.identity(ref.id())) {
      throw Partition.notFound(ref.id());
    }
    return record.length - RecordFormat.HEADER_BYTES;
  }

  /**
   * The dataset that an object belongs to.
   *
   * @throws ObjectNotFound if it is none of this store
   */
  public Dataset datasetOf(Ref<?> ref) {
    return datasetOf(ref.id());
  }

  Dataset datasetOf(long objectId) {
    int number = partitionOf(objectId).id;
    for (Catalog.Entry entry : catalog.entries()) {
      if (entry.partition() == number) {
        return toDataset(entry);
      }
    }
    throw new ObjectNotFound(Ref.text(objectId) + " belongs to no dataset of this store");
  }

  byte[] encode(Object value) {
    return codec.encode(value);
  }

  /** The value, if the cache may keep it: nothing can change it any more. */
  @Nullable Object shareable(Object value) {
    return !options.trees() && codec.immutable(value) ? value : null;
  }

  Object decodeOwn(Write write) {
    Object value = write.value;
    return value != null ? value : codec.decode(write.payload, 0, write.payload.length);
  }

  Object handOut(Version version) {
    return version.immutable() ? version.value() : codec.copy(version.value());
  }

  Committer committer() {
    return committer;
  }

  /** A round of waiting for a commit in flight; ends if that will never be published. */
  void awaitOthers(int round) {
    groupCommit.throwIfFailed();
    Waiting.pause(round);
  }

  ExclusiveLocks locks() {
    return locks;
  }

  Events events() {
    return events;
  }

  // ---- looking inside

  /** The options that the store was opened with. */
  public HotpotOptions options() {
    return options;
  }

  /** What the heap is and what it promises. */
  public HeapInfo heapInfo() {
    return heap.info();
  }

  /** The durability that commits really have. */
  public Durability durability() {
    return durability;
  }

  /** What opening the store found and did. */
  public RecoveryReport recovery() {
    return recovery;
  }

  /** Counters since the store was opened, by name. */
  public Map<String, Long> counters() {
    Map<String, Long> counters = events.toMap();
    long misses = cache.misses();
    counters.put("cacheMisses", misses);
    counters.put("cacheHits", Math.max(0, events.objectReads.sum() - misses));
    counters.put("openedAfterCrash", recovery.clean() ? 0L : 1L);
    counters.put("openingScannedBytes", recovery.scannedBytes());
    counters.put("openingDamages", (long) recovery.damages().size());
    counters.put("openedAtMs", openedAtMs);
    return counters;
  }

  /** Chunks of 4 MiB: in use, and the most that there can be. */
  public HeapUse heapUse() {
    return new HeapUse(pool.inUse(), pool.capacity());
  }

  /** How well each chunk that holds a log is used, in the order of their numbers. */
  public List<ChunkUse> chunkUse() {
    checkOpen();
    List<ChunkUse> uses = new ArrayList<>();
    for (Partition partition : partitions.all()) {
      for (LogChunk chunk : partition.chunks.all()) {
        uses.add(
            new ChunkUse(
                chunk.memory.index(), partition.id, chunk.usedBytes(), chunk.liveBytes.get()));
      }
    }
    uses.sort(Comparator.comparingInt(ChunkUse::chunk));
    return uses;
  }

  DatasetStats stats(Dataset dataset) {
    Partition partition = partitionOf(dataset);
    return new DatasetStats(
        dataset.name(),
        partition.id,
        dataset.options().mode(),
        partition.objects.get(),
        partition.liveBytes.get(),
        partition.chunks.size(),
        partition.log.appendedBytes());
  }

  Iterable<Ref<?>> refs(Dataset dataset) {
    Partition partition = partitionOf(dataset);
    return () ->
        new Iterator<>() {
          private int slot;
          private @Nullable Ref<?> next = advance();

          private @Nullable Ref<?> advance() {
            while (++slot < partition.slots()) {
              long word = partition.table.get(slot);
              while (HandleWord.isReadable(word)) {
                long identity = partition.identityWord(HandleWord.address(word));
                if (identity != 0) {
                  return Ref.of(
                      ObjectId.pack(partition.id, 0, 0) | RecordFormat.identity(identity));
                }
                // The cleaner has just moved it, or the dataset is being dropped.
                partitionOf(dataset);
                word = partition.table.get(slot);
              }
            }
            return null;
          }

          @Override
          public boolean hasNext() {
            return next != null;
          }

          @Override
          public Ref<?> next() {
            Ref<?> current = next;
            if (current == null) {
              throw new NoSuchElementException();
            }
            next = advance();
            return current;
          }
        };
  }

  /**
   * Goes on with what there is, after damage took versions that nothing else has: objects that may
   * have had a newer version, or may have been deleted, are served again as they are, from the next
   * opening on. Durable when the method returns.
   *
   * @return the names of the datasets concerned; "the catalog" for that of the store itself
   */
  public List<String> acceptDamage() {
    catalogLock.lock();
    try {
      checkWritable();
      return acceptAllDamage();
    } finally {
      catalogLock.unlock();
    }
  }

  private List<String> acceptAllDamage() {
    List<String> accepted = new ArrayList<>();
    for (Partition partition : partitions.all()) {
      boolean isCatalog = partition.id == Catalog.PARTITION;
      if (partition.suspectBefore() != 0 || (isCatalog && isCatalogDamaged)) {
        partition.appendMark(BatchFormat.DAMAGE_ACCEPTED);
        groupCommit.drainAll();
        accepted.add(partitionName(partition.id));
      }
    }
    return accepted;
  }

  private String partitionName(int partition) {
    return catalog.entries().stream()
        .filter(entry -> entry.partition() == partition)
        .map(Catalog.Entry::name)
        .findFirst()
        .orElse("the catalog");
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
    checkOpen();
    if (!options.readOnly()) {
      groupCommit.drainAll();
    }
    catalogLock.lock();
    try {
      return cleaner.whileNothingIsReleased(
          () -> Backup.write(heap, partitions.all(), epoch, directory, progress));
    } finally {
      catalogLock.unlock();
    }
  }

  /** What the housekeeper does beside keeping house. */
  void writeEvents() {
    if (eventsFile != null) {
      eventsFile.writeSometimes(this::counters, clock.nowMs());
    }
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

  /** Why a new store cannot have this kind of heap here, for a reader; empty if it can. */
  public static Optional<String> obstacle(HotpotOptions.HeapKind kind) {
    return Heaps.obstacle(kind);
  }

  /** Verifies every batch and record of the store, online. */
  public List<Damage> check() {
    return check(Progress.none());
  }

  /** As {@link #check()}. The progress is counted in chunks. */
  public List<Damage> check(Progress progress) {
    checkOpen();
    return Scrubber.check(partitions.all(), progress);
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
    checkWritable();
    return cleaner.compact(progress);
  }

  /** Package-private: for tests and the housekeeper. */
  Cleaner cleaner() {
    return cleaner;
  }

  Collection<Partition> partitions() {
    return partitions.all();
  }

  Checkpointer checkpointer() {
    return checkpointer;
  }

  Map<Integer, Integer> chunkCounts() {
    Map<Integer, Integer> counts = new TreeMap<>();
    partitions.all().forEach(p -> counts.put(p.id, p.chunks.size()));
    return counts;
  }

  void checkOpen() {
    if (closed) {
      throw new StoreClosed("the store " + heap.info().location() + " is closed");
    }
  }

  private void checkWritable() {
    checkOpen();
    if (options.readOnly()) {
      throw new MisuseException("the store was opened read-only");
    }
  }

  /**
   * Makes everything durable, writes checkpoints so that the next opening is fast, and gives the
   * files free.
   */
  @Override
  public void close() {
    catalogLock.lock();
    try {
      if (!closed) {
        closed = true;
        closeOnce();
      }
    } finally {
      catalogLock.unlock();
    }
  }

  private void closeOnce() {
    try {
      housekeeper.stop();
      if (eventsFile != null) {
        eventsFile.write(counters());
      }
      // After the medium refused, every commit concerned has said so; recovery finds out the rest.
      if (!options.readOnly() && !groupCommit.hasFailed()) {
        // Nothing may follow the checkpoints, or the next opening takes it for what is left of
        // more.
        groupCommit.close();
        cleaner.stop();
        closeCleanly();
      }
    } finally {
      partitions.all().forEach(Partition::close);
      heap.close();
    }
  }

  private void closeCleanly() {
    boolean whole = true;
    for (Partition partition : partitions.all()) {
      if (partition.suspectBefore() != 0) {
        whole = false;
        continue;
      }
      if (partition.chunks.size() == 0 && partition.log.prepared() == null) {
        continue;
      }
      try {
        checkpointer.write(partition);
      } catch (HeapFull e) {
        // The next opening reads the log instead.
        whole = false;
      }
    }
    groupCommit.drainAll();
    if (whole) {
      Incarnation.write(heap, epoch, true);
    }
  }
}
