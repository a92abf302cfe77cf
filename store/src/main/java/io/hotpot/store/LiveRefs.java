package io.hotpot.store;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The references of a partition's live objects, in the order of their slots, while others change
 * them: an object that is there throughout is met once.
 *
 * <p>Takes no lock. Thread-safety: of one thread at a time, as every iterator.
 */
final class LiveRefs implements Iterator<Ref<?>> {

  private final Partition partition;
  private final Runnable stillThere;
  private int slot;
  private @Nullable Ref<?> next;

  /**
   * @param stillThere throws if the partition's dataset was dropped, or the store closed
   */
  LiveRefs(Partition partition, Runnable stillThere) {
    this.partition = partition;
    this.stillThere = stillThere;
    this.next = advance();
  }

  private @Nullable Ref<?> advance() {
    while (++slot < partition.slots.count()) {
      long word = partition.table.get(slot);
      while (HandleWord.isReadable(word)) {
        long identity = partition.records.identityWord(HandleWord.address(word));
        if (identity != 0) {
          return Ref.of(ObjectId.pack(partition.id, 0, 0) | RecordFormat.identity(identity));
        }
        // The cleaner has just moved it, or the dataset is being dropped.
        stillThere.run();
        word = partition.table.get(slot);
      }
    }
    return null;
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public Ref<?> next() {
    Ref<?> current = next;
    if (current == null) {
      throw new NoSuchElementException();
    }
    next = advance();
    return current;
  }
}
