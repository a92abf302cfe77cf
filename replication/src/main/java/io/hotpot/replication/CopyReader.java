package io.hotpot.replication;

import io.hotpot.store.HotpotException;
import io.hotpot.store.spi.RemoteCopy;

/** Who waits for a copy; told once, on the node's loop. It must not block. */
public interface CopyReader {

  /** The copy is listed at its owner; it may have become invalid since. */
  void found(RemoteCopy copy);

  /** It cannot be had. */
  void failed(HotpotException reason);
}
