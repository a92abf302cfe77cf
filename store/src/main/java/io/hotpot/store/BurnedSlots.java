package io.hotpot.store;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Slots that were given back without a durable record of it since the last checkpoint. A crash
 * forgets those generations, and so recovery raises every free one by {@link #MAX_BURNED}; a slot
 * that has used up as many waits in quarantine until a checkpoint is durable that knows of it.
 *
 * <p>Not thread-safe: under the allocation lock of {@link Slots}.
 */
final class BurnedSlots {

  /** How many generations of a slot a crash may make the store forget. */
  static final int MAX_BURNED = 8;

  private final Map<Integer, Integer> burned = new HashMap<>();

  /** Those of them that the checkpoint under way knows of: they count until it is durable. */
  private final Map<Integer, Integer> burnedBefore = new HashMap<>();

  private final ArrayDeque<Integer> quarantined = new ArrayDeque<>();
  private int quarantinedBefore;

  /**
   * Counts a generation of a slot as given back.
   *
   * @return whether the slot may be used again before the next checkpoint
   */
  boolean burn(int slot) {
    int before = burnedBefore.getOrDefault(slot, 0);
    return before + burned.merge(slot, 1, Integer::sum) < MAX_BURNED;
  }

  void quarantine(int slot) {
    quarantined.add(slot);
  }

  /** Slots burned from now on are counted anew: the checkpoint that begins knows of the others. */
  void checkpointBegins() {
    burned.forEach((slot, times) -> burnedBefore.merge(slot, times, Integer::sum));
    burned.clear();
    quarantinedBefore = quarantined.size();
  }

  /**
   * @param released takes each slot whose quarantine the checkpoint ends
   */
  void checkpointDurable(IntConsumer released) {
    burnedBefore.clear();
    for (; quarantinedBefore > 0; quarantinedBefore--) {
      released.accept(quarantined.removeFirst());
    }
  }

  /** How many slots the next checkpoint would set free or count anew. */
  int waiting() {
    return burned.size() + quarantined.size();
  }
}
