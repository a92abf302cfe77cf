package io.hotpot.store;

import java.util.Optional;

/**
 * Follows the chain of an object's versions back to the one that a snapshot sees.
 *
 * <p>A snapshot may be closed or given up in the middle: what it kept alive then goes, and an
 * object may seem absent. So no answer is "absent" unless the snapshot is still usable after all
 * was read.
 */
final class SnapshotReader {

  /** How often damage is healed on the way to one version. */
  private static final int HEALINGS = 3;

  private SnapshotReader() {}

  /**
   * @param usable throws if the snapshot was closed or given up, and with it what it kept alive
   */
  static Optional<Version> find(Partition partition, long objectId, long stamp, Runnable usable) {
    long brokenUnder = 0;
    int healings = 0;
    for (int spins = 0; ; spins++) {
      long word = partition.table.get(ObjectId.slot(objectId));
      int tag = HandleWord.tag(word);
      if (!HandleWord.isReadable(word) && tag != HandleWord.DELETED) {
        usable.run();
        return Optional.empty();
      }
      long address = HandleWord.address(word);
      boolean moved = false;
      while (address != 0) {
        byte[] record = partition.records.copy(address);
        if (record == null) {
          // Released: the cleaner has moved the newest version, or the snapshot was given up.
          usable.run();
          if (word == brokenUnder) {
            throw partition.records.corrupt(objectId, address);
          }
          brokenUnder = word;
          moved = true;
          break;
        }
        if (!RecordReader.isSound(record)) {
          if (healings++ < HEALINGS && partition.records.heal(address)) {
            continue;
          }
          throw partition.records.corrupt(objectId, address);
        }
        long first = Bytes.getLong(record, 0);
        if (RecordFormat.identity(first) != ObjectId.identity(objectId)) {
          usable.run();
          partition.doubt.throwIfMayBeLost(objectId);
          return Optional.empty();
        }
        if (Bytes.getLong(record, 8) <= stamp) {
          Version version =
              RecordFormat.isDeleted(first) ? null : partition.records.decode(objectId, address);
          if (version == null) {
            usable.run();
          }
          return Optional.ofNullable(version);
        }
        address = Bytes.getLong(record, 16);
      }
      if (!moved) {
        usable.run();
        partition.doubt.throwIfMayBeLost(objectId);
        return Optional.empty();
      }
      partition.threads.pause(spins);
    }
  }
}
