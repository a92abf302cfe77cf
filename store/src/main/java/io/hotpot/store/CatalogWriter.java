package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes the catalog's objects, by ordinary commits in its partition: each change is durable when
 * its method returns, before anything that relies on it is written.
 *
 * <p>Owns no data: the change lock is the {@link Catalog}'s, and all methods but {@link #addSchema}
 * are called with it held, by whoever then changes the catalog in memory. A change that fails gives
 * back the slots that it had reserved.
 */
final class CatalogWriter {

  private final StoreState state;
  private final Catalog catalog;
  private final PartitionDirectory directory;
  private final RoomMakingCommitter committer;
  private final GroupCommit groupCommit;

  CatalogWriter(
      StoreState state,
      Catalog catalog,
      PartitionDirectory directory,
      RoomMakingCommitter committer,
      GroupCommit groupCommit) {
    this.state = state;
    this.catalog = catalog;
    this.directory = directory;
    this.committer = committer;
    this.groupCommit = groupCommit;
  }

  /**
   * Writes a new dataset, and that its partition's number is used from now on.
   *
   * @return the id of the entry's object
   */
  long insert(Catalog.Entry entry) {
    Write inserted = newObject(CatalogFormat.dataset(entry));
    Write counted = countPartition(entry.partition());
    commit(inserted, counted);
    catalog.counterId(counted.objectId);
    return inserted.objectId;
  }

  private Write countPartition(int highest) {
    byte[] payload = CatalogFormat.counter(highest);
    long id = catalog.counterId();
    return id == 0
        ? newObject(payload)
        : new Write(directory.catalogPartition(), id, Write.Kind.UPDATE, payload, null);
  }

  /**
   * Writes other entries in the place of those there are, all or none.
   *
   * @param changed by present name; not empty
   */
  void update(Map<String, Catalog.Entry> changed) {
    List<Write> writes = new ArrayList<>();
    changed.forEach(
        (name, entry) ->
            writes.add(ofEntry(name, Write.Kind.UPDATE, CatalogFormat.dataset(entry))));
    commit(writes.toArray(new Write[0]));
  }

  /** Writes that a dataset is no more. */
  void delete(String name) {
    commit(ofEntry(name, Write.Kind.DELETE, new byte[0]));
  }

  /** Writes a type's schema, and enters it into the catalog. Takes the change lock. */
  void addSchema(byte[] schema) {
    state.checkWritable();
    catalog.changeLock.lock();
    try {
      commit(newObject(CatalogFormat.schema(schema)));
      catalog.addSchema(schema);
    } finally {
      catalog.changeLock.unlock();
    }
  }

  /** Writes a promise, and enters it into the catalog. Takes the change lock. */
  void promise(CatalogFormat.Promise promise) {
    state.checkWritable();
    catalog.changeLock.lock();
    try {
      byte[] payload = CatalogFormat.promise(promise);
      Catalog.Promised before = catalog.promises().get(promise.partition());
      Write write =
          before == null
              ? newObject(payload)
              : new Write(
                  directory.catalogPartition(),
                  before.objectId(),
                  Write.Kind.UPDATE,
                  payload,
                  null);
      commit(write);
      catalog.put(promise, write.objectId);
    } finally {
      catalog.changeLock.unlock();
    }
  }

  /** Writes that a partition is held no more. Takes the change lock. */
  void removePromise(int partition) {
    catalog.changeLock.lock();
    try {
      Catalog.Promised before = catalog.promises().get(partition);
      if (before != null) {
        commit(
            new Write(
                directory.catalogPartition(),
                before.objectId(),
                Write.Kind.DELETE,
                new byte[0],
                null));
        catalog.removePromise(partition);
      }
    } finally {
      catalog.changeLock.unlock();
    }
  }

  private Write newObject(byte[] payload) {
    Partition partition = directory.catalogPartition();
    return new Write(partition, partition.slots.allocate(), Write.Kind.INSERT, payload, null);
  }

  private Write ofEntry(String name, Write.Kind kind, byte[] payload) {
    Long id = catalog.entryId(name);
    if (id == null) {
      throw new MisuseException("there is no dataset '" + name + "'");
    }
    return new Write(directory.catalogPartition(), id, kind, payload, null);
  }

  private void commit(Write... writes) {
    boolean committed = false;
    try {
      committer.commit(this, new ReadSet(), WriteSet.of(writes));
      committed = true;
    } finally {
      if (!committed) {
        giveBackSlots(writes);
      }
    }
    groupCommit.drainAll();
  }

  private static void giveBackSlots(Write... writes) {
    for (Write write : writes) {
      if (write.kind == Write.Kind.INSERT) {
        write.partition().slots.release(write.slot(), ObjectId.generation(write.objectId));
      }
    }
  }
}
