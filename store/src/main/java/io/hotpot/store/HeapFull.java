package io.hotpot.store;

/**
 * Thrown when an append needs memory that the heap, at its configured maximum, no longer has.
 * Nothing was written; the store stays readable, and objects can still be deleted to make room.
 */
public final class HeapFull extends HotpotException {

  private static final long serialVersionUID = 1L;

  public HeapFull(String message) {
    super(message);
  }

  public HeapFull(String message, Throwable cause) {
    super(message, cause);
  }
}
