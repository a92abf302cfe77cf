package io.hotpot.store;

/** Tells a transaction to start again: something it read has changed. Never leaves the library. */
final class Conflict extends RuntimeException {

  private static final long serialVersionUID = 1L;

  final long objectId;

  /** Whether it is a copy of another node's object that is not good any more. */
  final boolean isDoom;

  Conflict(long objectId) {
    this(objectId, false);
  }

  private Conflict(long objectId, boolean isDoom) {
    super(null, null, false, false);
    this.objectId = objectId;
    this.isDoom = isDoom;
  }

  /** The copy of another node's object that was read has been dropped since. */
  static Conflict doomed(long objectId) {
    return new Conflict(objectId, true);
  }
}
