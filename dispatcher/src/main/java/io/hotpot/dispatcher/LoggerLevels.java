package io.hotpot.dispatcher;

import io.hotpot.replication.NodeLog;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The log of a node as {@link System.Logger} keeps it, and its level, where {@code
 * java.util.logging} is behind that: other frameworks have their own way to change it.
 *
 * <p>Thread-safety: any thread.
 */
final class LoggerLevels implements NodeLog {

  /** What nodes tell. */
  static final String NAME = "io.hotpot.cluster";

  private static final Map<String, Level> LEVELS =
      Map.of(
          "OFF", Level.OFF,
          "ERROR", Level.SEVERE,
          "WARNING", Level.WARNING,
          "INFO", Level.INFO,
          "DEBUG", Level.FINE,
          "TRACE", Level.FINER);

  private static final System.Logger LOG = System.getLogger(NAME);

  /** Held, since loggers are held weakly, and their levels go with them. */
  private static final Logger BEHIND = Logger.getLogger(NAME);

  /**
   * Changes the level.
   *
   * @return null; or why not
   */
  static @Nullable String set(String name) {
    Level level = LEVELS.get(name);
    if (level == null) {
      return "there is no log level '"
          + name
          + "', only OFF, ERROR, WARNING, INFO, DEBUG and TRACE";
    }
    BEHIND.setLevel(level);
    boolean isDebug = level.intValue() <= Level.FINE.intValue();
    return LOG.isLoggable(System.Logger.Level.DEBUG) == isDebug
        ? null
        : "this node's log is kept by another framework than java.util.logging: change the level of"
            + " the logger '"
            + NAME
            + "' there";
  }

  void event(String sentence) {
    LOG.log(System.Logger.Level.INFO, sentence);
  }

  @Override
  public boolean tellsDetails() {
    return LOG.isLoggable(System.Logger.Level.DEBUG);
  }

  @Override
  public boolean tellsMessages() {
    return LOG.isLoggable(System.Logger.Level.TRACE);
  }

  @Override
  public void detail(String sentence) {
    LOG.log(System.Logger.Level.DEBUG, sentence);
  }

  @Override
  public void message(String sentence) {
    LOG.log(System.Logger.Level.TRACE, sentence);
  }
}
