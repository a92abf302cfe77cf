package io.hotpot.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The partitions of a store by number. Each transaction looks here for each object, so a lookup is
 * an array access.
 *
 * <p>Thread-safety: all methods from any thread; changes copy.
 */
final class PartitionTable {

  private final ReentrantLock changes = new ReentrantLock();
  private volatile @Nullable Partition[] byNumber = new Partition[0];
  private volatile List<Partition> all = List.of();

  @Nullable Partition get(int number) {
    @Nullable Partition[] array = byNumber;
    return number < array.length ? array[number] : null;
  }

  /** In ascending order of their numbers, as of now. */
  List<Partition> all() {
    return all;
  }

  /** Those that no other node has a copy of, in ascending order. */
  List<Partition> alone() {
    return all.stream().filter(partition -> !partition.isReplicated()).toList();
  }

  void put(Partition partition) {
    change(partition.id, partition);
  }

  /** Removes a partition and returns it; null if there is none of this number. */
  @Nullable Partition remove(int number) {
    return change(number, null);
  }

  private @Nullable Partition change(int number, @Nullable Partition partition) {
    changes.lock();
    try {
      @Nullable Partition[] array = Arrays.copyOf(byNumber, Math.max(byNumber.length, number + 1));
      Partition before = array[number];
      array[number] = partition;
      List<Partition> present = new ArrayList<>();
      for (Partition p : array) {
        if (p != null) {
          present.add(p);
        }
      }
      byNumber = array;
      all = List.copyOf(present);
      return before;
    } finally {
      changes.unlock();
    }
  }
}
