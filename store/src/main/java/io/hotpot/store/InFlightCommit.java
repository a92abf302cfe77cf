package io.hotpot.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A commit between its append and its publication.
 *
 * <p>Thread-safety: built under the commit locks of its partitions; {@code state} is the hand-over
 * to other threads.
 */
final class InFlightCommit {

  /** The part of a commit that lies in one partition, in batches from begin to end. */
  record Part(Partition partition, WriteSet writes, long beginAddress, long endAddress) {}

  final long stamp;
  final List<Part> parts;
  private volatile boolean durable;
  private volatile boolean published;
  private volatile @Nullable HotpotException failure;

  /**
   * @param parts by ascending partition
   */
  InFlightCommit(long stamp, List<Part> parts) {
    this.stamp = stamp;
    this.parts = parts;
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
