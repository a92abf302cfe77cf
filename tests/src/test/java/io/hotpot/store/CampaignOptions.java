package io.hotpot.store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a {@link Campaign} is to do.
 *
 * @param failures it ends after so many
 * @param again the one seed that is run here; null: those from {@code from} on
 */
record CampaignOptions(
    Path folder,
    long from,
    long seeds,
    int jvms,
    String memory,
    String story,
    int failures,
    Long again) {

  /**
   * @throws IllegalArgumentException says what was not understood
   */
  static CampaignOptions of(List<String> args) {
    List<String> folders = new ArrayList<>();
    Map<String, String> given =
        new TreeMap<>(
            Map.of(
                "--from", "1",
                "--seeds", "2000",
                "--jvms", "2",
                "--memory", "900m",
                "--story", "cluster",
                "--failures", "10",
                "--again", ""));
    for (String arg : args) {
      if (arg.equals("--help")) {
        throw new IllegalArgumentException("help is here");
      }
      String[] parts = arg.split("=", 2);
      if (!arg.startsWith("--")) {
        folders.add(arg);
      } else if (parts.length < 2 || given.replace(parts[0], parts[1]) == null) {
        throw new IllegalArgumentException("unknown option " + arg);
      }
    }
    if (folders.size() != 1 || !Files.isDirectory(Path.of(folders.getFirst()))) {
      throw new IllegalArgumentException("a folder is expected, not " + folders);
    }
    if (!CampaignWorker.STORIES.containsKey(given.get("--story"))) {
      throw new IllegalArgumentException("no story is called " + given.get("--story"));
    }
    if (!given.get("--memory").matches("\\d+[kmg]")) {
      throw new IllegalArgumentException("--memory is for example 900m");
    }
    String again = given.get("--again");
    return new CampaignOptions(
        Path.of(folders.getFirst()),
        number(given, "--from"),
        number(given, "--seeds"),
        (int) number(given, "--jvms"),
        given.get("--memory"),
        given.get("--story"),
        (int) number(given, "--failures"),
        again.isEmpty() ? null : number(given, "--again"));
  }

  private static long number(Map<String, String> given, String name) {
    String text = given.get(name);
    if (!text.matches("[1-9]\\d{0,8}")) {
      throw new IllegalArgumentException(name + " is a number from 1 to 999999999, not " + text);
    }
    return Long.parseLong(text);
  }

  /** Behind the last seed. */
  long end() {
    return from + seeds;
  }

  /** Starts a process that runs seeds. */
  List<String> command() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        "-Djdk.trackAllThreads=false",
        "-XX:-OmitStackTraceInFastThrow",
        "-XX:+UseSerialGC",
        "-Xmx" + memory,
        "-cp",
        System.getProperty("java.class.path"),
        CampaignWorker.class.getName(),
        story);
  }
}
