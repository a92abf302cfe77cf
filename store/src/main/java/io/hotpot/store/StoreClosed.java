package io.hotpot.store;

/** Thrown by every use of a store, or of something obtained from it, after the store was closed. */
public final class StoreClosed extends HotpotException {

  private static final long serialVersionUID = 1L;

  public StoreClosed(String message) {
    super(message);
  }

  public StoreClosed(String message, Throwable cause) {
    super(message, cause);
  }
}
