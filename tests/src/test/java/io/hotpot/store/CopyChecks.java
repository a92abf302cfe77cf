package io.hotpot.store;

import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.RemoteCopy;
import java.util.List;
import java.util.Map;

/**
 * Invariant 7, looked at from outside at one moment: a node that has a lease has no valid copy but
 * of what the owner shows. A commit that replaces it comes into the owner's sight, and is
 * acknowledged, only when the copy is gone or its node's lease is over.
 */
final class CopyChecks {

  private CopyChecks() {}

  /**
   * @param serving the partitions that are served in their newest epoch, and by which machines
   * @throws AssertionError names a copy that is not what its owner shows
   */
  static void check(List<SimMachine> up, Map<Integer, SimMachine> serving) {
    for (SimMachine machine : up) {
      if (machine.probe() == null || !machine.probe().holdsLease()) {
        continue;
      }
      for (RemoteCopy copy : machine.probe().copies()) {
        SimMachine owner = serving.get(ObjectId.partition(copy.objectId()));
        if (owner != null && owner != machine) {
          check(copy, machine, owner);
        }
      }
    }
  }

  private static void check(RemoteCopy copy, SimMachine machine, SimMachine owner) {
    OwnedPartition owned = owner.probe().owned(ObjectId.partition(copy.objectId()));
    HeldLog log = owned.log();
    Partition partition = ((LogCopy) log).held();
    long word = partition.table.get(ObjectId.slot(copy.objectId()));
    if (isInDoubt(partition, word) || isRotten(partition, word)) {
      return;
    }
    long shown = stamp(partition, word, copy.objectId());
    // Its committer may know a commit over several partitions to have happened before this owner.
    boolean isAhead = copy.stamp() > shown && HandleWord.isPrepared(word);
    if (copy.stamp() != shown && !isAhead) {
      throw new AssertionError(
          machine.node()
              + " has a valid copy of "
              + Ref.text(copy.objectId())
              + " with stamp "
              + copy.stamp()
              + ", its owner "
              + owner.node()
              + " shows stamp "
              + shown);
    }
  }

  /**
   * An owner that was promoted with damage shows nothing of what may be lost ({@link Doubt}); a
   * replica that has sound bytes may.
   */
  private static boolean isInDoubt(Partition partition, long word) {
    return partition.doubt.exists()
        && (!HandleWord.isReadable(word)
            || HandleWord.address(word) < partition.doubt.suspectBefore());
  }

  /** Nor does an owner show a record that has rotted before it is healed. */
  private static boolean isRotten(Partition partition, long word) {
    return HandleWord.isReadable(word) && partition.records.isDamaged(HandleWord.address(word));
  }

  /** Of the version that a reader at the owner finds; 0: none. */
  private static long stamp(Partition partition, long word, long objectId) {
    if (!HandleWord.isReadable(word)) {
      return 0;
    }
    byte[] record = partition.records.copy(HandleWord.address(word));
    return record == null
            || RecordFormat.identity(Bytes.getLong(record, 0)) != ObjectId.identity(objectId)
        ? 0
        : Bytes.getLong(record, 8);
  }
}
