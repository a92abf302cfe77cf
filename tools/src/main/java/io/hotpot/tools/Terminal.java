package io.hotpot.tools;

/**
 * Whether a person is watching. The launcher says which of the descriptors 0, 1 and 2 are
 * terminals, in the system property {@code hotpot.terminal}; the JDK knows only of all of them at
 * once.
 */
public final class Terminal {

  private static final String PROPERTY = "hotpot.terminal";

  private Terminal() {}

  /** True when what is printed on standard output is seen by a person, line by line. */
  public static boolean isInteractive() {
    return isTerminal('1');
  }

  /** True when a person sees standard error: progress is shown there. */
  static boolean showsErrors() {
    return isTerminal('2');
  }

  /** True when a person can press keys. */
  static boolean hasKeys() {
    return isTerminal('0');
  }

  private static boolean isTerminal(char descriptor) {
    return System.getProperty(PROPERTY, "").indexOf(descriptor) >= 0;
  }
}
