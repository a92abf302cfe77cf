package io.hotpot.store;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

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

  /** What a snapshot has kept. */
  interface Kept {
    /**
     * @throws SnapshotTooOld if it was given up, and with it what it kept alive; the like if it was
     *     closed
     */
    void check();

    /**
     * @throws SnapshotTooOld if something that the snapshot saw may have gone before it was kept
     */
    void checkNothingIsGone();
  }

  /** Where a version stands, of an object that is there or was deleted. */
  record Place(long address, byte[] record) {}

  /**
   * @param usable throws if the snapshot was closed or given up, and with it what it kept alive
   */
  static Optional<Version> find(Partition partition, long objectId, long stamp, Runnable usable) {
    Place place = place(partition, objectId, stamp, always(usable));
    if (place == null || RecordFormat.isDeleted(Bytes.getLong(place.record, 0))) {
      if (place != null) {
        usable.run();
      }
      return Optional.empty();
    }
    Version version = partition.records.decode(objectId, place.address);
    if (version == null) {
      usable.run();
    }
    return Optional.ofNullable(version);
  }

  /** Of a store of its own: it keeps everything from its opening on. */
  private static Kept always(Runnable usable) {
    return new Kept() {
      @Override
      public void check() {
        usable.run();
      }

      @Override
      public void checkNothingIsGone() {
        usable.run();
      }
    };
  }

  /** The version that was the newest at the stamp; null: there was none. */
  static @Nullable Place place(Partition partition, long objectId, long stamp, Kept kept) {
    long brokenUnder = 0;
    int healings = 0;
    for (int spins = 0; ; spins++) {
      long word = partition.table.get(ObjectId.slot(objectId));
      int tag = HandleWord.tag(word);
      if (!HandleWord.isReadable(word) && tag != HandleWord.DELETED) {
        if (neverWas(objectId, word)) {
          kept.check();
        } else {
          kept.checkNothingIsGone();
        }
        partition.doubt.throwIfMayBeLost(objectId);
        return null;
      }
      long address = HandleWord.address(word);
      boolean moved = false;
      while (address != 0) {
        byte[] record = partition.records.copy(address);
        if (record == null) {
          // Released: the cleaner has moved the newest version, or the snapshot was given up.
          kept.check();
          if (word == brokenUnder) {
            kept.checkNothingIsGone();
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
          kept.checkNothingIsGone();
          partition.doubt.throwIfMayBeLost(objectId);
          return null;
        }
        if (Bytes.getLong(record, 8) <= stamp) {
          return new Place(address, record);
        }
        address = Bytes.getLong(record, 16);
      }
      if (!moved) {
        kept.check();
        partition.doubt.throwIfMayBeLost(objectId);
        return null;
      }
      partition.threads.pause(spins);
    }
  }

  /** Whether a slot without a version is waiting for the object's first one, and was all along. */
  private static boolean neverWas(long objectId, long word) {
    return switch (HandleWord.tag(word)) {
      case HandleWord.FREE, HandleWord.RESERVED ->
          HandleWord.generation(word) <= ObjectId.generation(objectId);
      case HandleWord.RETIRED -> false;
      default -> true;
    };
  }
}
