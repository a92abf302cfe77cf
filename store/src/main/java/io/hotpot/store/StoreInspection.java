package io.hotpot.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Looks into an open store without changing it: its types, its chunks, its objects' sizes.
 *
 * <p>Owns nothing and takes no lock: what it says is as of about now. Thread-safety: all methods
 * from any thread.
 */
final class StoreInspection {

  private final StoreComponents store;

  StoreInspection(StoreComponents store) {
    this.store = store;
  }

  /** Sorted by name and version. */
  List<StoredType> types() {
    store.state.checkOpen();
    return store.codec.types().schemas().stream()
        .map(StoredType::of)
        .sorted(Comparator.comparing(StoredType::name).thenComparingInt(StoredType::version))
        .toList();
  }

  /** Bytes that an object's value takes on the medium, without the record around it. */
  int sizeOf(long objectId) {
    byte[] record = null;
    long word = HandleWord.of(HandleWord.LIVE, 0);
    while (record == null && HandleWord.isReadable(word)) {
      // Where the cleaner has just moved it, the word says so when it is read again.
      Partition partition = store.directory.partitionOf(objectId);
      word = partition.table.get(ObjectId.slot(objectId));
      record =
          HandleWord.isReadable(word) ? partition.records.copy(HandleWord.address(word)) : null;
    }
    if (record == null
        || RecordFormat.identity(Bytes.getLong(record, 0)) != ObjectId.identity(objectId)) {
      throw RecordReader.notFound(objectId);
    }
    return record.length - RecordFormat.HEADER_BYTES;
  }

  HeapUse heapUse() {
    return new HeapUse(store.pool.inUse(), store.pool.capacity());
  }

  /** Of each chunk that holds a log, in the order of their numbers. */
  List<ChunkUse> chunkUse() {
    store.state.checkOpen();
    List<ChunkUse> uses = new ArrayList<>();
    for (Partition partition : store.partitions.all()) {
      for (LogChunk chunk : partition.chunks.all()) {
        uses.add(
            new ChunkUse(
                chunk.memory.index(), partition.id, chunk.usedBytes(), chunk.liveBytes.get()));
      }
    }
    uses.sort(Comparator.comparingInt(ChunkUse::chunk));
    return uses;
  }
}
