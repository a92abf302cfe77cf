package io.hotpot.peers;

import java.util.Comparator;
import java.util.stream.IntStream;

/** The order in which writers lock keys, so that they never wait for one another in a circle. */
final class LockOrder {

  private LockOrder() {}

  /** Indexes of the keys, such that the keys ascend. */
  static int[] of(long[] keys) {
    int[] order = IntStream.range(0, keys.length).toArray();
    for (int i = 1; i < keys.length; i++) {
      if (keys[i] < keys[i - 1]) {
        return IntStream.of(order)
            .boxed()
            .sorted(Comparator.comparingLong(index -> keys[index]))
            .mapToInt(Integer::intValue)
            .toArray();
      }
    }
    // Most commits come so.
    return order;
  }
}
