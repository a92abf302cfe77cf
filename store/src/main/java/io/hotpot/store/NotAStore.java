package io.hotpot.store;

/**
 * Thrown when the file that was to be opened is not a Hotpot store: empty, or of another program.
 */
public final class NotAStore extends HotpotException {

  private static final long serialVersionUID = 1L;

  public NotAStore(String message) {
    super(message);
  }

  public NotAStore(String message, Throwable cause) {
    super(message, cause);
  }
}
