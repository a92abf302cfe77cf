package io.hotpot.store;

import io.hotpot.store.Activities.Activity;
import io.hotpot.store.HotpotOptions.HeapKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Takes the power from virtual machines: starts one, kills it with SIGKILL when a {@link
 * PowerWorker} in it is seen to commit, to open, to clean, to close or to grow, and has the next
 * one, with the same persistent memory, tell what it finds. In the end one looks at all stores.
 *
 * <p>A program, which {@code ./hotpot verify --rdma --power} runs. Exit codes: 0 if nothing was
 * lost, 1 if something was or a machine did not run.
 */
final class PowerCampaign {

  /** Of the memory that a machine shares with this process. */
  static final String SHARED = "shared";

  /** After so many kills new stores are begun: one that has its size does not grow any more. */
  private static final int KILLS_OF_A_STORE = 5;

  private static final int MAX_COMMITS = 300;

  /** What is waited for may never come; a kill at any other moment is one, too. */
  private static final int COMMITS_OF_PATIENCE = 1000;

  private final Path folder;
  private final int kills;
  private final List<String> command;
  private final SplittableRandom random;
  private final Map<HeapKind, Activities> activities = new EnumMap<>(HeapKind.class);
  private final Map<HeapKind, List<ToldAndFound>> told = new EnumMap<>(HeapKind.class);
  private final Map<HeapKind, EnumMap<Activity, Integer>> hits = new EnumMap<>(HeapKind.class);
  private int killed;
  private int killedInCommits;
  private long inFlight;

  /**
   * @param folder of the machine
   * @param kills how many shall be in the midst of commits
   * @param command that is the machine: with it, it ends
   */
  private PowerCampaign(Path folder, int kills, long seed, List<String> command)
      throws IOException {
    this.folder = folder;
    this.kills = kills;
    this.command = command;
    this.random = new SplittableRandom(seed);
    for (HeapKind heap : PowerWorker.HEAPS) {
      activities.put(heap, new Activities(folder.resolve(SHARED), PowerWorker.HEAPS.indexOf(heap)));
      told.put(heap, new ArrayList<>());
      hits.put(heap, new EnumMap<>(Activity.class));
    }
  }

