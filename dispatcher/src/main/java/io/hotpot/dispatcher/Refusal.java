package io.hotpot.dispatcher;

/** Ends the application of a command that must not change anything. */
final class Refusal extends RuntimeException {

  private static final long serialVersionUID = 1L;

  Refusal(String reason) {
    super(reason, null, false, false);
  }

  String reason() {
    return String.valueOf(getMessage());
  }

  static void unless(boolean condition, String reason) {
    if (!condition) {
      throw new Refusal(reason);
    }
  }
}
