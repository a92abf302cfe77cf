package io.hotpot.store;

/** Thrown when a store was written in a format that this version of the library no longer reads. */
public final class FormatTooOld extends HotpotException {

  private static final long serialVersionUID = 1L;

  public FormatTooOld(String message) {
    super(message);
  }

  public FormatTooOld(String message, Throwable cause) {
    super(message, cause);
  }
}
