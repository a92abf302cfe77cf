package io.hotpot.dispatcher;

import io.hotpot.store.CorruptException;
import io.hotpot.store.HeapFull;
import io.hotpot.store.MisuseException;
import io.hotpot.store.NotEnoughReplicas;
import io.hotpot.store.spi.Refusal.Reason;

/** What a refusal by a partition means for the transaction that it refused. */
final class Refusals {

  private Refusals() {}

  /** Whether the same may be asked again: the partition moves, or has too much to do. */
  static boolean passes(Reason reason) {
    return reason == Reason.NOT_OWNER || reason == Reason.BUSY;
  }

  static Ending ending(Reason reason, long objectId, String message) {
    return switch (reason) {
      // The objects that it writes existed when it read them: somebody was faster. An id that was
      // fenced never commits. Stamps were too low three times in a row: others keep committing
      // there.
      case CONFLICT, NOT_FOUND, FENCED, NOT_OWNER, BUSY, STAMP_TOO_LOW ->
          new Ending.Conflicting(objectId);
      case LOCK_LOST -> new Ending.LockLost();
      case NOT_ENOUGH_REPLICAS -> new Ending.Failed(new NotEnoughReplicas(message));
      case HEAP_FULL -> new Ending.Failed(new HeapFull(message));
      case UNREADABLE -> new Ending.Failed(new CorruptException(message));
      case REFUSED, SNAPSHOT_TOO_OLD -> new Ending.Failed(new MisuseException(message));
    };
  }
}
