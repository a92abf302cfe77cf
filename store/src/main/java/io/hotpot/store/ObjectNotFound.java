package io.hotpot.store;

/**
 * Thrown when a {@link Ref} names an object that does not exist (any more). A reference to a
 * deleted object gives this for ever, also after its slot was given to another object.
 */
public final class ObjectNotFound extends HotpotException {

  private static final long serialVersionUID = 1L;

  public ObjectNotFound(String message) {
    super(message);
  }

  public ObjectNotFound(String message, Throwable cause) {
    super(message, cause);
  }
}
