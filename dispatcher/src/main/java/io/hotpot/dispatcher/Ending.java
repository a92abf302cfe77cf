package io.hotpot.dispatcher;

import io.hotpot.store.HotpotException;

/** How an attempt to commit ended, as its committer is told. */
sealed interface Ending {

  /** It is durable everywhere that it must, and visible. */
  record Committed(long stamp) implements Ending {}

  /**
   * Nothing of it happened, and the work may be run again.
   *
   * @param objectId what was in the way; 0: no object was
   */
  record Conflicting(long objectId) implements Ending {}

  /** The same: what it had acquired is not kept for it any more. */
  record LockLost() implements Ending {}

  /** It was refused, or its outcome is not known: the exception says which. */
  record Failed(HotpotException reason) implements Ending {}
}
