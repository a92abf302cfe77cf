package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.Fabric.Carriage;
import io.hotpot.replication.OperatorAnswer.CountersAre;
import io.hotpot.replication.OperatorAnswer.HoldingsAre;
import io.hotpot.replication.OperatorAnswer.SessionWith;
import io.hotpot.replication.OperatorQuestion.AskCounters;
import io.hotpot.replication.OperatorQuestion.AskHoldings;
import io.hotpot.replication.OperatorQuestion.GiveAway;
import io.hotpot.store.Activities.Activity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Takes the power from one of two virtual machines, by turns: each is a node ({@link
 * PowerPairWorker}) that speaks with the other one by RDMA only; the dispatcher is here. The one
 * that is killed owns a partition and is in the midst of commits. The other one must become the
 * owner, have all that was acknowledged, and go on; the killed one begins again with its persistent
 * memory and catches up; it is the next that everything depends on.
 *
 * <p>A program, which {@code ./hotpot verify --rdma --power-pair} runs. Exit codes: 0 if nothing
 * was lost, 1 if something was or a machine did not go on.
 */
final class PowerPairCampaign implements AutoCloseable {

  /** Where a guest reaches this host. */
  private static final String HOST_OF_GUESTS = "10.0.2.2";

  private static final String HERE = "127.0.0.1";
  private static final int MAX_COMMITS = 150;
  private static final int MAX_LOOKS = 40;

  /** A guest goes on when each of its threads has committed so often. */
  private static final int PROGRESS = 5;

  /** What is asked of the cluster again and again. */
  private static final long LOOK_MS = 200;

  /** What is summed up of what nodes count. */
  private static final List<String> COUNTED =
      List.of(
          "appendsSent",
          "appendsWritten",
          "appendsTaken",
          "appendsTakenInPlace",
          "catchUps",
          "catchUpBytesTaken",
          "commitsOfTwoOwners",
          "promotions",
          "leaseLosses");

  private final Path folder;
  private final int kills;
  private final SplittableRandom random;
  private final List<Guest> guests = new ArrayList<>();
  private final PairBooks books = new PairBooks();
  private final DispatcherServer dispatcher;
  private final ClusterVisit visit;
  private final Map<String, Long> counted = new TreeMap<>();
  private int killed;
  private int killedInCommits;
  private long inFlight;

  /** One of the two, over all its lives. */
  private final class Guest {
    private final int number;
    private final Path folder;
    private final List<String> command;
    private final Activities activities;
    private GuestMachine machine;
    private int lives;
    private int node;
    private boolean hasBegun;

    Guest(int number, List<String> command) throws IOException {
      this.number = number;
      this.command = command;
      this.folder = PowerPairCampaign.this.folder.resolve("g" + number);
      this.activities = new Activities(folder.resolve(PowerCampaign.SHARED));
    }

    void start() throws IOException {
      lives++;
      hasBegun = false;
      activities.reset();
      books.begins(number);
      String uri = dispatcher.uri().replace(HERE, HOST_OF_GUESTS);
      Files.writeString(folder.resolve(PowerPairWorker.ORDER), uri + "\n");
      String where = this + ", life " + lives;
      machine =
          new GuestMachine(
              where, folder, command, Map.of(PowerPairWorker.TOLD, line -> hear(line, where)));
    }

    private void hear(String line, String where) {
      if (line.startsWith("joined ")) {
        node = Integer.parseInt(line.substring("joined ".length()));
      } else if (line.equals("begun")) {
        hasBegun = true;
      } else if (!line.startsWith("unseen ") && !books.hear(number, line, where)) {
        throw new IllegalStateException(where + " told " + line);
      }
    }

    /** How often each of its counters was counted. */
    long[] counters() {
      int first = number * PowerPairWorker.KINDS;
      long[] counters = new long[PowerPairWorker.KINDS];
      for (int kind = 0; kind < counters.length; kind++) {
        counters[kind] = books.acknowledged(first + kind);
      }
      return counters;
    }

    /** Whether it has looked twice, and each of its threads has committed, since then. */
    boolean goesOn(long[] countersThen, int looksThen) {
      long[] now = counters();
      for (int kind = 0; kind < now.length; kind++) {
        if (now[kind] < countersThen[kind] + PROGRESS) {
          return false;
        }
      }
      return books.looks(number) >= looksThen + 2;
    }

    @Override
    public String toString() {
      return "g" + number;
    }
  }

