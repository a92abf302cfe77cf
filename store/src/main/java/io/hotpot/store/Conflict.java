package io.hotpot.store;

/** Tells a transaction to start again: something it read has changed. Never leaves the library. */
final class Conflict extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What was in the way. */
  enum Kind {
    /** The object was changed, or is locked by another transaction. */
    CHANGED,
    /** It is a copy of another node's object that is not good any more. */
    DOOMED,
    /** It was acquired, and its owner does not keep it for the transaction any more. */
    LOCK_LOST
  }

  /** 0: no object was in the way. */
  final long objectId;

  final Kind kind;

  Conflict(long objectId) {
    this(objectId, Kind.CHANGED);
  }

  private Conflict(long objectId, Kind kind) {
    super(null, null, false, false);
    this.objectId = objectId;
    this.kind = kind;
  }

  /** The copy of another node's object that was read has been dropped since. */
  static Conflict doomed(long objectId) {
    return new Conflict(objectId, Kind.DOOMED);
  }

  /** An object that was acquired is the transaction's no longer. */
  static Conflict lockLost(long objectId) {
    return new Conflict(objectId, Kind.LOCK_LOST);
  }

  /** What the user of an explicit transaction is told. */
  HotpotException once() {
    return kind == Kind.LOCK_LOST
        ? new LockLost(lost() + "; nothing of it happened; run it again")
        : new ConflictException(
            Ref.text(objectId)
                + " was changed by another transaction; nothing of this one happened; run it"
                + " again");
  }

  /** What the user is told when the work is not run again. */
  HotpotException afterAttempts(int attempts) {
    String tried = "; the work was tried " + attempts + " times; nothing happened";
    return kind == Kind.LOCK_LOST
        ? new LockLost(lost() + tried)
        : new ConflictException(
            Ref.text(objectId) + " kept being changed by other transactions" + tried);
  }

  private String lost() {
    return Ref.text(objectId) + " was acquired, and is not kept for the transaction any more";
  }
}
