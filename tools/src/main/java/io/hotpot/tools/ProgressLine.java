package io.hotpot.tools;

import io.hotpot.store.Progress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Shows how far long work has come, in a line that is written over and removed at the end. Nothing
 * is shown where nobody watches.
 */
public final class ProgressLine implements Progress, AutoCloseable {

  private static final long PERIOD_NS = 100_000_000;
  private static final int WIDTH = 30;
  private static final String CLEAR = "\r\u001b[K";

  private final PrintWriter out;
  private final String title;
  private final String unit;
  private final boolean visible;
  private final LongSupplier clockNs;
  private boolean shown;
  private long shownAtNs;

  /**
   * @param out where the person looks who waits: standard error
   * @param title what is being done
   * @param unit what is counted, in the plural
   * @param clockNs nanoseconds, as System.nanoTime
   */
  ProgressLine(PrintWriter out, String title, String unit, boolean visible, LongSupplier clockNs) {
    this.out = out;
    this.title = title;
    this.unit = unit;
    this.visible = visible;
    this.clockNs = clockNs;
  }

  /** On standard error, if that is a terminal. */
  public static ProgressLine on(PrintWriter err, String title, String unit) {
    return new ProgressLine(err, title, unit, Terminal.showsErrors(), System::nanoTime);
  }

  /**
   * @param total 0 if it is not known
   */
  @Override
  public void report(long done, long total) {
    if (!visible) {
      return;
    }
    long now = clockNs.getAsLong();
    if (shown && now - shownAtNs < PERIOD_NS) {
      return;
    }
    shown = true;
    shownAtNs = now;
    out.print(CLEAR + text(done, total));
    out.flush();
  }

  private String text(long done, long total) {
    if (total <= 0) {
      return String.format(Locale.ROOT, "%s: %,d %s", title, done, unit);
    }
    int bar = (int) (WIDTH * Math.min(done, total) / total);
    return String.format(
        Locale.ROOT,
        "%s [%s%s] %3d%%  %,d of %,d %s",
        title,
        "#".repeat(bar),
        ".".repeat(WIDTH - bar),
        100 * Math.min(done, total) / total,
        done,
        total,
        unit);
  }

  /** Leaves an empty line to whatever is printed next. */
  @Override
  public void close() {
    if (shown) {
      out.print(CLEAR);
      out.flush();
    }
  }
}
