package io.hotpot.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * How often this process has asked the operating system to write: to a socket, mostly. Nothing can
 * be sent without it, so it bounds the messages sent from above, and is counted by neither the
 * cluster that is measured nor the benchmark. Linux only.
 */
final class WriteCalls {

  /** Not known here. */
  static final long UNKNOWN = -1;

  private static final Path COUNTS = Path.of("/proc/self/io");
  private static final String FIELD = "syscw: ";

  private WriteCalls() {}

  /** Since the process began; {@link #UNKNOWN} where the system does not tell. */
  static long soFar() throws IOException {
    try {
      return Files.readAllLines(COUNTS).stream()
          .filter(line -> line.startsWith(FIELD))
          .mapToLong(line -> Long.parseLong(line.substring(FIELD.length())))
          .findFirst()
          .orElse(UNKNOWN);
    } catch (NoSuchFileException e) {
      return UNKNOWN;
    }
  }

  /** Since an earlier look. */
  static long since(long earlier) throws IOException {
    long now = soFar();
    return now == UNKNOWN || earlier == UNKNOWN ? UNKNOWN : now - earlier;
  }
}
