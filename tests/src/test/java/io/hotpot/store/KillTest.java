package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kills real processes with SIGKILL at any moment of their life, opening and closing included, and
 * looks at what the next one finds: all that was acknowledged, at most one transaction more for
 * each thread, whole ones only.
 */
@Timeout(400)
class KillTest {

  private static final int ROUNDS = Integer.getInteger("hotpot.kills", 50);
  private static final long SEED = Long.getLong("hotpot.seed", System.nanoTime());

  private final long[] acknowledged = new long[KillWorker.COUNTERS];
  private long commits;
  private int answers;

  @ParameterizedTest
  @EnumSource(
      value = HotpotOptions.HeapKind.class,
      names = {"MAPPED", "LLPL"})
  void whatWasAcknowledgedIsThere(HotpotOptions.HeapKind kind, @TempDir Path directory)
      throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      Durability durability = random.nextBoolean() ? Durability.POWER : Durability.PROCESS;
      String where = kind + ", round " + round + ", " + durability + ", seed " + SEED;
      round(kind, directory, durability, random, where);
    }
    assertThat(answers).as("rounds that came to tell what they found").isPositive();
    assertThat(commits).as("commits").isGreaterThan(ROUNDS);
    try (Hotpot store = Hotpot.open(directory, KillWorker.options(kind, Durability.POWER))) {
      assertThat(store.check()).isEmpty();
      assertThat(store.recovery().damages()).isEmpty();
    }
  }

  private void round(
      HotpotOptions.HeapKind kind,
      Path directory,
      Durability durability,
      SplittableRandom random,
      String where)
      throws IOException, InterruptedException {
    Process process = start(kind, directory, durability, random.nextLong());
    // Some die before they have opened the store, most while they work.
    long lifeMs = random.nextInt(4) == 0 ? random.nextInt(20, 500) : random.nextInt(300, 1500);
    Thread killer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    process.waitFor(lifeMs, TimeUnit.MILLISECONDS);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  // Not through the process itself: that would also close what is being read.
                  process.toHandle().destroyForcibly();
                });
    List<String> rest = new ArrayList<>();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        hear(line, where, rest);
      }
    }
    killer.join();
    process.waitFor();
    assertThat(rest).as(where + ": unexpected output").isEmpty();
  }

  private void hear(String line, String where, List<String> rest) {
    String[] words = line.split(" ");
    switch (words[0]) {
      case "found" -> {
        int number = Integer.parseInt(words[1]);
        long left = Long.parseLong(words[2]);
        long right = Long.parseLong(words[3]);
        assertThat(left).as(where + ": both halves of counter " + number).isEqualTo(right);
        assertThat(left)
            .as(where + ": counter " + number + ", acknowledged " + Arrays.toString(acknowledged))
            .isBetween(acknowledged[number], acknowledged[number] + 1);
        acknowledged[number] = left;
      }
      case "total" ->
          assertThat(Integer.parseInt(words[1]))
              .as(where + ": money")
              .isEqualTo(KillWorker.ACCOUNTS * KillWorker.DEPOSIT);
      case "damages" -> {
        assertThat(words[1]).as(where + ": damages").isEqualTo("0");
        answers++;
      }
      case "counted" -> {
        // The last line may have been cut off in the middle by the kill.
        if (words.length == 3 && !words[2].isEmpty()) {
          int number = Integer.parseInt(words[1]);
          long value = Long.parseLong(words[2]);
          if (value == acknowledged[number] + 1) {
            acknowledged[number] = value;
          }
          commits++;
        }
      }
      default -> rest.add(line);
    }
  }

  private static Process start(
      HotpotOptions.HeapKind kind, Path directory, Durability durability, long seed)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx128m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            KillWorker.class.getName(),
            directory.toString(),
            kind.name(),
            durability.name(),
            Long.toString(seed)));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
