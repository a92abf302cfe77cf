package io.hotpot.store;

/**
 * Makes the writes of one commit visible in one partition: swings their handle words to the new
 * records, and keeps the slots, the cache and the counts in step.
 *
 * <p>Thread-safety: under the commit lock.
 */
final class WriteApplier {

  private final HandleTable table;
  private final Slots slots;
  private final ObjectCache cache;
  private final Usage usage;

  WriteApplier(HandleTable table, Slots slots, ObjectCache cache, Usage usage) {
    this.table = table;
    this.slots = slots;
    this.cache = cache;
    this.usage = usage;
  }

  void apply(WriteSet writes, long stamp) {
    long grown = 0;
    int created = 0;
    for (int i = 0; i < writes.size(); i++) {
      Write write = writes.get(i);
      if (write.oldAddress != 0) {
        usage.addToChunk(write.oldAddress, -write.oldBytes);
        grown -= write.oldBytes;
      }
      if (write.kind == Write.Kind.DELETE) {
        created--;
        cache.remove(write.objectId);
        slots.delete(write, stamp);
      } else {
        int bytes = write.recordBytes();
        usage.addToChunk(write.newAddress, bytes);
        grown += bytes;
        int slot = write.slot();
        if (write.kind == Write.Kind.INSERT && slot != Partition.ROOTS_SLOT) {
          created++;
        }
        table.set(slot, HandleWord.of(HandleWord.LIVE, write.newAddress));
        refreshCache(write, stamp);
      }
    }
    usage.add(created, grown);
  }

  private void refreshCache(Write write, long stamp) {
    ObjectCache.Entry cached = write.cached;
    Object value = write.value;
    if (cached != null && value != null) {
      cache.replace(
          write.objectId,
          cached,
          new Version(write.objectId, write.newAddress, stamp, write.payload.length, value, true));
    }
  }
}
