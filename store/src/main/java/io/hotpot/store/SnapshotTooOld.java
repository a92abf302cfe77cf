package io.hotpot.store;

/**
 * Thrown by reads of a snapshot whose versions had to be given up because they pinned too much of
 * the heap.
 */
public final class SnapshotTooOld extends HotpotException {

  private static final long serialVersionUID = 1L;

  public SnapshotTooOld(String message) {
    super(message);
  }

  public SnapshotTooOld(String message, Throwable cause) {
    super(message, cause);
  }
}
