package io.hotpot.tools;

import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * A command that runs until it is told to end (Ctrl-C, SIGTERM), and says on standard error what an
 * operator should know, a line each.
 */
final class Foreground {

  /** What nodes of a cluster tell; held, since loggers are held weakly. */
  private static final Logger CLUSTER = Logger.getLogger("io.hotpot.cluster");

  private final PrintWriter err;

  Foreground(PrintWriter err) {
    this.err = err;
  }

  /** Keeps what nodes tell from the console, for commands that are members for a moment. */
  static void silence() {
    CLUSTER.setUseParentHandlers(false);
  }

  /** An event, with its time. */
  void log(String event) {
    // In one call, since several threads may log.
    err.print(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + event + System.lineSeparator());
    err.flush();
  }

  /** Shows what the node of this process tells. */
  void showCluster() {
    silence();
    CLUSTER.addHandler(
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            String level = record.getLevel().equals(Level.INFO) ? "" : name(record.getLevel());
            log(level + record.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        });
  }

  private static String name(Level level) {
    if (level.intValue() > Level.INFO.intValue()) {
      return level.equals(Level.SEVERE) ? "error: " : "warning: ";
    }
    return level.intValue() >= Level.FINE.intValue() ? "debug: " : "trace: ";
  }

  /** Says that all is ready, waits for the word to end, and ends in order. */
  void run(PrintWriter out, String ready, AutoCloseable running) throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    // Its end lets the JVM go down, and so comes last.
    try (Interruption _ = Interruption.watch(end::countDown)) {
      try (running) {
        out.println(ready);
        out.flush();
        end.await();
        log("ending");
      }
      log("closed in order");
    }
  }
}
