package io.hotpot.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that was appended and has not taken effect: mostly a commit between its append and its
 * publication; in a cluster also a prepare or a decision that must be settled before anybody is
 * told.
 *
 * <p>Thread-safety: built under the commit locks of its partitions; {@code state} is the hand-over
 * to other threads.
 */
final class InFlightCommit {

  /** The part of a commit that lies in one partition, in batches from begin to end. */
  record Part(Partition partition, WriteSet writes, long beginAddress, long endAddress) {}

  final long stamp;
  final List<Part> parts;

  /** What happens under the commit lock in the place of a publication; null: a publication. */
  private final @Nullable Runnable effect;

  /** Who is told afterwards, without a lock. */
  private final @Nullable Runnable told;

  private volatile boolean durable;
  private volatile boolean published;
  private volatile @Nullable HotpotException failure;

  /**
   * @param parts by ascending partition
   */
  InFlightCommit(long stamp, List<Part> parts) {
    this(stamp, parts, null, null);
  }

  InFlightCommit(long stamp, List<Part> parts, @Nullable Runnable effect, @Nullable Runnable told) {
    this.stamp = stamp;
    this.parts = parts;
    this.effect = effect;
    this.told = told;
  }

  /** Makes the commit visible in all its partitions; it is durable in all of them. */
  void publish() {
    for (Part part : parts) {
      part.partition.commitLock.lock();
    }
    try {
      if (failure != null) {
        return;
      }
      for (Part part : parts) {
        part.partition.publication.publishOldest(this, part.writes);
      }
      published = true;
    } finally {
      for (Part part : parts) {
        part.partition.commitLock.unlock();
      }
    }
  }

  /** Where other nodes must acknowledge it too, it lies in one partition: that one; else null. */
  @Nullable Partition replicatedIn() {
    Partition partition = parts.getFirst().partition;
    return partition.isReplicated() ? partition : null;
  }

  /** Takes effect; under the commit lock of its one partition. */
  void takeEffect() {
    Part part = parts.getFirst();
    if (effect == null) {
      part.partition.publication.publish(part.writes, stamp);
      part.partition.publication.raise(stamp);
    } else {
      effect.run();
    }
    published = true;
  }

  /** Without a lock, after it took effect. */
  void tell() {
    if (told != null) {
      told.run();
    }
  }

  /** Whether handle words are locked for it that a failure sets free. */
  boolean locksItsWrites() {
    return effect == null;
  }

  /** The medium has it, in all its partitions; the leader of a round says so. */
  void durable() {
    durable = true;
  }

  boolean isDurable() {
    return durable;
  }

  /** Published, or never will be. */
  boolean isDone() {
    return published || failure != null;
  }

  void fail(HotpotException e) {
    failure = e;
  }

  void throwIfFailed() {
    HotpotException e = failure;
    if (e != null) {
      throw new CommitOutcomeUnknown(
          "the medium refused to make this commit durable: it may have happened or not; close the store and open it"
              + " again to see, it takes no more writes until then: "
              + e.getMessage(),
          e);
    }
  }
}
