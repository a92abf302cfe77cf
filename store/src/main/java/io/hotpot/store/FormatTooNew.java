package io.hotpot.store;

/**
 * Thrown when a store was written by a newer version of this library than the one that opens it.
 */
public final class FormatTooNew extends HotpotException {

  private static final long serialVersionUID = 1L;

  public FormatTooNew(String message) {
    super(message);
  }

  public FormatTooNew(String message, Throwable cause) {
    super(message, cause);
  }
}
