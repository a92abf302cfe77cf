package io.hotpot.store;

import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.Message;
import io.hotpot.sim.Simulation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A simulated cluster of any size: what a commit costs in it, how it is balanced, and whether it
 * has all its copies again after a tenth of it was lost at once. Each node takes some 30 MB of
 * memory.
 */
public final class ManyNodes {

  private static final long MS = 1_000_000;
  private static final long PATIENCE_NS = 120_000 * MS;
  private static final long MAX_STEPS = 200_000_000;
  private static final int WRITERS = 3;
  private static final int COMMITS = 20;

  /** An object that is changed. */
  record Cell(int version) {}

  /**
   * What was found.
   *
   * @param nodes how many there were
   * @param own messages for a commit of an object that the committer owns
   * @param other for one of an object that another node owns
   * @param fewest of the copies that one node holds, most: likewise
   * @param joinMs simulated time until all had joined, and had copies of what each of them made
   * @param recoveryMs simulated time from the loss until all copies were there again
   */
  public record Found(
      int nodes, double own, double other, int fewest, int most, double joinMs, double recoveryMs) {

    @Override
    public String toString() {
      return "%d nodes: %.2f messages a commit, %.2f of another's object; %d to %d copies on a node; %.0f ms to join, %.0f ms to recover"
          .formatted(nodes, own, other, fewest, most, joinMs, recoveryMs);
    }
  }

  private final Simulation simulation;
  private final SimCluster cluster;
  private final Map<String, Integer> sent = new TreeMap<>();
  private final List<Ref<Cell>> cells = new ArrayList<>();
  private Found found;

  ManyNodes(long seed, int nodes) {
    this.simulation = new Simulation(seed, MAX_STEPS);
    this.cluster = new SimCluster(simulation, nodes);
    for (SimMachine machine : cluster.machines) {
      machine.onSend(this::count);
    }
  }

  /** Arguments: a seed, then how many nodes there are in each run. Prints what was found. */
  public static void main(String[] args) {
    for (int i = 1; i < args.length; i++) {
      Found found = new ManyNodes(Long.parseLong(args[0]), Integer.parseInt(args[i])).run();
      System.out.println(found);
    }
  }

  private void count(Message message) {
    // Leases and configurations come by themselves, however many commits there are.
    if (!(message instanceof MembershipMessage)) {
      sent.merge(message.getClass().getSimpleName(), 1, Integer::sum);
    }
  }

  Found run() {
    cluster.world.start("world", this::story);
    simulation.run();
    return found;
  }

  private void story() {
    cluster.dispatcher.start();
    long began = simulation.nowNs();
    cluster.machines.forEach(machine -> machine.start(store -> {}));
    await("nodes do not join", () -> cluster.machines.stream().allMatch(m -> m.store() != null));
    on(0, store -> store.dataset("cells", DatasetOptions.defaults().withDegree(3)));
    for (int i = 0; i < cluster.machines.size(); i++) {
      on(i, store -> cells.add(dataset(store).transact(tx -> tx.allocate(new Cell(0)))));
    }
    await("partitions are not whole", this::isWhole);
    double joinMs = (simulation.nowNs() - began) / 1e6;
    Map<Integer, Integer> copies = copies();
    int fewest = copies.values().stream().mapToInt(Integer::intValue).min().orElse(0);
    int most = copies.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    double own = messagesForACommit(0);
    double other = messagesForACommit(1);
    began = simulation.nowNs();
    loseATenth();
    await("copies are not made again", this::isWhole);
    double recoveryMs = (simulation.nowNs() - began) / 1e6;
    on(1, this::readAll);
    found = new Found(cluster.machines.size(), own, other, fewest, most, joinMs, recoveryMs);
  }

  private interface Work {
    void run(Hotpot store);
  }

  private void on(int machine, Work work) {
    SimMachine where = cluster.machines.get(machine);
    try {
      where.node().start("application", () -> work.run(where.store())).join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Dataset dataset(Hotpot store) {
    return store.findDataset("cells").orElseThrow();
  }

  /**
   * @param away whose object each writer changes: its own, or that of the node so many after it
   */
  private double messagesForACommit(int away) {
    // Copies are there, and slots and datasets are known: what is measured is the commit.
    for (int writer = 0; writer < WRITERS; writer++) {
      change(writer, (writer + away) % cluster.machines.size());
    }
    pause(500 * MS);
    sent.clear();
    for (int commit = 0; commit < COMMITS; commit++) {
      for (int writer = 0; writer < WRITERS; writer++) {
        change(writer, (writer + away) % cluster.machines.size());
      }
    }
    pause(500 * MS);
    return sent.values().stream().mapToInt(Integer::intValue).sum() / (double) (COMMITS * WRITERS);
  }

  private void change(int machine, int cell) {
    on(
        machine,
        store ->
            dataset(store)
                .run(tx -> tx.update(cells.get(cell), old -> new Cell(old.version() + 1))));
  }

  private Map<Integer, Integer> copies() {
    Map<Integer, Integer> copies = new TreeMap<>();
    for (PartitionInfo info : partitions()) {
      info.inSync().forEach(node -> copies.merge(node, 1, Integer::sum));
    }
    return copies;
  }

  private List<PartitionInfo> partitions() {
    return List.copyOf(cluster.dispatcher.state().configuration().partitions().values());
  }

  private boolean isWhole() {
    Set<Integer> there =
        cluster.up().stream()
            .map(machine -> machine.probe().self().nodeId())
            .collect(Collectors.toSet());
    return partitions().stream()
        .allMatch(
            info ->
                info.status() == PartitionStatus.SERVING
                    && info.inSync().size() >= 3
                    && there.containsAll(info.inSync()));
  }

  /** At least one: its power, and its heap with it; but never all copies of a partition. */
  private void loseATenth() {
    int lost = Math.max(1, cluster.machines.size() / 10);
    List<SimMachine> machines = cluster.machines;
    Set<Integer> gone = new HashSet<>();
    for (int i = 0; gone.size() < lost; i++) {
      SimMachine victim = machines.get(machines.size() - 1 - i * 7 % (machines.size() - 2));
      int id = victim.probe().self().nodeId();
      boolean isSpared =
          partitions().stream()
              .anyMatch(
                  info ->
                      info.inSync().stream().allMatch(node -> node == id || gone.contains(node)));
      if (!isSpared && gone.add(id)) {
        victim.kill(true, simulation.random());
      }
    }
  }

  /** Every object is there, as it was last acknowledged. */
  private void readAll(Hotpot store) {
    List<Cell> all = dataset(store).read(tx -> cells.stream().map(tx::get).toList());
    long changes = all.stream().mapToInt(Cell::version).sum();
    long expected = 2L * WRITERS * (COMMITS + 1);
    if (changes != expected) {
      throw new AssertionError("of " + expected + " changes " + changes + " are there");
    }
  }

  private interface Condition {
    boolean holds();
  }

  private void await(String otherwise, Condition condition) {
    long untilNs = simulation.nowNs() + PATIENCE_NS;
    while (!condition.holds()) {
      if (simulation.nowNs() > untilNs) {
        throw new AssertionError(otherwise + simulation.stacks() + cluster.lately());
      }
      pause(10 * MS);
    }
  }

  private void pause(long ns) {
    cluster.world.seams().threads().park(this, ns);
  }
}
