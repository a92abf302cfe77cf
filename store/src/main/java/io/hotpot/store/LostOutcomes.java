package io.hotpot.store;

import io.hotpot.store.PreparedTable.Prepared;
import io.hotpot.store.spi.TransactionId;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * The prepared transactions of which nobody can tell how they ended, since the batch that says so
 * has rotted at their home (PROTOCOL 9.5). They stay prepared, and whoever reads what they write is
 * told, in place of waiting. Their home may be able to tell later, with another owner.
 *
 * <p>Thread-safety: changed under the commit lock; {@link #contains} and {@link #throwIfWrites}
 * from any thread.
 */
final class LostOutcomes {

  private final int partition;
  private final TreeSet<TransactionId> lost = new TreeSet<>();
  private final ConcurrentSkipListSet<Long> written = new ConcurrentSkipListSet<>();

  LostOutcomes(int partition) {
    this.partition = partition;
  }

  /**
   * @return whether that is news
   */
  boolean add(Prepared prepared) {
    if (!lost.add(prepared.id())) {
      return false;
    }
    for (int i = 0; i < prepared.writes().size(); i++) {
      written.add(prepared.writes().get(i).objectId);
    }
    return true;
  }

  /** It is decided after all. */
  void remove(Prepared prepared) {
    if (lost.remove(prepared.id())) {
      for (int i = 0; i < prepared.writes().size(); i++) {
        written.remove(prepared.writes().get(i).objectId);
      }
    }
  }

  /** Whether one of them writes the object. */
  boolean contains(long objectId) {
    return !written.isEmpty() && written.contains(objectId);
  }

  /**
   * @throws CorruptException if one of them writes the object
   */
  void throwIfWrites(long objectId) {
    if (contains(objectId)) {
      throw new CorruptException(
          Ref.text(objectId)
              + " of partition "
              + partition
              + " is changed by a transaction over several partitions of which nobody can tell how"
              + " it ended: the record of that is lost in a damaged batch of another one; heal that"
              + " one, or restore it from a backup");
    }
  }
}