  /**
   * @param args the folder, the number of kills, the seed, and the machine's command
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    long seed = Long.parseLong(args[2]);
    PowerCampaign campaign =
        new PowerCampaign(
            Path.of(args[0]),
            Integer.parseInt(args[1]),
            seed,
            List.of(args).subList(3, args.length));
    boolean kept = false;
    try {
      campaign.run();
      kept = true;
    } catch (AssertionError | IllegalStateException e) {
      System.out.println("FAILED: " + e.getMessage());
    }
    campaign.sumUp(seed);
    System.exit(kept ? 0 : 1);
  }

  private void run() throws IOException, InterruptedException {
    // Most kills are aimed at commits; a machine where none ever is, is a failure.
    int limit = 3 * kills + 5;
    while (killedInCommits < kills && killed < limit) {
      if (killed % KILLS_OF_A_STORE == 0) {
        told.values().forEach(stores -> stores.add(new ToldAndFound()));
      }
      kill();
    }
    look();
    if (killedInCommits < kills) {
      throw new IllegalStateException("too few kills were in the midst of commits");
    }
  }

  private int stores() {
    return told.get(HeapKind.MAPPED).size();
  }

  private void kill() throws IOException, InterruptedException {
    String where = "machine " + (killed + 1);
    long before = commits();
    Aim aim = Aim.draw(killed % KILLS_OF_A_STORE == 0, random);
    try (GuestMachine machine = start("work " + random.nextLong() + " " + (stores() - 1), where)) {
      GuestMachine.await(
          List.of(machine),
          () -> aim.isDue(commits() - before, activities.values()),
          aim + " was not seen");
      machine.kill();
    }
    killed++;
    long flying = 0;
    StringBuilder at = new StringBuilder();
    for (HeapKind heap : PowerWorker.HEAPS) {
      flying += activities.get(heap).count(Activity.COMMIT);
      activities.get(heap).now().forEach(a -> hits.get(heap).merge(a, 1, Integer::sum));
      at.append(" ").append(heap).append(activities.get(heap).now());
    }
    inFlight += flying;
    killedInCommits += flying > 0 ? 1 : 0;
    System.out.printf(
        "%s: killed after %d acknowledged commits, in the midst of%s; %d of %d in commits%n",
        where, commits() - before, at, killedInCommits, kills);
  }

  private void look() throws IOException, InterruptedException {
    StringBuilder order = new StringBuilder("look");
    for (int i = 0; i < stores(); i++) {
      order.append(" ").append(i);
    }
    int before = answers();
    try (GuestMachine machine = start(order.toString(), "the last machine")) {
      machine.awaitEnd();
    }
    if (answers() - before != stores() * PowerWorker.HEAPS.size()) {
      throw new IllegalStateException("the last machine has not told of all stores");
    }
    System.out.println("the last machine: looked at all stores");
  }

  private GuestMachine start(String order, String where) throws IOException {
    Files.writeString(folder.resolve(PowerWorker.ORDER), order + "\n");
    Map<String, Consumer<String>> heard = new LinkedHashMap<>();
    for (HeapKind heap : PowerWorker.HEAPS) {
      activities.get(heap).reset();
      heard.put(PowerWorker.told(heap), new Heard(heap, where)::hear);
    }
    return new GuestMachine(where, folder, command, heard);
  }

  private long commits() {
    return told.values().stream().flatMap(List::stream).mapToLong(ToldAndFound::commits).sum();
  }

  private int answers() {
    return told.values().stream().flatMap(List::stream).mapToInt(ToldAndFound::answers).sum();
  }

  private void sumUp(long seed) {
    System.out.printf(
        "%d machines killed, %d of them in the midst of commits (%d were in flight); at %s%n",
        killed, killedInCommits, inFlight, hits);
    System.out.printf(
        "%d commits acknowledged, %d more found; stores looked at %d times; seed %d%n",
        commits(),
        told.values().stream()
            .flatMap(List::stream)
            .mapToLong(ToldAndFound::foundUnacknowledged)
            .sum(),
        answers(),
        seed);
  }

  /**
   * What a kill waits for.
   *
   * @param commits so many are acknowledged before
   * @param looks so many more times the activity is seen before; looks are some 1 ms apart
   */
  private record Aim(Activity activity, int commits, Countdown looks) {

    static Aim draw(boolean isNewStore, SplittableRandom random) {
      Activity activity =
          switch (random.nextInt(8)) {
            case 0, 1 -> Activity.OPENING;
            case 2 -> isNewStore ? Activity.GROWTH : Activity.CLEANING;
            case 3 -> Activity.CHECKPOINT;
            default -> Activity.COMMIT;
          };
      boolean waits = activity != Activity.OPENING && activity != Activity.GROWTH;
      int commits = waits ? random.nextInt(1, MAX_COMMITS) : 0;
      boolean isLong = activity == Activity.OPENING || activity == Activity.COMMIT;
      return new Aim(activity, commits, new Countdown(random.nextInt(isLong ? 40 : 4)));
    }

    boolean isDue(long acknowledged, Iterable<Activities> all) {
      if (acknowledged < commits) {
        return false;
      }
      for (Activities each : all) {
        if (each.isIn(activity)) {
          return looks.isOver();
        }
      }
      return acknowledged >= COMMITS_OF_PATIENCE;
    }

    @Override
    public String toString() {
      return activity + " after " + commits + " commits";
    }
  }

  /** Counts what is left. */
  private static final class Countdown {
    private int left;

    Countdown(int left) {
      this.left = left;
    }

    boolean isOver() {
      return left-- <= 0;
    }
  }

  /** Takes in what the worker on one heap of a machine tells. */
  private final class Heard {
    private final HeapKind heap;
    private final String where;
    private int store;

    Heard(HeapKind heap, String where) {
      this.heap = heap;
      this.where = where;
    }

    void hear(String line) {
      if (line.startsWith("store ")) {
        store = Integer.parseInt(line.substring("store ".length()));
      } else if (!told.get(heap).get(store).hear(line, where + ", " + heap)) {
        throw new IllegalStateException(where + " told " + line);
      }
    }
  }
}
