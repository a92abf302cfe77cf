package io.hotpot.store;

/**
 * Thrown when a class cannot be stored, or is not compatible with the values already stored under
 * its name. The message names the component.
 */
public final class TypeMismatch extends HotpotException {

  private static final long serialVersionUID = 1L;

  public TypeMismatch(String message) {
    super(message);
  }

  public TypeMismatch(String message, Throwable cause) {
    super(message, cause);
  }
}
