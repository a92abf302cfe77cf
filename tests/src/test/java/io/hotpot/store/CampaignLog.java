package io.hotpot.store;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What became of each seed of a campaign, in a file with one line for each: {@code SEED passed
 * TRACE SIMULATED-NS} or {@code SEED failed WHY}. A campaign that was interrupted is read from it
 * and goes on; a line that was cut short does not count.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class CampaignLog {

  private final ReentrantLock lock = new ReentrantLock();
  private final PrintStream file;
  private final long from;
  private final long end;
  private final TreeSet<Long> passed = new TreeSet<>();
  private final Map<Long, String> failed = new TreeMap<>();
  private long simulatedNs;

  /**
   * @param from the first seed that counts
   * @param end behind the last one
   */
  CampaignLog(Path path, long from, long end) {
    this.from = from;
    this.end = end;
    try {
      String before = Files.exists(path) ? Files.readString(path) : "";
      String whole = before.substring(0, before.lastIndexOf('\n') + 1);
      whole.lines().forEach(this::take);
      Files.writeString(path, whole);
      file =
          new PrintStream(
              Files.newOutputStream(path, StandardOpenOption.APPEND), true, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String passed(long seed, long trace, long simulatedNs) {
    return seed + " passed " + Long.toHexString(trace) + " " + simulatedNs;
  }

  static String failed(long seed, String why) {
    return seed + " failed " + why.replace("\\", "\\\\").replace("\n", "\\n");
  }

  /** Keeps what a worker has said of one seed. */
  void add(String line) {
    lock.lock();
    try {
      take(line);
      file.println(line);
    } finally {
      lock.unlock();
    }
  }

  private void take(String line) {
    String[] words = line.split(" ", 3);
    long seed = Long.parseLong(words[0]);
    if (seed < from || seed >= end) {
      return;
    }
    if (words[1].equals("passed")) {
      passed.add(seed);
      simulatedNs += Long.parseLong(words[2].split(" ")[1]);
    } else {
      failed.put(seed, words[2].translateEscapes());
    }
  }

  boolean has(long seed) {
    lock.lock();
    try {
      return passed.contains(seed) || failed.containsKey(seed);
    } finally {
      lock.unlock();
    }
  }

  int passed() {
    lock.lock();
    try {
      return passed.size();
    } finally {
      lock.unlock();
    }
  }

  /** Why each of these failed. */
  Map<Long, String> failed() {
    lock.lock();
    try {
      return new TreeMap<>(failed);
    } finally {
      lock.unlock();
    }
  }

  /** How much time has passed in all worlds together. */
  long simulatedNs() {
    lock.lock();
    try {
      return simulatedNs;
    } finally {
      lock.unlock();
    }
  }
}
