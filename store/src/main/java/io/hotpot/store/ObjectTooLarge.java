package io.hotpot.store;

/** Thrown when the encoded form of one object exceeds what a chunk can hold. */
public final class ObjectTooLarge extends HotpotException {

  private static final long serialVersionUID = 1L;

  public ObjectTooLarge(String message) {
    super(message);
  }

  public ObjectTooLarge(String message, Throwable cause) {
    super(message, cause);
  }
}
