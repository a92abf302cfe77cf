package io.hotpot.store;

import io.hotpot.cluster.SimDispatcher;
import io.hotpot.replication.Configuration.PartitionInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Lets go wrong what may go wrong: machines die, leave and come back, stand still for longer than a
 * lease, lose sight of one another in one direction or both; media are slow; links are lost;
 * partitions move about. What it does and for how long is drawn from the seed; several faults may
 * last at once.
 *
 * <p>To be used by the simulated world's thread.
 */
final class FaultInjector {

  private static final long L_NS = SimCluster.TIMES.leaseNs();

  private final SimCluster cluster;
  private final SplittableRandom random;
  private final MachineFaults machines;

  /** What ends the faults that last, in the order of their beginnings. */
  private final List<Runnable> lasting = new ArrayList<>();

  private int injected;
  private boolean isOver;

  FaultInjector(SimCluster cluster, SplittableRandom random, Consumer<SimMachine> restart) {
    this.cluster = cluster;
    this.random = random;
    this.machines = new MachineFaults(cluster, random, this, restart);
  }

  int injected() {
    return injected;
  }

  boolean isOver() {
    return isOver;
  }

  /** Lets one thing go wrong, which may mend by itself after a while. */
  void injectOne() {
    injected++;
    switch (random.nextInt(13)) {
      case 0, 1 -> machines.killOne();
      case 2 -> machines.killMany();
      case 3 -> machines.killOneForGood();
      case 4 -> machines.leaveOne();
      case 5 -> pauseOne();
      case 6 -> cut();
      case 7 -> loseLinks();
      case 8 -> slowDisk();
      case 9 -> loseLeader();
      case 10 -> migrate();
      default -> slowWays();
    }
  }

  /** Ends everything that still lasts; nothing begins any more. */
  void heal() {
    isOver = true;
    while (!lasting.isEmpty()) {
      lasting.removeFirst().run();
    }
  }

  /** Ends a fault after a while, or when all are healed. */
  void lasts(long ns, Runnable end) {
    Runnable once =
        new Runnable() {
          @Override
          public void run() {
            lasting.remove(this);
            end.run();
          }
        };
    lasting.add(once);
    cluster.simulation.after(
        ns,
        () -> {
          if (lasting.contains(once)) {
            once.run();
          }
        });
  }

  long someNs() {
    return 1 + (random.nextBoolean() ? random.nextLong(L_NS / 4) : random.nextLong(4 * L_NS));
  }

  // ---- what is over at once

  /**
   * The leader of the dispatcher is lost: to a crash, or to an election that it does not notice.
   */
  private void loseLeader() {
    SimDispatcher dispatcher = cluster.dispatcher;
    int number = dispatcher.leader();
    if (number == 0 || random.nextBoolean()) {
      cluster.tell("elected: a leader after dispatcher " + number);
      dispatcher.elect(random);
      return;
    }
    cluster.tell("killed: dispatcher " + number);
    dispatcher.kill(number);
    cluster.simulation.after(
        L_NS / 6 + random.nextLong(L_NS / 3), () -> electIfNobodyLeads(dispatcher));
    lasts(
        someNs(),
        () -> {
          cluster.tell("started: dispatcher " + number);
          dispatcher.restart(number);
          electIfNobodyLeads(dispatcher);
        });
  }

  private void electIfNobodyLeads(SimDispatcher dispatcher) {
    if (dispatcher.leader() == 0) {
      dispatcher.elect(random);
    }
  }

  // ---- what lasts

  private void pauseOne() {
    List<SimMachine> up = cluster.up();
    if (up.isEmpty()) {
      return;
    }
    SimMachine machine = up.get(random.nextInt(up.size()));
    var life = machine.node();
    cluster.tell(life + " stands still");
    life.pause();
    lasts(
        someNs(),
        () -> {
          if (!life.isKilled()) {
            cluster.tell(life + " goes on");
            life.resume();
          }
        });
  }

  private void cut() {
    List<String> names = new ArrayList<>();
    cluster.machines.forEach(machine -> names.add(machine.name()));
    names.addAll(cluster.dispatcher.names());
    String from = names.remove(random.nextInt(names.size()));
    boolean both = random.nextBoolean();
    List<String> cutOff =
        random.nextInt(3) == 0 ? names : List.of(names.get(random.nextInt(names.size())));
    for (String to : cutOff) {
      cluster.tell("cut: " + from + (both ? " and " : " to ") + to);
      cluster.network.cut(from, to);
      if (both) {
        cluster.network.cut(to, from);
      }
      lasts(
          someNs(),
          () -> {
            cluster.tell("healed: " + from + " and " + to);
            cluster.network.heal(from, to);
            cluster.network.heal(to, from);
          });
    }
  }

  private void loseLinks() {
    int oneIn = 20 << random.nextInt(6);
    cluster.tell("links are lost, one in " + oneIn + " frames");
    cluster.network.loseLinkOneIn(oneIn);
    lasts(
        someNs(),
        () -> {
          cluster.tell("links are lost no more");
          cluster.network.loseLinkOneIn(0);
        });
  }

  /** So that what is said to one machine comes long after what is said to another. */
  void slowWays() {
    String from = cluster.machines.get(random.nextInt(cluster.machines.size())).name();
    for (SimMachine machine : cluster.machines) {
      String to = machine.name();
      if (to.equals(from) || random.nextInt(3) == 0) {
        continue;
      }
      long ns = 1 + random.nextLong(random.nextBoolean() ? L_NS / 10 : L_NS);
      cluster.tell("slow: from " + from + " to " + to);
      cluster.network.slow(from, to, ns);
      lasts(
          someNs(),
          () -> {
            cluster.tell("as before: from " + from + " to " + to);
            cluster.network.slow(from, to, 0);
          });
    }
  }

  private void slowDisk() {
    SimMachine machine = cluster.machines.get(random.nextInt(cluster.machines.size()));
    cluster.tell("slow: the medium of " + machine.name());
    machine.disk().takes(1 + random.nextLong(L_NS));
    lasts(
        someNs(),
        () -> {
          cluster.tell("as before: the medium of " + machine.name());
          machine.disk().takes(50_000);
        });
  }

  /** One partition after the other goes to another node. */
  private void migrate() {
    cluster.tell("partitions move");
    boolean[] isOver = {false};
    lasts(someNs(), () -> isOver[0] = true);
    migrateOneLater(isOver);
  }

  private void migrateOneLater(boolean[] isOver) {
    cluster.simulation.after(
        1 + random.nextLong(L_NS / 10),
        () -> {
          if (!isOver[0]) {
            migrateOne();
            migrateOneLater(isOver);
          }
        });
  }

  private void migrateOne() {
    List<PartitionInfo> all =
        List.copyOf(cluster.dispatcher.state().configuration().partitions().values());
    PartitionInfo info = all.get(random.nextInt(all.size()));
    int target = info.inSync().get(random.nextInt(info.inSync().size()));
    for (SimMachine machine : cluster.up()) {
      if (machine.nodeId() == info.owner()) {
        machine.migrate(info.id(), target);
      }
    }
  }
}
