package io.hotpot.store.spi;

import io.hotpot.store.spi.OwnedPartition.AtStamp;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot over several nodes, as the node that opened it reads it.
 *
 * <p>Thread-safety: all methods from any thread of the application; {@link #find} may block for
 * answers of other nodes, in the way of {@link Threads}.
 */
public interface SnapshotView {

  long stamp();

  /**
   * The version that was the newest; null: there was none.
   *
   * @throws io.hotpot.store.SnapshotTooOld if it may be gone
   * @throws io.hotpot.store.HotpotException if the owner cannot be reached, or the object cannot be
   *     read
   */
  AtStamp.@Nullable Found find(long objectId);

  /** Lets the owners forget it. At once: nobody is waited for. */
  void close();
}
