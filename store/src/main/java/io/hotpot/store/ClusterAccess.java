package io.hotpot.store;

import io.hotpot.store.spi.Elsewhere;
import io.hotpot.store.spi.Names;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.RemoteCopy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one transaction of a cluster's node does beyond its own partitions: reads copies of objects
 * that others own, reserves ids, and commits through the cluster.
 *
 * <p>Confined to the transaction's thread.
 */
final class ClusterAccess {

  private final TransactionContext context;
  private final Elsewhere elsewhere;
  private final Names names;
  private final ReadSet reads;
  private final ClusterLocks locks;
  private final int incarnation;

  /** Null: what is read is not acquired. */
  private @Nullable SharedReads sharing;

  private ClusterAccess(
      TransactionContext context, Elsewhere elsewhere, Names names, ReadSet reads, long age) {
    this.context = context;
    this.elsewhere = elsewhere;
    this.names = names;
    this.reads = reads;
    this.locks = new ClusterLocks(elsewhere, age);
    this.incarnation = elsewhere.incarnation();
  }

  /**
   * Null: the store stands alone.
   *
   * @param age of the first attempt of the same work; 0: this is it
   */
  static @Nullable ClusterAccess of(TransactionContext context, ReadSet reads, long age) {
    Elsewhere elsewhere = context.cluster().elsewhere();
    Names names = context.cluster().names();
    return elsewhere == null || names == null
        ? null
        : new ClusterAccess(context, elsewhere, names, reads, age);
  }

  // ---- reading

  /** From now on what is read is acquired before. */
  void share(SharedReads shared) {
    sharing = shared;
  }

  /** An object is about to be read. */
  void beforeRead(long id) {
    if (sharing != null) {
      sharing.read(id);
    }
  }

  /** The partition of an object that this node serves itself, or null. */
  @Nullable Partition servedHere(long id) {
    return context.directory().servedHere(id);
  }

  /** The value of another node's object, as the transaction sees it; null: there is none. */
  @Nullable Object read(long id) {
    RemoteCopy copy = elsewhere.read(id);
    while (!copy.isValid()) {
      if (servedHere(id) != null) {
        // Its partition has come to this node while the copy was on its way: there are none now.
        throw new Conflict(id);
      }
      copy = elsewhere.read(id);
    }
    reads.add(copy);
    byte[] payload = copy.payload();
    if (payload == null) {
      return null;
    }
    Object decoded = copy.decoded();
    if (decoded instanceof Version version) {
      return context.codec().handOut(version);
    }
    Object value = context.codec().decode(payload, 0, payload.length);
    Version version =
        new Version(id, 0, copy.stamp(), payload.length, value, context.codec().immutable(value));
    copy.decoded(version);
    return context.codec().handOut(version);
  }

  // ---- datasets

  private Names.NamedDataset named(Dataset dataset) {
    context.directory().checkOfThisStore(dataset);
    return ClusterDatasets.present(names, dataset);
  }

  /** The partition with a dataset's named roots; made, if it has none yet. */
  int home(Dataset dataset) {
    Names.NamedDataset named = named(dataset);
    if (named.home() == 0) {
      int partition = elsewhere.partitionToAllocateIn(named.id());
      int home = named(dataset).home();
      return home == 0 ? partition : home;
    }
    return named.home();
  }

  /** An id for a new object of a dataset. */
  long reserve(Dataset dataset) {
    return elsewhere.reserve(elsewhere.partitionToAllocateIn(named(dataset).id()));
  }

  /** An id in the partition of another object. */
  long reserveNear(long neighbour) {
    return elsewhere.reserve(ObjectId.partition(neighbour));
  }

  void giveBack(List<Long> ids) {
    if (!ids.isEmpty()) {
      elsewhere.giveBack(ids.stream().mapToLong(Long::longValue).toArray());
    }
  }

  /** How writers of an object's dataset get along. */
  TransactionMode mode(long id) {
    return names
        .datasetOf(ObjectId.partition(id))
        .map(Names.NamedDataset::mode)
        .orElse(TransactionMode.MRMW);
  }

  String datasetName(long id) {
    return names.datasetOf(ObjectId.partition(id)).map(Names.NamedDataset::name).orElse("");
  }

  ClusterLocks locks() {
    return locks;
  }

  // ---- ending

  /**
   * Ends a transaction that has only read: all of it was current at one moment, and this node may
   * say so (PROTOCOL 7.8).
   *
   * @throws Conflict if it must be run again
   * @throws NotAMember if the node's lease is over
   */
  void endReading() {
    locks.check();
    reads.checkServed();
    elsewhere.checkLease(incarnation);
  }

  /**
   * Commits through the cluster.
   *
   * @param copiesWanted 0: no wish
   * @throws Conflict if it must be run again; nothing happened
   */
  void commit(WriteSet writes, int copiesWanted) {
    Map<Integer, List<ObjectRead>> readsOf = reads.byPartition();
    Map<Integer, List<ObjectWrite>> writesOf = new TreeMap<>();
    for (int i = 0; i < writes.size(); i++) {
      Write write = writes.get(i);
      ObjectWrite.Kind kind =
          switch (write.kind) {
            case INSERT -> ObjectWrite.Kind.INSERT;
            case UPDATE -> ObjectWrite.Kind.UPDATE;
            case DELETE -> ObjectWrite.Kind.DELETE;
          };
      writesOf
          .computeIfAbsent(ObjectId.partition(write.objectId), p -> new ArrayList<>())
          .add(new ObjectWrite(write.objectId, kind, write.payload));
    }
    TreeSet<Integer> partitions = new TreeSet<>(readsOf.keySet());
    partitions.addAll(writesOf.keySet());
    // Whoever keeps something for the transaction takes part: it says whether it still does.
    partitions.addAll(locks.partitions());
    List<Elsewhere.Part> parts = new ArrayList<>();
    for (int partition : partitions) {
      parts.add(
          new Elsewhere.Part(
              partition,
              readsOf.getOrDefault(partition, List.of()),
              writesOf.getOrDefault(partition, List.of())));
    }
    locks.commit(parts, copiesWanted);
  }
}
