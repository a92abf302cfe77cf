package io.hotpot.store;

/**
 * Thrown when a transaction could not commit because other transactions kept changing what it read.
 * The message names the object that was in the way and how often the work was tried.
 */
public final class ConflictException extends HotpotException {

  private static final long serialVersionUID = 1L;

  public ConflictException(String message) {
    super(message);
  }

  public ConflictException(String message, Throwable cause) {
    super(message, cause);
  }
}
