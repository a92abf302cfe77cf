package io.hotpot.store;

/**
 * Thrown when an append needs memory that the heap, at its configured maximum, no longer has.
 * Nothing was written; the store stays readable, and objects can still be deleted to make room.
 */
public final class HeapFull extends HotpotException {

  private static final long serialVersionUID = 1L;

  /** How many free chunks the append would have needed, beyond the reserve. */
  private final int chunksNeeded;

  public HeapFull(String message) {
    super(message);
    chunksNeeded = 1;
  }

  HeapFull(String message, int chunksNeeded) {
    super(message);
    this.chunksNeeded = chunksNeeded;
  }

  public HeapFull(String message, Throwable cause) {
    super(message, cause);
    chunksNeeded = 1;
  }

  int chunksNeeded() {
    return chunksNeeded;
  }
}
