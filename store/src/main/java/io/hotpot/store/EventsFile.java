package io.hotpot.store;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The counters of a store in a small text file beside its heap, so that anyone can read them while
 * the store is in use: a name and a number on each line. It is replaced whole.
 *
 * <p>Thread-safety: written by one thread at a time; read by anyone.
 */
final class EventsFile {

  private static final String FILE = "events";
  private static final long PERIOD_MS = 1000;

  private final Path file;
  private Map<String, Long> written = Map.of();
  private long writtenAtMs;

  EventsFile(Path directory) {
    this.file = directory.resolve(FILE);
  }

  /** Writes what has changed, at most once a second. */
  void writeSometimes(Supplier<Map<String, Long>> counters, long nowMs) {
    if (nowMs - writtenAtMs >= PERIOD_MS) {
      writtenAtMs = nowMs;
      write(counters.get());
    }
  }

  /** The counters are a convenience: that they cannot be written must not fail a store. */
  void write(Map<String, Long> counters) {
    if (counters.equals(written)) {
      return;
    }
    StringBuilder text = new StringBuilder();
    counters.forEach((name, count) -> text.append(name).append(' ').append(count).append('\n'));
    Path next = file.resolveSibling(FILE + ".new");
    try {
      Files.writeString(next, text);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      written = counters;
    } catch (IOException e) {
      // The next second brings another chance.
    }
  }

  /**
   * @throws NotAStore if there is no such file
   */
  static Map<String, Long> read(Path directory) {
    Map<String, Long> counters = new LinkedHashMap<>();
    try {
      for (String line : Files.readAllLines(directory.resolve(FILE))) {
        int space = line.lastIndexOf(' ');
        counters.put(line.substring(0, space), Long.parseLong(line.substring(space + 1)));
      }
    } catch (CharacterCodingException e) {
      throw damaged(directory, e);
    } catch (IOException e) {
      throw new NotAStore(
          directory + " has no file '" + FILE + "': nobody has had a store open there for writing",
          e);
    } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
      throw damaged(directory, e);
    }
    return counters;
  }

  private static CorruptException damaged(Path directory, Exception e) {
    return new CorruptException(directory.resolve(FILE) + " is damaged; it is written anew", e);
  }
}
