package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One run of a simulated cluster whose clients acquire what they change (PROTOCOL 15), beside
 * others that do not, while faults drawn from the seed happen; without faults everything can be
 * acquired in the end.
 */
final class AcquiringCluster extends SimStory {

  private static final int CLIENTS = 2;

  private final ClusterTurns turns = new ClusterTurns();
  private final ClusterBank bank = new ClusterBank();
  private final FaultInjector faults;
  private final ClusterChecks checks;
  private int clientsRunning;
  private long wounded;

  AcquiringCluster(long seed) {
    super(seed, random -> new Size(random.nextInt(3, 5), 1));
    this.checks = new ClusterChecks(cluster);
    this.faults = new FaultInjector(cluster, random.split(), this::live);
  }

  ClusterTurns turns() {
    return turns;
  }

  /** Transactions of the nodes' last lives that gave way to an older one. */
  long wounded() {
    return wounded;
  }

  @Override
  Optional<String> anomaly() {
    return Optional.empty();
  }

  @Override
  void tell() {
    join();
    SimMachine first = cluster.machines.getFirst();
    at(
        first,
        () -> {
          ClusterTurns.define(first.store());
          first.store().dataset("bank", DatasetOptions.defaults().withDegree(3));
        });
    for (SimMachine machine : cluster.machines) {
      at(
          machine,
          () -> {
            turns.open(machine.store());
            bank.open(dataset(machine.store(), "bank"));
          });
    }
    cluster.tell("the cluster is set up");
    cluster.machines.forEach(machine -> startClients(machine, machine.store()));
    checks.watch();
    for (int i = random.nextInt(1, 8); i > 0; i--) {
      pause(1 + random.nextLong(300 * MS));
      faults.injectOne();
    }
    pause(random.nextLong(300 * MS));
    faults.heal();
    cluster.tell("no more faults");
    await(
        "clients do not end",
        () -> clientsRunning == 0 && cluster.machines.stream().allMatch(m -> m.store() != null));
    acquireEverywhere();
    checks.atRest(this::pause, () -> false);
    checks.stop();
  }

  /** A later life of a machine, with clients of its own. */
  private void live(SimMachine machine) {
    machine.start(store -> startClients(machine, store));
  }

  private void startClients(SimMachine machine, Hotpot store) {
    for (int i = 0; i < CLIENTS; i++) {
      SplittableRandom own = random.split();
      boolean[] isOver = new boolean[1];
      Runnable ending =
          () -> {
            // Once, be it that it ends or is killed.
            clientsRunning -= isOver[0] ? 0 : 1;
            isOver[0] = true;
          };
      clientsRunning++;
      machine.node().whenKilled(ending);
      machine
          .node()
          .start(
              "client " + i,
              () -> {
                work(machine, store, own);
                ending.run();
              });
    }
  }

  private void work(SimMachine machine, Hotpot store, SplittableRandom own) {
    for (int i = own.nextInt(10, 30); i > 0; i--) {
      try {
        switch (own.nextInt(4)) {
          case 0 -> bank.transfer(store, own);
          default -> turns.take(store, own);
        }
      } catch (StoreClosed e) {
        // The node leaves.
        return;
      }
      long restNs = own.nextInt(4) == 0 ? own.nextLong(100 * MS) : own.nextLong(2 * MS);
      rest(machine, 1 + restNs);
    }
  }

  private void acquireEverywhere() {
    List<Thread> last = new ArrayList<>();
    for (SimMachine machine : cluster.machines) {
      last.add(
          machine
              .node()
              .start(
                  "last look",
                  () -> {
                    String where = machine.name() + " at the end";
                    while (!turns.look(where, machine.store())
                        || !bank.audit(where, machine.store())) {
                      rest(machine, 10 * MS);
                    }
                    wounded += machine.store().counters().getOrDefault("locksWounded", 0L);
                  }));
    }
    joinAll(last);
  }
}
