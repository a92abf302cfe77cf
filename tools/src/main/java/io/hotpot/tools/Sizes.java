package io.hotpot.tools;

import java.util.Locale;

/** Sizes as users write them: {@code 1073741824}, {@code 512m}, {@code 64g}. */
final class Sizes {

  private static final String UNITS = "kmgt";
  private static final int BITS_OF_A_UNIT = 10;

  private Sizes() {}

  /**
   * @param option that was given it, for the message
   * @return bytes
   * @throws Failure if it is none
   */
  static long parse(String option, String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    int unit = lower.isEmpty() ? -1 : UNITS.indexOf(lower.charAt(lower.length() - 1));
    String digits = unit < 0 ? lower : lower.substring(0, lower.length() - 1);
    try {
      long number = Long.parseLong(digits);
      return Math.multiplyExact(number, 1L << (BITS_OF_A_UNIT * (unit + 1)));
    } catch (ArithmeticException | NumberFormatException e) {
      throw new Failure(
          ExitCode.USAGE,
          "option " + option + " is '" + text + "', expected a size such as 512m or 64g",
          e);
    }
  }
}
