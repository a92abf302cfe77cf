package io.hotpot.store;

import java.util.ArrayDeque;
import java.util.TreeSet;

/**
 * What the newest checkpoints of a partition need and allow: the chunks that they lie in stay, and
 * deletions that both know of may be forgotten. There are two, so that one may be damaged; while
 * the next is being written, three.
 *
 * <p>Not thread-safe: changed under the commit lock. The cleaner asks without it, but writes the
 * checkpoints itself, or keeps who does from cleaning.
 */
final class CheckpointPins {

  private final ArrayDeque<TreeSet<Integer>> chunks = new ArrayDeque<>();
  private final ArrayDeque<Long> stamps = new ArrayDeque<>();

  /** The cleaner leaves the chunks alone in which a checkpoint lies: this, and two before it. */
  void pin(Checkpoint checkpoint, long address) {
    TreeSet<Integer> sequences = new TreeSet<>();
    for (long page : checkpoint.pages()) {
      sequences.add(Address.sequence(page));
    }
    sequences.add(Address.sequence(address));
    chunks.addFirst(sequences);
    while (chunks.size() > 3) {
      chunks.removeLast();
    }
  }

  /** A pinned checkpoint is durable and will be found. */
  void durable(Checkpoint checkpoint) {
    stamps.addFirst(checkpoint.stamp());
    while (chunks.size() > 2) {
      chunks.removeLast();
    }
    while (stamps.size() > 2) {
      stamps.removeLast();
    }
  }

  /** Whether a chunk holds a part of a checkpoint that an opening may need. */
  boolean holds(int sequence) {
    return chunks.stream().anyMatch(s -> s.contains(sequence));
  }

  /** Delete records up to this stamp are in both newest checkpoints, and so need not be kept. */
  long deletesCoveredTo() {
    return stamps.size() < 2 ? 0 : stamps.getLast();
  }
}
