package io.hotpot.store;

import java.util.ArrayDeque;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

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
  private final ArrayDeque<Known> known = new ArrayDeque<>();
  private @Nullable Pending pending;

  private record Known(long stamp, long address) {}

  /** A checkpoint that is in the log and may not be used yet, with the place of its last batch. */
  record Pending(Checkpoint checkpoint, long address, long end) {}

  /** The one that is to be settled next, if any. */
  @Nullable Pending pending() {
    return pending;
  }

  /** A checkpoint was appended: it may be used once everything up to its end is settled. */
  void appended(Checkpoint checkpoint, long address, long end) {
    pin(checkpoint, address);
    pending = new Pending(checkpoint, address, end);
  }

  /** The cleaner leaves the chunks alone in which a checkpoint lies: this, and two before it. */
  void pin(Checkpoint checkpoint, long address) {
    TreeSet<Integer> sequences = new TreeSet<>();
    for (long page : checkpoint.pages()) {
      sequences.add(Address.sequence(page));
    }
    for (long page : checkpoint.ledger()) {
      sequences.add(Address.sequence(page));
    }
    sequences.add(Address.sequence(address));
    chunks.addFirst(sequences);
    while (chunks.size() > 3) {
      chunks.removeLast();
    }
  }

  /** A pinned checkpoint is durable and will be found. */
  void durable(Checkpoint checkpoint, long address) {
    pending = null;
    known.addFirst(new Known(checkpoint.stamp(), address));
    while (chunks.size() > 2) {
      chunks.removeLast();
    }
    while (known.size() > 2) {
      known.removeLast();
    }
  }

  /** Whether a chunk holds a part of a checkpoint that an opening may need. */
  boolean holds(int sequence) {
    return chunks.stream().anyMatch(s -> s.contains(sequence));
  }

  /** Delete records up to this stamp are in both newest checkpoints, and so need not be kept. */
  long deletesCoveredTo() {
    return known.size() < 2 ? 0 : known.getLast().stamp;
  }

  /** What the log says of transactions below this address, both newest checkpoints say too. */
  long ledgerCoveredTo() {
    return known.size() < 2 ? 0 : known.getLast().address;
  }
}
