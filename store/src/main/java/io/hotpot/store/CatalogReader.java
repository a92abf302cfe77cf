package io.hotpot.store;

import java.util.List;

/**
 * Reads the catalog out of its partition when a store is opened. What cannot be read is reported,
 * and does not take the rest with it.
 *
 * <p>No lock: it runs before anyone else knows of the store.
 */
final class CatalogReader {

  private final Partition partition;
  private final Catalog catalog;
  private final StoreCodec codec;
  private final List<Damage> damages;

  /**
   * @param partition the catalog's, recovered
   * @param catalog empty; gets the datasets and the schemas
   * @param codec gets the schemas
   * @param damages gets what cannot be read
   */
  CatalogReader(Partition partition, Catalog catalog, StoreCodec codec, List<Damage> damages) {
    this.partition = partition;
    this.catalog = catalog;
    this.codec = codec;
    this.damages = damages;
  }

  void readAll() {
    // What may have had a newer version is better than nothing here.
    long suspectBefore = partition.doubt.suspectBefore();
    partition.doubt.suspectBefore(0);
    for (int slot = 1; slot < partition.slots.count(); slot++) {
      long word = partition.table.get(slot);
      if (HandleWord.isReadable(word)) {
        readOrReport(HandleWord.address(word));
      }
    }
    partition.doubt.suspectBefore(suspectBefore);
    if (suspectBefore != 0) {
      catalog.markDamaged();
    }
  }

  private void readOrReport(long address) {
    try {
      read(address);
    } catch (CorruptException e) {
      damages.add(damage(address, e));
      if (address >= partition.doubt.acceptedBefore()) {
        catalog.markDamaged();
      }
    }
  }

  private void read(long address) {
    long id =
        ObjectId.pack(Catalog.PARTITION, 0, 0)
            | RecordFormat.identity(partition.records.identityWord(address));
    Version version = partition.records.decode(id, address);
    if (version == null) {
      throw new CorruptException("it lies in a chunk that does not exist");
    }
    switch (version.value()) {
      case Catalog.Entry entry -> catalog.put(entry, id);
      case CatalogFormat.SchemaBytes schema -> {
        catalog.addSchema(schema.bytes());
        codec.loadSchema(schema.bytes());
      }
      case CatalogFormat.Promise promise -> catalog.put(promise, id);
      case CatalogFormat.PartitionCounter counter -> {
        catalog.usedPartition(counter.highest());
        catalog.counterId(id);
      }
      default -> throw new CorruptException("it is an object that does not belong there");
    }
  }

  private Damage damage(long address, CorruptException e) {
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
}
