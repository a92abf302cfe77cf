package io.hotpot.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a transaction has read: for each object the version, and for each partition the stamp up to
 * which all of it is known to have been current at one moment.
 *
 * <p>Opacity (invariant 5): at the last {@link #extend} every version read before was current, and
 * each version read since is not younger than the published stamp taken just before that moment and
 * still the newest; so all of them coexisted then. A version that is younger is read, then the set
 * is extended, then the version must still be the newest.
 *
 * <p>Confined to the transaction's thread.
 */
final class ReadSet {

  private Partition[] partitions = new Partition[1];
  private long[] readStamps = new long[1];
  private int partitionCount;

  private long[] objectIds = {};
  private long[] addresses = {};
  private long[] stamps = {};
  private Partition[] owners = {};
  private int size;

  void clear() {
    partitionCount = 0;
    size = 0;
  }

  List<Partition> partitions() {
    return new ArrayList<>(Arrays.asList(partitions).subList(0, partitionCount));
  }

  boolean onlyTouches(Partition partition) {
    return partitionCount == 0 || (partitionCount == 1 && partitions[0] == partition);
  }

  /**
   * The stamp up to which this partition may be read without an extension; the first call joins the
   * partition.
   */
  long readStamp(Partition partition) {
    for (int i = 0; i < partitionCount; i++) {
      if (partitions[i] == partition) {
        return readStamps[i];
      }
    }
    if (partitionCount == partitions.length) {
      partitions = Arrays.copyOf(partitions, 2 * partitionCount);
      readStamps = Arrays.copyOf(readStamps, 2 * partitionCount);
    }
    partitions[partitionCount] = partition;
    readStamps[partitionCount] = partition.publishedStamp();
    partitionCount++;
    if (size > 0) {
      // What was read elsewhere must still have been current when this partition's stamp was taken.
      extend();
    }
    return readStamp(partition);
  }

  /**
   * @param address of the version read; 0: there was none
   */
  void add(Partition partition, long objectId, long address, long stamp) {
    if (size == objectIds.length) {
      int capacity = Math.max(4, 2 * size);
      objectIds = Arrays.copyOf(objectIds, capacity);
      addresses = Arrays.copyOf(addresses, capacity);
      stamps = Arrays.copyOf(stamps, capacity);
      owners = Arrays.copyOf(owners, capacity);
    }
    objectIds[size] = objectId;
    addresses[size] = address;
    stamps[size] = stamp;
    owners[size] = partition;
    size++;
  }

  /**
   * Moves the read stamps up to what is published now.
   *
   * @throws Conflict if something that was read is no longer current
   */
  void extend() {
    for (int i = 0; i < partitionCount; i++) {
      readStamps[i] = partitions[i].publishedStamp();
    }
    for (int i = 0; i < size; i++) {
      long word = owners[i].table.get(ObjectId.slot(objectIds[i]));
      // A commit over several partitions may be published elsewhere already. A PENDING one is not
      // published: the
      // version read is still the newest, and the stamp taken above is below that commit's.
      if (HandleWord.tag(word) == HandleWord.PREPARED || !isCurrent(i, word)) {
        throw new Conflict(objectIds[i]);
      }
    }
  }

  /**
   * Whether everything read is still current and not locked; under the commit locks of all
   * partitions read.
   *
   * @throws Conflict if not
   */
  void validate() {
    for (int i = 0; i < size; i++) {
      long word = owners[i].table.get(ObjectId.slot(objectIds[i]));
      if (HandleWord.isLocked(word) || !isCurrent(i, word)) {
        throw new Conflict(objectIds[i]);
      }
    }
  }

  /** By address, and where the cleaner has moved the version, by its stamp. */
  private boolean isCurrent(int i, long word) {
    if (addresses[i] == 0) {
      return !HandleWord.isReadable(word);
    }
    if (!HandleWord.isReadable(word)) {
      return false;
    }
    long address = HandleWord.address(word);
    if (address == addresses[i]) {
      return true;
    }
    long identity = owners[i].identityWord(address);
    return RecordFormat.identity(identity) == ObjectId.identity(objectIds[i])
        && owners[i].stampAt(address) == stamps[i];
  }
}
