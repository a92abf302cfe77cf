package io.hotpot.store;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A unit of work over any datasets of one store: all of it happens, or nothing.
 *
 * <p>Transactions are strictly serializable, and opaque: what a running transaction reads has
 * existed together at one moment, even if the transaction will fail (invariants 4 and 5). When that
 * can no longer be kept up, the work given to {@link Dataset#transact} starts again; an explicit
 * transaction gets a {@link ConflictException}.
 *
 * <p>Thread-safety: a transaction belongs to the thread that began it; use by another is a {@link
 * MisuseException}.
 */
public final class Transaction implements AutoCloseable {

  private final TransactionContext context;
  private final @Nullable Dataset home;
  private final boolean readOnly;
  private final boolean explicit;
  private final @Nullable Snapshot view;
  private final Thread thread = Thread.currentThread();
  private final ReadSet reads;

  /** Null: the store stands alone. */
  private final @Nullable ClusterAccess cluster;

  private final WriteSet writes;
  private List<Long> reserved = Collections.emptyList();
  private Set<Long> acquired = Collections.emptySet();

  /** By the id of the object that holds them. */
  private Map<Long, ChangedRoots> changedRoots = Collections.emptyMap();

  private int objectReads;

  /** 0: no wish. */
  private int copiesWanted;

  private boolean finished;

  /** What the work may have caught: the reads so far do not belong together. */
  private @Nullable Conflict conflict;

  private Transaction(
      TransactionContext context,
      @Nullable Dataset home,
      boolean readOnly,
      boolean explicit,
      long age,
      @Nullable Snapshot view) {
    this.context = context;
    this.home = home;
    this.readOnly = readOnly;
    this.explicit = explicit;
    this.view = view;
    this.writes = readOnly ? WriteSet.NONE : new WriteSet();
    this.reads = new ReadSet(context.cluster().elsewhere());
    this.cluster = ClusterAccess.of(context, reads, age);
  }

  private record ChangedRoots(boolean exist, Map<String, Long> byName) {}

  /**
   * A transaction that reads what is newest, and fails where that does not fit together.
   *
   * @param age of the first attempt of the same work, by {@link #age}; 0: this is it
   */
  static Transaction optimistic(
      TransactionContext context,
      @Nullable Dataset home,
      boolean readOnly,
      boolean explicit,
      long age) {
    return new Transaction(context, home, readOnly, explicit, age, null);
  }

  /** One that only reads, and acquires before what it reads; in a cluster. */
  static Transaction sharing(
      TransactionContext context, @Nullable Dataset home, SharedReads shared) {
    Transaction tx = new Transaction(context, home, true, false, 0, null);
    if (tx.cluster != null) {
      tx.cluster.share(shared);
    }
    return tx;
  }

  /** A read-only transaction over a snapshot: it cannot conflict. */
  static Transaction over(Snapshot view, TransactionContext context, @Nullable Dataset home) {
    return new Transaction(context, home, true, false, 0, view);
  }

  // ---- reading

  /**
   * The object that a reference names, as this transaction sees it. Values of mutable classes are
   * copies.
   *
   * @throws ObjectNotFound if it was deleted
   */
  public <T> T get(Ref<T> ref) {
    T value = present(ref);
    if (value == null) {
      throw RecordReader.notFound(ref.id());
    }
    return value;
  }

  /** As {@link #get}; empty if there is no such object (any more). */
  public <T> Optional<T> find(Ref<T> ref) {
    return Optional.ofNullable(present(ref));
  }

  @SuppressWarnings("unchecked")
  private <T> @Nullable T present(Ref<T> ref) {
    checkUsable();
    long id = ref.id();
    Write write = writes.find(id);
    if (write != null) {
      return write.kind == Write.Kind.DELETE ? null : (T) context.codec().valueOf(write);
    }
    Partition partition = cluster == null ? context.directory().partitionOf(id) : null;
    return (T) read(partition, id);
  }

  private @Nullable Object readRoots(long id) {
    return read(
        cluster == null ? context.directory().partitionOrNull(ObjectId.partition(id)) : null, id);
  }

  /**
   * What the transaction sees of an object that it has not written; null: there is none.
   *
   * @param here its partition, where the store stands alone
   */
  private @Nullable Object read(@Nullable Partition here, long id) {
    try {
      if (cluster != null) {
        cluster.beforeRead(id);
      }
      Partition partition = cluster == null ? here : cluster.servedHere(id);
      if (partition == null && cluster != null) {
        return cluster.read(id);
      }
      Version version = partition == null ? null : readVersion(partition, id);
      return version == null ? null : context.codec().handOut(version);
    } catch (Conflict conflict) {
      throw explicitly(conflict);
    }
  }

  private @Nullable Version readVersion(Partition partition, long id) {
    return view == null ? readNewest(partition, id) : view.version(id).orElse(null);
  }

  private @Nullable Version readNewest(Partition partition, long id) {
    long readStamp = reads.readStamp(partition);
    int slot = ObjectId.slot(id);
    for (int spins = 0; ; spins++) {
      long word = partition.table.get(slot);
      if (HandleWord.isPrepared(word)) {
        partition.lostOutcomes.throwIfWrites(id);
        awaitOthers(partition, spins);
        continue;
      }
      if (!HandleWord.isReadable(word)) {
        partition.doubt.throwIfMayBeLost(id);
        extendToAbsence(partition);
        long now = partition.table.get(slot);
        if (HandleWord.isReadable(now) || HandleWord.isPrepared(now)) {
          continue;
        }
        reads.add(partition, id, 0, 0);
        return null;
      }
      Version version;
      try {
        version = partition.records.read(id, word);
      } catch (ObjectNotFound e) {
        // The slot belongs to another object: this reference is dead for ever.
        partition.doubt.throwIfMayBeLost(id);
        extendToAbsence(partition);
        return null;
      }
      if (version == null) {
        // Moved by the cleaner, or the dataset was dropped meanwhile: that says so.
        context.directory().partitionOf(id);
        throwIfLost(partition, id, word);
        continue;
      }
      if (version.stamp() > readStamp || reads.mayHaveLate(partition)) {
        for (int wait = 0; partition.publishedStamp() < version.stamp(); wait++) {
          awaitOthers(partition, wait);
        }
        context.events().extensions.increment();
        reads.extend();
        readStamp = reads.readStamp(partition);
        long now = partition.table.get(slot);
        if (HandleWord.tag(now) == HandleWord.PREPARED
            || HandleWord.address(now) != version.address()) {
          // It was replaced before the moment to which the read stamp has moved.
          continue;
        }
      }
      reads.add(partition, id, version.address(), version.stamp());
      objectReads++;
      return version;
    }
  }

  /** Of what is moved the word is changed first; only where that is lost it names what is gone. */
  private static void throwIfLost(Partition partition, long id, long word) {
    if (partition.table.get(ObjectId.slot(id)) == word) {
      if (!partition.isServed()) {
        throw new Conflict(ObjectId.pack(partition.id, 0, 0));
      }
      throw new CorruptException(
          "the chunk that holds "
              + Ref.text(id)
              + " is gone; where it was moved to is lost in a damaged batch");
    }
  }

  private void awaitOthers(Partition partition, int round) {
    if (!partition.isServed()) {
      // What it waits for is decided by another node now.
      throw new Conflict(ObjectId.pack(partition.id, 0, 0));
    }
    context.awaitOthers(round);
  }

  /**
   * An object's absence has no stamp: it may be younger than what was read before, and the commit
   * that deleted the object may be in the middle of its publication.
   */
  private void extendToAbsence(Partition partition) {
    partition.awaitPublication();
    reads.extend();
  }

  /** A named root of the transaction's own dataset. */
  public <T> Optional<Ref<T>> root(String name) {
    return root(homeDataset(), name);
  }

  /** A named root of a dataset. */
  public <T> Optional<Ref<T>> root(Dataset dataset, String name) {
    Long id = roots(dataset).get(Objects.requireNonNull(name, "name"));
    return id == null ? Optional.empty() : Optional.of(Ref.of(id));
  }

  /** The named roots of a dataset, sorted by name. */
  public Map<String, Ref<?>> allRoots(Dataset dataset) {
    Map<String, Ref<?>> refs = new TreeMap<>();
    roots(dataset).forEach((name, id) -> refs.put(name, Ref.of(id)));
    return Collections.unmodifiableMap(refs);
  }

  private Map<String, Long> roots(Dataset dataset) {
    checkUsable();
    long id = rootsOf(dataset);
    ChangedRoots changed = changedRoots.get(id);
    if (changed != null) {
      return changed.byName;
    }
    return readRoots(id) instanceof RootsFormat.Roots roots ? roots.byName() : Map.of();
  }

  /** The id of the object that holds a dataset's named roots. */
  private long rootsOf(Dataset dataset) {
    int partition =
        cluster == null ? context.directory().partitionOf(dataset).id : cluster.home(dataset);
    return ObjectId.pack(partition, 0, Partition.ROOTS_SLOT);
  }

  // ---- writing

  /**
   * Creates an object in the transaction's own dataset.
   *
   * @throws TypeMismatch if the value's class cannot be stored
   * @throws ObjectTooLarge if its encoded form does not fit a chunk
   */
  public <T> Ref<T> allocate(T value) {
    return allocate(homeDataset(), value);
  }

  /** Creates an object in a dataset. */
  public <T> Ref<T> allocate(Dataset dataset, T value) {
    checkWritable();
    byte[] payload = context.codec().encode(value);
    if (cluster != null) {
      return allocate(null, cluster.reserve(dataset), value, payload);
    }
    Partition partition = context.directory().partitionOf(dataset);
    return allocate(partition, partition.slots.allocate(), value, payload);
  }

  private <T> Ref<T> allocate(@Nullable Partition partition, long id, T value, byte[] payload) {
    if (reserved.isEmpty()) {
      reserved = new ArrayList<>(4);
    }
    reserved.add(id);
    writes.add(
        new Write(partition, id, Write.Kind.INSERT, payload, context.codec().shareable(value)));
    return Ref.of(id);
  }

  /**
   * Creates an object where another one is: in its dataset and partition, so that both have one
   * owner.
   */
  public <T> Ref<T> allocateNear(Ref<?> neighbour, T value) {
    checkWritable();
    byte[] payload = context.codec().encode(value);
    if (cluster != null) {
      return allocate(null, cluster.reserveNear(neighbour.id()), value, payload);
    }
    Partition partition = context.directory().partitionOf(neighbour.id());
    return allocate(partition, partition.slots.allocate(), value, payload);
  }

  /** Replaces an object. */
  public <T> void put(Ref<T> ref, T value) {
    checkWritable();
    byte[] payload = context.codec().encode(value);
    write(ref.id(), Write.Kind.UPDATE, payload, context.codec().shareable(value));
  }

  /** Replaces an object by a function of what it is now, and returns the new value. */
  public <T> T update(Ref<T> ref, UnaryOperator<T> change) {
    T changed = change.apply(get(ref));
    put(ref, changed);
    return changed;
  }

  /**
   * Deletes an object. Its reference, wherever it is kept, gives {@link ObjectNotFound} for ever.
   *
   * @throws ObjectNotFound if it was deleted before
   */
  public void delete(Ref<?> ref) {
    checkWritable();
    write(ref.id(), Write.Kind.DELETE, new byte[0], null);
  }

  /** Names an object of the transaction's own dataset, so that it can be found again. */
  public void root(String name, Ref<?> ref) {
    root(homeDataset(), name, ref);
  }

  /**
   * Names an object in a dataset. All names of a dataset are one object: with very many of them,
   * change several in one transaction, or keep an index in objects of your own.
   *
   * @throws ObjectTooLarge when the transaction is committed, if they no longer fit one object
   */
  public void root(Dataset dataset, String name, Ref<?> ref) {
    checkWritable();
    RootsFormat.checkName(name);
    changeRoots(dataset).put(name, ref.id());
  }

  /** Removes a name; the object stays. */
  public boolean removeRoot(Dataset dataset, String name) {
    checkWritable();
    boolean isThere = roots(dataset).containsKey(Objects.requireNonNull(name, "name"));
    return isThere && changeRoots(dataset).remove(name) != null;
  }

  /** The roots of a dataset, to be changed; they are encoded once, at the commit. */
  private Map<String, Long> changeRoots(Dataset dataset) {
    long id = rootsOf(dataset);
    ChangedRoots changed = changedRoots.get(id);
    if (changed == null) {
      Object before = readRoots(id);
      changed =
          before instanceof RootsFormat.Roots roots
              ? new ChangedRoots(true, new TreeMap<>(roots.byName()))
              : new ChangedRoots(false, new TreeMap<>());
      if (changedRoots.isEmpty()) {
        changedRoots = new TreeMap<>();
      }
      changedRoots.put(id, changed);
    }
    return changed.byName;
  }

  private void writeRoots() {
    changedRoots.forEach(
        (id, roots) -> {
          Write.Kind kind = roots.exist ? Write.Kind.UPDATE : Write.Kind.INSERT;
          Partition partition =
              cluster == null ? context.directory().partitionOrNull(ObjectId.partition(id)) : null;
          writes.add(new Write(partition, id, kind, RootsFormat.write(roots.byName), null));
        });
  }

  private void write(long id, Write.Kind kind, byte[] payload, @Nullable Object value) {
    Partition partition = cluster == null ? context.directory().partitionOf(id) : null;
    Write write = writes.find(id);
    if (write == null || write.kind != Write.Kind.INSERT) {
      checkAcquired(partition, id);
    }
    if (write == null) {
      writes.add(new Write(partition, id, kind, payload, value));
    } else if (write.kind == Write.Kind.DELETE) {
      throw RecordReader.notFound(id);
    } else if (write.kind == Write.Kind.INSERT && kind == Write.Kind.DELETE) {
      writes.remove(id);
      reserved.remove((Long) id);
      if (partition != null) {
        partition.slots.release(ObjectId.slot(id), ObjectId.generation(id));
      } else if (cluster != null) {
        cluster.giveBack(List.of(id));
      }
    } else {
      Write.Kind changed = write.kind == Write.Kind.INSERT ? Write.Kind.INSERT : kind;
      writes.change(write, changed, payload, value);
    }
  }

  /**
   * @param here its partition, where the store stands alone
   */
  private void checkAcquired(@Nullable Partition here, long id) {
    if (acquired.contains(id)) {
      return;
    }
    TransactionMode mode = here != null ? here.mode : cluster == null ? null : cluster.mode(id);
    if (mode == TransactionMode.MRSW) {
      String dataset =
          here != null
              ? context.directory().datasetName(here).orElse("")
              : cluster == null ? "" : cluster.datasetName(id);
      throw new MisuseException(
          "dataset '"
              + dataset
              + "' has mode MRSW: call acquire("
              + Ref.text(id)
              + ") in the transaction before writing it");
    }
  }

  // ---- locking

  /**
   * Acquires objects exclusively, all or none; nobody else can write them then, and the commit of
   * what this transaction reads and writes of them afterwards cannot conflict. Waits for commits of
   * others that are under way. They are released when the transaction ends. Required before writing
   * in a dataset of mode {@link TransactionMode#MRSW}.
   *
   * <p>In a cluster the objects may be any nodes'. A transaction waits for older ones, and takes
   * from younger ones what they have acquired unless they are committing already: those start
   * again, and keep their age. An explicit one gets a {@link ConflictException}.
   *
   * @throws ConflictException if another transaction kept one of them for too long
   * @throws LockLost in a cluster, if what was acquired before is lost
   */
  public void acquire(Ref<?>... refs) {
    checkWritable();
    long[] ids = new long[refs.length];
    for (int i = 0; i < refs.length; i++) {
      ids[i] = refs[i].id();
    }
    if (cluster == null) {
      acquireHere(ids);
    } else {
      try {
        cluster.locks().acquire(ids);
      } catch (Conflict conflict) {
        throw explicitly(conflict);
      }
    }
    if (acquired.isEmpty()) {
      acquired = new LinkedHashSet<>();
    }
    for (long id : ids) {
      acquired.add(id);
    }
  }

  private void acquireHere(long[] ids) {
    long blocker = context.locks().acquire(this, ids, context.options().attempts());
    if (blocker != 0) {
      throw new ConflictException(
          Ref.text(blocker) + " stayed acquired by another transaction; nothing was acquired");
    }
    for (long id : ids) {
      awaitCommitUnderWay(id);
    }
  }

  /** One that asked for the locks before the object was acquired has locked its word by now. */
  private void awaitCommitUnderWay(long id) {
    Partition partition = context.directory().partitionOrNull(ObjectId.partition(id));
    if (partition != null) {
      partition.awaitPublication();
      int slot = ObjectId.slot(id);
      for (int round = 0; HandleWord.isLocked(partition.table.get(slot)); round++) {
        context.awaitOthers(round);
      }
    }
  }

  // ---- copies

  /**
   * Asks for more copies than the minimum of the datasets that are written: the commit is refused,
   * and writes nothing, where fewer nodes hold one of their partitions in step. Of several calls
   * the highest number counts. A node that is lost while the commit is under way is not waited for
   * beyond the minimum.
   *
   * @param copies of everything that the transaction writes, the owner's included
   * @throws MisuseException if there are never so many: the store stands alone, or, when it is
   *     committed, a dataset's degree is lower
   */
  public void wantCopies(int copies) {
    checkWritable();
    if (copies < 1 || copies > DatasetOptions.MAX_DEGREE) {
      throw new MisuseException(
          "a transaction wants between 1 and "
              + DatasetOptions.MAX_DEGREE
              + " copies, not "
              + copies);
    }
    if (cluster == null && copies > 1) {
      throw new MisuseException(
          "a store of its own keeps one copy of each object, not " + copies + "; join a cluster");
    }
    copiesWanted = Math.max(copiesWanted, copies);
  }

  // ---- ending

  /**
   * Commits an explicit transaction.
   *
   * @throws ConflictException if something that it read has changed; nothing happened
   * @throws NotEnoughReplicas if too few nodes hold what it writes; nothing happened
   */
  public void commit() {
    checkUsable();
    if (!explicit) {
      throw new MisuseException(
          "the transaction is committed by transact() when the work returns; do not call commit() in it");
    }
    try {
      commitOrConflict();
    } catch (Conflict conflict) {
      throw explicitly(conflict);
    }
  }

  /**
   * Ends the transaction. Whatever happens, it is finished afterwards. What the work itself has
   * aborted or closed stays so.
   */
  void commitOrConflict() {
    if (finished) {
      return;
    }
    boolean committed = false;
    try {
      if (conflict != null) {
        throw conflict;
      }
      writeRoots();
      if (cluster != null) {
        if (writes.isEmpty()) {
          cluster.endReading();
        } else {
          cluster.commit(writes, copiesWanted);
        }
      } else if (!writes.isEmpty()) {
        context.committer().commit(this, reads, writes);
      }
      committed = true;
    } catch (RuntimeException | Error e) {
      if (mayYetHappen(e)) {
        // The slots of what it creates are not to be given to others.
        reserved = Collections.emptyList();
      }
      throw e;
    } finally {
      finish(committed);
    }
  }

  /** Whether a commit that ended so may be in flight still: it was no refusal of the store. */
  private static boolean mayYetHappen(Throwable e) {
    return e instanceof CommitOutcomeUnknown
        || !(e instanceof HotpotException || e instanceof Conflict);
  }

  /** For the next attempt of the same work. */
  long age() {
    return cluster == null ? 0 : cluster.locks().age();
  }

  /** The objects that it has read. */
  Set<Long> objectsRead() {
    return reads.objectIds();
  }

  /** Drops all that the transaction did; in {@code transact}, its work then commits nothing. */
  public void abort() {
    checkUsable();
    rollback();
  }

  void rollback() {
    if (!finished) {
      finish(false);
      context.events().aborts.increment();
    }
  }

  private void finish(boolean committed) {
    finished = true;
    if (objectReads > 0) {
      context.events().objectReads.add(objectReads);
    }
    if (!committed && cluster != null) {
      cluster.giveBack(reserved);
    } else if (!committed) {
      for (long id : reserved) {
        Partition partition = context.directory().partitionOrNull(ObjectId.partition(id));
        if (partition != null) {
          partition.slots.release(ObjectId.slot(id), ObjectId.generation(id));
        }
      }
    }
    if (cluster != null) {
      cluster.locks().release();
    } else if (!acquired.isEmpty()) {
      context.locks().release(this, acquired);
    }
  }

  /** Aborts the transaction unless it has been committed. */
  @Override
  public void close() {
    if (!finished) {
      checkThread();
      rollback();
    }
  }

  private RuntimeException explicitly(Conflict conflict) {
    this.conflict = conflict;
    if (!explicit) {
      return conflict;
    }
    if (!finished) {
      rollback();
    }
    return conflict.once();
  }

  private Dataset homeDataset() {
    if (home == null) {
      throw new MisuseException(
          "this transaction was begun on the store, not on a dataset; name the dataset in the call");
    }
    return home;
  }

  private void checkWritable() {
    checkUsable();
    if (readOnly) {
      throw new MisuseException("read() gives a read-only transaction; use transact() to write");
    }
    if (cluster != null) {
      try {
        cluster.locks().check();
      } catch (Conflict conflict) {
        throw explicitly(conflict);
      }
    }
  }

  private void checkUsable() {
    if (finished) {
      throw new MisuseException("the transaction is finished; begin another one");
    }
    if (conflict != null) {
      throw conflict;
    }
    checkThread();
    context.state().checkOpen();
  }

  private void checkThread() {
    if (Thread.currentThread() != thread) {
      throw new MisuseException(
          "the transaction belongs to thread "
              + thread.getName()
              + "; a transaction is used by the thread that began it");
    }
  }
}
