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
    /** It was acquired, and an older transaction wanted it. */
    WOUNDED,
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

  /** What was acquired was given up for an older transaction. */
  static Conflict wounded(long objectId) {
    return new Conflict(objectId, Kind.WOUNDED);
  }

  /** An object that was acquired is the transaction's no longer. */
  static Conflict lockLost(long objectId) {
    return new Conflict(objectId, Kind.LOCK_LOST);
  }

  /** What the user of an explicit transaction is told. */
  HotpotException once() {
    String again = "; nothing of this transaction happened; run it again";
    return switch (kind) {
      case CHANGED, DOOMED ->
          new ConflictException(
              Ref.text(objectId)
                  + " was changed by another transaction; nothing of this one happened; run it"
                  + " again");
      case WOUNDED ->
          new ConflictException(
              Ref.text(objectId) + " was acquired, and given up for an older transaction" + again);
      case LOCK_LOST -> new LockLost(lost() + again);
    };
  }

  /** What the user is told when the work is not run again. */
  HotpotException afterAttempts(int attempts) {
    String tried = "; the work was tried " + attempts + " times; nothing happened";
    return switch (kind) {
      case CHANGED, DOOMED, WOUNDED ->
          new ConflictException(
              Ref.text(objectId) + " kept being changed by other transactions" + tried);
      case LOCK_LOST -> new LockLost(lost() + tried);
    };
  }

  private String lost() {
    return Ref.text(objectId) + " was acquired, and is not kept for the transaction any more";
  }
}