  /**
   * @param commands those that are the machines
   */
  private PowerPairCampaign(Path folder, int kills, long seed, List<List<String>> commands)
      throws IOException {
    this.folder = folder;
    this.kills = kills;
    this.random = new SplittableRandom(seed);
    ClusterSecurity security = new ClusterSecurity.Secret(PowerPairWorker.SECRET);
    this.dispatcher =
        DispatcherServer.start(
            DispatcherServer.Settings.alone(HERE, 0, folder.resolve("cd"), security),
            event -> System.out.println("  dispatcher: " + event));
    this.visit = ClusterVisit.open(dispatcher.uri(), HERE, security);
    for (List<String> command : commands) {
      guests.add(new Guest(guests.size(), command));
    }
  }

  /**
   * @param args the folder, the number of kills, the seed, how many words the first machine's
   *     command has, and both commands
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    long seed = Long.parseLong(args[2]);
    List<String> words = List.of(args).subList(4, args.length);
    int first = Integer.parseInt(args[3]);
    boolean kept = false;
    try (PowerPairCampaign campaign =
        new PowerPairCampaign(
            Path.of(args[0]),
            Integer.parseInt(args[1]),
            seed,
            List.of(words.subList(0, first), words.subList(first, words.size())))) {
      try {
        campaign.run();
        kept = true;
      } catch (AssertionError | IllegalStateException | HotpotException e) {
        System.out.println("FAILED: " + e.getMessage());
      }
      campaign.sumUp(seed);
    }
    System.exit(kept ? 0 : 1);
  }

  private void run() throws IOException, InterruptedException {
    for (Guest guest : guests) {
      guest.start();
    }
    await(guests, () -> guests.stream().allMatch(guest -> guest.hasBegun), "not both have begun");
    for (Guest guest : guests) {
      awaitProgress(guest, "it does not commit");
    }
    int limit = 2 * kills + 5;
    for (int victim = random.nextInt(2); ; victim = 1 - victim) {
      kill(guests.get(victim), guests.get(1 - victim));
      if (killedInCommits >= kills || killed >= limit) {
        break;
      }
      comeBack(guests.get(victim), guests.get(1 - victim));
    }
    if (killedInCommits < kills) {
      throw new IllegalStateException("too few kills were in the midst of commits");
    }
  }

  private void await(List<Guest> living, GuestMachine.Condition condition, String otherwise)
      throws IOException, InterruptedException {
    GuestMachine.await(
        living.stream().map(guest -> guest.machine).toList(),
        () -> {
          books.heardAll();
          return condition.holds();
        },
        otherwise);
  }

  private void awaitProgress(Guest guest, String otherwise)
      throws IOException, InterruptedException {
    await(living(), () -> true, "nothing is heard");
    long[] counters = guest.counters();
    int looks = books.looks(guest.number);
    await(living(), () -> guest.goesOn(counters, looks), guest + ": " + otherwise);
  }

  private List<Guest> living() {
    return guests.stream().filter(guest -> guest.machine != null).toList();
  }

  // ---- the cluster, as the dispatcher has it

  private List<PartitionInfo> partitions() {
    Configuration now = visit.configuration();
    return now.partitions().values().stream()
        .filter(partition -> partition.status() != PartitionStatus.DROPPED)
        .sorted(Comparator.comparingInt(PartitionInfo::id))
        .toList();
  }

  private List<PartitionInfo> ownedBy(Guest guest) {
    return partitions().stream().filter(partition -> partition.owner() == guest.node).toList();
  }

  /** Whether each partition is on both. */
  private boolean areInSync() {
    List<Integer> nodes = guests.stream().map(guest -> guest.node).toList();
    return partitions().stream()
        .allMatch(
            partition ->
                partition.status() == PartitionStatus.SERVING
                    && partition.inSync().containsAll(nodes));
  }

  private void awaitInSync() throws IOException, InterruptedException {
    awaitOfCluster(this::areInSync, "not all partitions are on both");
  }

  /** Waits for what only the dispatcher knows, and which is asked for now and then. */
  private void awaitOfCluster(GuestMachine.Condition condition, String otherwise)
      throws IOException, InterruptedException {
    long[] nextNs = {System.nanoTime()};
    await(
        living(),
        () -> {
          if (System.nanoTime() - nextNs[0] < 0) {
            return false;
          }
          try {
            return condition.holds();
          } catch (HotpotException e) {
            // The dispatcher is slow, as everything here may be.
            return false;
          } finally {
            nextNs[0] = System.nanoTime() + LOOK_MS * 1_000_000;
          }
        },
        otherwise);
  }

  /** Whether each owns a partition, and all are on both. */
  private boolean isShared() {
    return areInSync() && guests.stream().noneMatch(guest -> ownedBy(guest).isEmpty());
  }

  /** Where one guest owns everything, the other one gets a partition from it. */
  private void share() throws IOException, InterruptedException {
    awaitOfCluster(
        () -> {
          if (isShared()) {
            return true;
          }
          if (areInSync()) {
            for (Guest guest : guests) {
              if (ownedBy(guest).isEmpty()) {
                give(guests.get(1 - guest.number), guest);
              }
            }
          }
          return false;
        },
        "partitions are not on both, or one has none");
  }

