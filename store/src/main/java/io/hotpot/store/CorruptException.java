package io.hotpot.store;

/**
 * Thrown when stored bytes fail their checks. The message names the place: chunk, offset and, where
 * known, the object. Nothing that fails its checksum is ever returned (invariant 3); the rest of
 * the store stays usable.
 */
public final class CorruptException extends HotpotException {

  private static final long serialVersionUID = 1L;

  public CorruptException(String message) {
    super(message);
  }

  public CorruptException(String message, Throwable cause) {
    super(message, cause);
  }
}
