package io.hotpot.tools.bench;

import io.hotpot.tools.Terminal;
import java.io.PrintWriter;

/** One line on a terminal that says what is running, and goes when the figures come. */
final class Progress {

  /** Longer lines would wrap on common terminals, and then stay. */
  private static final int MOST_COLUMNS = 78;

  private final PrintWriter out;
  private final boolean isShown;

  Progress(PrintWriter out, boolean isWanted) {
    this.out = out;
    this.isShown = isWanted && Terminal.isInteractive();
  }

  void show(String text) {
    if (isShown) {
      String line = text.length() > MOST_COLUMNS ? text.substring(0, MOST_COLUMNS) : text;
      out.print("\r" + line + "\u001b[K");
      out.flush();
    }
  }

  void clear() {
    show("");
  }
}