  private void give(Guest from, Guest to) {
    ownedBy(from).stream()
        .skip(1)
        .findFirst()
        .ifPresent(
            partition ->
                visit.ask(request -> new GiveAway(request, from.node, partition.id(), to.node)));
  }

  /**
   * Whether the two speak, by RDMA: which a session begins without, and ends if it does not come.
   *
   * @return false also if it is not told
   */
  private boolean isByRdma(Guest guest) {
    int other = guests.get(1 - guest.number).node;
    if (visit.ask(request -> new AskHoldings(request, guest.node))
        instanceof HoldingsAre(long _, var _, var sessions)) {
      List<SessionWith> found =
          sessions.stream().filter(session -> session.node() == other).toList();
      return !found.isEmpty()
          && found.stream().allMatch(session -> session.carriage() == Carriage.RDMA);
    }
    return false;
  }

  /** Adds up what a guest has counted in this life. */
  private void addCounters(Guest guest) {
    if (visit.ask(request -> new AskCounters(request, guest.node))
        instanceof CountersAre(long _, var counts)) {
      counts.stream()
          .filter(count -> COUNTED.contains(count.name()))
          .forEach(count -> counted.merge(count.name(), count.value(), Long::sum));
    }
  }

  // ---- kills

  private void kill(Guest victim, Guest survivor) throws IOException, InterruptedException {
    do {
      share();
      awaitProgress(victim, "it does not commit");
      awaitOfCluster(() -> isByRdma(victim), "the two do not speak by RDMA");
      awaitAim(victim);
    } while (!isShared());
    addCounters(victim);
    List<PartitionInfo> owned = ownedBy(victim);
    victim.machine.kill();
    long killedNs = System.nanoTime();
    victim.machine.close();
    victim.machine = null;
    books.killed(victim.number);
    books.heardAll();
    killed++;
    long flying = victim.activities.count(Activity.COMMIT);
    inFlight += flying;
    killedInCommits += flying > 0 ? 1 : 0;
    long all = books.commits();
    awaitProgress(survivor, "it does not go on after " + victim + " was killed");
    assertThat(ownedBy(survivor).stream().map(PartitionInfo::id))
        .as("partitions that " + survivor + " owns")
        .containsAll(owned.stream().map(PartitionInfo::id).toList());
    System.out.printf(
        "kill %d: %s, owner of %d of %d partitions, with %d commits in flight, after %d acknowledged"
            + " commits; %s owns all, has everything and went on within %.1f s%n",
        killed,
        victim,
        owned.size(),
        partitions().size(),
        flying,
        all,
        survivor,
        (System.nanoTime() - killedNs) / 1e9);
  }

  /** Some commits, and then a moment in the midst of one. */
  private void awaitAim(Guest victim) throws IOException, InterruptedException {
    long commitsBefore = books.commits();
    int commits = random.nextInt(1, MAX_COMMITS);
    int[] looks = {random.nextInt(MAX_LOOKS)};
    await(
        guests,
        () ->
            books.commits() - commitsBefore >= commits
                && victim.activities.isIn(Activity.COMMIT)
                && looks[0]-- <= 0,
        victim + " does not commit");
  }

  private void comeBack(Guest victim, Guest survivor) throws IOException, InterruptedException {
    long beganNs = System.nanoTime();
    long before = books.commits();
    victim.start();
    await(guests, () -> victim.hasBegun, victim + " does not join again");
    awaitInSync();
    awaitProgress(victim, "it does not commit");
    awaitProgress(survivor, "it does not commit");
    System.out.printf(
        "  %s is back as node %d and in step after %.1f s, in which %d commits were acknowledged%n",
        victim, victim.node, (System.nanoTime() - beganNs) / 1e9, books.commits() - before);
  }

  private void sumUp(long seed) {
    System.out.printf(
        "%d machines killed, %d of them in the midst of commits (%d were in flight)%n",
        killed, killedInCommits, inFlight);
    System.out.printf(
        "%d commits acknowledged (in the own partition, in both, in the other's: %s), %d failed, %d"
            + " more found; looked %d times; seed %d%n",
        books.commits(),
        Arrays.toString(books.commitsOfKind()),
        books.failed(),
        books.foundUnacknowledged(),
        books.looks(),
        seed);
    living().forEach(this::addCounters);
    System.out.println("nodes counted " + counted);
  }

  @Override
  public void close() throws IOException {
    for (Guest guest : living()) {
      guest.machine.close();
    }
    visit.close();
    dispatcher.close();
  }
}
