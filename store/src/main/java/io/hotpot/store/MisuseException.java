package io.hotpot.store;

/**
 * Thrown when the library is used in a way that its documentation rules out: from the wrong thread,
 * with a reference of another store, with a finished transaction, with an option out of range. The
 * message says what to do.
 */
public final class MisuseException extends HotpotException {

  private static final long serialVersionUID = 1L;

  public MisuseException(String message) {
    super(message);
  }

  public MisuseException(String message, Throwable cause) {
    super(message, cause);
  }
}
