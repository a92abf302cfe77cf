package io.hotpot.tools.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * The processor time of a process by the names of its threads, in its own code and in the kernel.
 * Linux only; elsewhere there are no threads.
 *
 * @param threads by name, of which the system keeps 15 characters
 */
record ProcessorTime(Map<String, Used> threads) {

  /** Nanoseconds, in steps of 10 ms; and how often it gave the processor up to wait. */
  record Used(long user, long system, long waits) {

    long all() {
      return user + system;
    }

    private Used plus(Used other) {
      return new Used(user + other.user, system + other.system, waits + other.waits);
    }

    private Used minus(Used other) {
      return new Used(user - other.user, system - other.system, waits - other.waits);
    }
  }

  /** The main thread has the name of the program. */
  private static final String MAIN = "java";

  private static final Used NONE = new Used(0, 0, 0);
  private static final Path THREADS = Path.of("/proc/self/task");
  private static final String WAITS = "voluntary_ctxt_switches:";

  /** Linux tells times in hundredths of a second. */
  private static final long TICK_NANOS = 10_000_000;

  /** Of the fields behind the name, the times in user and kernel mode. */
  private static final int USER = 11;

  private static final int SYSTEM = 12;

  static ProcessorTime none() {
    return new ProcessorTime(Map.of());
  }

  /** Of this process, since it began. */
  static ProcessorTime soFar() throws IOException {
    Map<String, Used> threads = new TreeMap<>();
    if (Files.isDirectory(THREADS)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(THREADS)) {
        for (Path thread : all) {
          add(thread, threads);
        }
      }
    }
    return new ProcessorTime(threads);
  }

  private static void add(Path thread, Map<String, Used> threads) throws IOException {
    try {
      String stat = Files.readString(thread.resolve("stat"));
      int nameEnd = stat.lastIndexOf(')');
      String name = stat.substring(stat.indexOf('(') + 1, nameEnd);
      String[] fields = stat.substring(nameEnd + 2).split(" ", -1);
      long waits =
          Files.readAllLines(thread.resolve("status")).stream()
              .filter(line -> line.startsWith(WAITS))
              .mapToLong(line -> Long.parseLong(line.substring(WAITS.length()).strip()))
              .sum();
      threads.merge(
          name.replaceAll("[ ,:/]", "_"),
          new Used(
              TICK_NANOS * Long.parseLong(fields[USER]),
              TICK_NANOS * Long.parseLong(fields[SYSTEM]),
              waits),
          Used::plus);
    } catch (NoSuchFileException e) {
      // It has ended meanwhile.
    }
  }

  ProcessorTime since(ProcessorTime earlier) {
    Map<String, Used> used = new TreeMap<>();
    threads.forEach(
        (name, time) -> used.put(name, time.minus(earlier.threads.getOrDefault(name, NONE))));
    return new ProcessorTime(used);
  }

  ProcessorTime plus(ProcessorTime other) {
    Map<String, Used> sum = new TreeMap<>(threads);
    other.threads.forEach((name, time) -> sum.merge(name, time, Used::plus));
    return new ProcessorTime(sum);
  }

  /**
   * Nanoseconds of all threads but those that compile, which end their work some time, and the main
   * one, which takes commands.
   */
  long ofWork() {
    return threads.entrySet().stream()
        .filter(e -> !e.getKey().contains("CompilerThre") && !e.getKey().equals(MAIN))
        .mapToLong(e -> e.getValue().all())
        .sum();
  }

  /** As one word, for another process. */
  String toText() {
    StringJoiner text = new StringJoiner(",");
    threads.forEach(
        (name, used) -> text.add(name + ":" + used.user + "/" + used.system + "/" + used.waits));
    return text.length() == 0 ? "none" : text.toString();
  }

  /** What another process has used. */
  static ProcessorTime of(String text) {
    Map<String, Used> threads = new TreeMap<>();
    if (!text.equals("none")) {
      for (String part : text.split(",", -1)) {
        int colon = part.indexOf(':');
        String[] numbers = part.substring(colon + 1).split("/", -1);
        threads.put(
            part.substring(0, colon),
            new Used(
                Long.parseLong(numbers[0]),
                Long.parseLong(numbers[1]),
                Long.parseLong(numbers[2])));
      }
    }
    return new ProcessorTime(threads);
  }
}
