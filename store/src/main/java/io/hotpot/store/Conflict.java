package io.hotpot.store;

/** Tells a transaction to start again: something it read has changed. Never leaves the library. */
final class Conflict extends RuntimeException {

  private static final long serialVersionUID = 1L;

  final long objectId;

  Conflict(long objectId) {
    super(null, null, false, false);
    this.objectId = objectId;
  }
}
