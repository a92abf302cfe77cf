package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.Activities.Activity;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kills real processes with SIGKILL at any moment of their life, opening, closing and growth
 * included (in half of the rounds at a moment when such is under way), and looks at what the next
 * one finds: all that was acknowledged, at most one transaction more for each thread, whole ones
 * only.
 */
@Timeout(400)
class KillTest {

  private static final int ROUNDS = Integer.getInteger("hotpot.kills", 12);
  private static final long SEED = Long.getLong("hotpot.seed", System.nanoTime());

  /**
   * A kill may come a moment too late for what it waited for: so many rounds may be added to
   * interrupt each activity at least once.
   */
  private static final int MAX_ADDED_ROUNDS = 50;

  /** After so many rounds a new store is begun: one that has its size does not grow any more. */
  private static final int ROUNDS_OF_A_STORE = 10;

  /** Of 300 microseconds each, and more on a busy machine: what is waited for may never come. */
  private static final long MAX_PAUSES = 20_000;

  private final Map<Activity, Integer> hits = new EnumMap<>(Activity.class);
  private final AtomicLong commits = new AtomicLong();
  private ToldAndFound told = new ToldAndFound();
  private int answers;

  @ParameterizedTest
  @EnumSource(
      value = HotpotOptions.HeapKind.class,
      names = {"MAPPED", "LLPL"})
  void whatWasAcknowledgedIsThere(HotpotOptions.HeapKind kind, @TempDir Path directory)
      throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    Path store = directory;
    int round = 0;
    for (; round < ROUNDS || (isOneMissed() && round < ROUNDS + MAX_ADDED_ROUNDS); round++) {
      if (round % ROUNDS_OF_A_STORE == 0) {
        isWhole(kind, store, round);
        store = directory.resolve("store " + round);
        answers += told.answers();
        told = new ToldAndFound();
      }
      Durability durability = random.nextBoolean() ? Durability.POWER : Durability.PROCESS;
      String where = kind + ", round " + round + ", " + durability + ", seed " + SEED;
      try (Activities activities = new Activities(directory.resolve("activities"))) {
        activities.reset();
        List<String> arguments =
            List.of(
                store.toString(),
                kind.name(),
                durability.name(),
                Long.toString(random.nextLong()),
                directory.resolve("activities").toString());
        round(start(arguments), new Killer(activities, target(round, random), random), where);
        activities.now().forEach(activity -> hits.merge(activity, 1, Integer::sum));
      }
    }
    isWhole(kind, store, round);
    answers += told.answers();
    System.out.printf(
        "%s: %d processes killed, %d commits heard of; in the middle of %s%n",
        kind, round, commits.get(), hits);
    assertThat(answers).as("rounds that came to tell what they found").isPositive();
    assertThat(commits.get()).as("commits").isGreaterThan(ROUNDS);
    assertThat(hits.keySet()).as("killed in the middle of").contains(Activity.values());
  }

  private static void isWhole(HotpotOptions.HeapKind kind, Path directory, int round) {
    if (round == 0) {
      return;
    }
    try (Hotpot store = Hotpot.open(directory, KillWorker.options(kind, Durability.POWER))) {
      assertThat(store.check()).isEmpty();
      assertThat(store.recovery().damages()).isEmpty();
    }
  }

  private boolean isOneMissed() {
    return hits.size() < Activity.values().length;
  }

  /**
   * What a round waits for before it kills: first what no kill has met yet; null: for some time.
   */
  private @Nullable Activity target(int round, SplittableRandom random) {
    if (round % ROUNDS_OF_A_STORE == 0) {
      return Activity.GROWTH;
    }
    if (round < ROUNDS && random.nextBoolean()) {
      return null;
    }
    List<Activity> others =
        List.of(Activity.OPENING, Activity.CLEANING, Activity.CHECKPOINT, Activity.COMMIT);
    List<Activity> missed = others.stream().filter(other -> !hits.containsKey(other)).toList();
    List<Activity> choice = missed.isEmpty() ? others : missed;
    return choice.get(random.nextInt(choice.size()));
  }

  /**
   * Kills a process a moment after its start, after some number of its commits, or when it has been
   * seen at some activity some times.
   */
  private final class Killer {
    private final Activities activities;
    private final @Nullable Activity target;
    private final int sightings;
    private final int startMs;
    private final long commitsBefore = commits.get();
    private final long wantedCommits;

    Killer(Activities activities, @Nullable Activity target, SplittableRandom random) {
      this.activities = activities;
      this.target = target;
      this.sightings = random.nextInt(1, 4);
      this.startMs = target == null && random.nextInt(4) == 0 ? random.nextInt(20, 500) : 0;
      this.wantedCommits = random.nextInt(1, 1000);
    }

    void kill(Process process) {
      try {
        if (startMs > 0) {
          process.waitFor(startMs, TimeUnit.MILLISECONDS);
        } else {
          int seen = 0;
          for (long pauses = 0; pauses < MAX_PAUSES && seen < sightings; pauses++) {
            if (process.waitFor(300, TimeUnit.MICROSECONDS)) {
              break;
            }
            seen += isDue() ? 1 : 0;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      // Not through the process itself: that would also close what is being read.
      process.toHandle().destroyForcibly();
    }

    private boolean isDue() {
      return target == null
          ? commits.get() - commitsBefore >= wantedCommits
          : activities.isIn(target);
    }
  }

  private void round(Process process, Killer killer, String where)
      throws IOException, InterruptedException {
    Thread killing = Thread.ofPlatform().start(() -> killer.kill(process));
    List<String> rest = new ArrayList<>();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        long before = told.commits();
        if (!told.hear(line, where)) {
          rest.add(line);
        }
        commits.addAndGet(told.commits() - before);
      }
    }
    killing.join();
    process.waitFor();
    assertThat(rest).as(where + ": unexpected output").isEmpty();
  }

  private static Process start(List<String> arguments) throws IOException {
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
            KillWorker.class.getName()));
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
