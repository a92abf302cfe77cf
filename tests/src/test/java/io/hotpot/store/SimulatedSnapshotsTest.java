package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.sim.Simulation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * SnapshotCut on real stores: three nodes, a bank with accounts on all of them, transfers, and
 * snapshots that are read slowly meanwhile; in some runs an owner is killed.
 */
@Timeout(300)
class SimulatedSnapshotsTest {

  private static final int NODES = 3;
  private static final int TRANSFERS = 40;
  private static final int SNAPSHOTS = 12;
  private static final long MS = 1_000_000;

  private Simulation simulation;
  private SimCluster cluster;
  private SplittableRandom random;
  private final ClusterBank bank = new ClusterBank();
  private int running;
  private int tooOld;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everySnapshotSumsToTheTotal(long seed) {
    run(seed, () -> {});

    assertThat(bank.snapshots()).isEqualTo(NODES * SNAPSHOTS);
    assertThat(tooOld).as("nothing of a snapshot was lost").isZero();
    assertThat(bank.transfers()).isGreaterThan(NODES * TRANSFERS / 2);
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13})
  void alsoWhereAnOwnerIsLost(long seed) {
    run(
        seed,
        () -> {
          pause(40 * MS + random.nextLong(100 * MS));
          SimMachine victim = cluster.machines.getLast();
          victim.kill(random.nextBoolean(), random);
          cluster.tell("killed: " + victim.name());
          pause(500 * MS);
          victim.start(store -> {});
        });

    assertThat(bank.snapshots()).isGreaterThan(2 * SNAPSHOTS / 2);
    assertThat(bank.transfers()).isGreaterThan(TRANSFERS / 2);
  }

  private void run(long seed, Runnable trouble) {
    simulation = new Simulation(seed, 5_000_000);
    random = simulation.random();
    cluster = new SimCluster(simulation, NODES);
    cluster.world.start("world", () -> story(trouble));
    try {
      simulation.run();
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e + "\n  " + cluster.lately(), e);
    }
  }

  private void story(Runnable trouble) {
    cluster.dispatcher.start();
    cluster.machines.forEach(machine -> machine.start(store -> {}));
    await(() -> cluster.machines.stream().allMatch(machine -> machine.store() != null));
    for (SimMachine machine : cluster.machines) {
      running++;
      machine
          .node()
          .start(
              "accounts",
              () -> {
                Dataset accounts =
                    machine.store().dataset("bank", DatasetOptions.defaults().withDegree(2));
                bank.open(accounts);
                bank.open(accounts);
                running--;
              });
      await(() -> running == 0);
    }
    for (SimMachine machine : cluster.machines) {
      SplittableRandom own = random.split();
      start(machine, "transfers", store -> transfer(machine, store, own));
      start(machine, "snapshots", store -> look(machine, store));
    }
    trouble.run();
    await(() -> running == 0);
  }

  /** The machine may be killed: then its thread ends. */
  private void start(SimMachine machine, String name, java.util.function.Consumer<Hotpot> work) {
    Hotpot store = machine.store();
    List<Object> isCounted = new ArrayList<>(List.of(name));
    running++;
    Runnable ending =
        () -> {
          if (!isCounted.isEmpty()) {
            isCounted.clear();
            running--;
          }
        };
    machine.node().whenKilled(ending);
    machine
        .node()
        .start(
            name,
            () -> {
              work.accept(store);
              ending.run();
            });
  }

  private void transfer(SimMachine machine, Hotpot store, SplittableRandom own) {
    for (int i = 0; i < TRANSFERS; i++) {
      long before = bank.transfers();
      bank.transfer(store, own);
      long most = bank.transfers() > before ? 2 * MS : 50 * MS;
      machine.node().seams().threads().park(this, 1 + own.nextLong(most));
    }
  }

  private void look(SimMachine machine, Hotpot store) {
    for (int i = 0; i < SNAPSHOTS; i++) {
      try {
        Runnable rest = () -> machine.node().seams().threads().park(this, MS);
        if (!bank.auditSnapshot(machine.name(), store, rest)) {
          // Until the lost copies are made elsewhere.
          machine.node().seams().threads().park(this, 50 * MS);
        }
      } catch (SnapshotTooOld e) {
        tooOld++;
      }
    }
  }

  private interface Condition {
    boolean holds();
  }

  private void await(Condition condition) {
    long untilNs = simulation.nowNs() + 120_000 * MS;
    while (!condition.holds()) {
      if (simulation.nowNs() > untilNs) {
        throw new AssertionError("nothing comes to an end" + simulation.stacks());
      }
      pause(MS);
    }
  }

  private void pause(long ns) {
    cluster.world.seams().threads().park(this, ns);
  }
}
