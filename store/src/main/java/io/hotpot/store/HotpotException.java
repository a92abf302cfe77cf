package io.hotpot.store;

/**
 * The root of every exception that Hotpot throws. Its subclasses are a small closed set, one for
 * each thing that a caller can do something about.
 */
public sealed class HotpotException extends RuntimeException
    permits CommitOutcomeUnknown,
        ConflictException,
        CorruptException,
        FormatTooNew,
        FormatTooOld,
        HeapFull,
        LockLost,
        MisuseException,
        NotAMember,
        NotAStore,
        NotEnoughReplicas,
        ObjectNotFound,
        ObjectTooLarge,
        SnapshotTooOld,
        StoreClosed,
        StoreLocked,
        TypeMismatch {

  private static final long serialVersionUID = 1L;

  HotpotException(String message) {
    super(message);
  }

  HotpotException(String message, Throwable cause) {
    super(message, cause);
  }
}
