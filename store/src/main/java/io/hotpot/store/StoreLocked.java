package io.hotpot.store;

/** Thrown when another process, or this one, already holds the store open. */
public final class StoreLocked extends HotpotException {

  private static final long serialVersionUID = 1L;

  public StoreLocked(String message) {
    super(message);
  }

  public StoreLocked(String message, Throwable cause) {
    super(message, cause);
  }
}
