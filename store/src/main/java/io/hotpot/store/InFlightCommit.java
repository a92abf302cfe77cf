package io.hotpot.store;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
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
  private final AtomicInteger unpublishedParts;
  private volatile @Nullable HotpotException failure;

  InFlightCommit(long stamp, List<Part> parts) {
    this.stamp = stamp;
    this.parts = parts;
    this.unpublishedParts = new AtomicInteger(parts.size());
  }

  boolean isDurable() {
    for (Part part : parts) {
      if (part.partition.flushedDurableTo() < part.endAddress) {
        return false;
      }
    }
    return true;
  }

  boolean isDone() {
    return unpublishedParts.get() == 0 || failure != null;
  }

  /** One of its partitions has published its part. */
  void partPublished() {
    unpublishedParts.decrementAndGet();
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
