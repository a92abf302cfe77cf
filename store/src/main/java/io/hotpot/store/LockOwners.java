package io.hotpot.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Finds out which processes hold a lock on a file, for a message. Linux lists locks in {@code
 * /proc/locks}; elsewhere the note in the file has to do, which is left by the last process that
 * had the store open for writing.
 */
final class LockOwners {

  private static final Path LOCKS = Path.of("/proc/locks");
  private static final int MAX_COMMAND = 120;

  private LockOwners() {}

  /**
   * Who holds a lock on the file, in parentheses behind a blank; empty if unknown.
   *
   * @param note "process " and a process id, or empty
   */
  static String describe(Path file, String note) {
    List<Long> owners = find(file);
    if (owners.isEmpty()) {
      return note.isEmpty() ? "" : " (" + note + ")";
    }
    return owners.stream().map(LockOwners::describe).collect(Collectors.joining(", ", " (", ")"));
  }

  private static String describe(long pid) {
    Optional<ProcessHandle> process = ProcessHandle.of(pid);
    String command =
        process.flatMap(p -> p.info().commandLine()).map(LockOwners::shortened).orElse("");
    String since =
        process
            .flatMap(p -> p.info().startInstant())
            .map(Instant::toString)
            .map(start -> ", running since " + start)
            .orElse("");
    return "process " + pid + (command.isEmpty() ? "" : ": " + command) + since;
  }

  /** A class path or the like must not hide the rest of the message. */
  private static String shortened(String commandLine) {
    String line =
        commandLine.chars().allMatch(c -> c >= ' ')
            ? commandLine
            : commandLine.replaceAll("\\p{Cntrl}+", " ");
    int half = MAX_COMMAND / 2;
    return line.length() <= MAX_COMMAND
        ? line
        : line.substring(0, half) + " ... " + line.substring(line.length() - half);
  }

  /** The processes that hold a lock on the file; empty if the system does not tell. */
  static List<Long> find(Path file) {
    List<Long> owners = new ArrayList<>();
    try {
      if (!Files.isReadable(LOCKS)) {
        return owners;
      }
      String inode = ":" + Files.getAttribute(file, "unix:ino");
      for (String line : Files.readAllLines(LOCKS)) {
        // 1: POSIX  ADVISORY  WRITE 4711 fe:01:1234567 0 EOF; "->" marks one that waits
        String[] words = line.strip().split("\\s+", -1);
        if (words.length >= 6 && !words[1].equals("->") && words[5].endsWith(inode)) {
          long pid = Long.parseLong(words[4]);
          if (pid > 0 && !owners.contains(pid)) {
            owners.add(pid);
          }
        }
      }
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      // It is a courtesy: the message does without.
      owners.clear();
    }
    return owners;
  }
}
