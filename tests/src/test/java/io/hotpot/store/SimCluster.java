package io.hotpot.store;

import io.hotpot.cluster.SimDispatcher;
import io.hotpot.dispatcher.LeaseTimes;
import io.hotpot.sim.SimNetwork;
import io.hotpot.sim.SimNode;
import io.hotpot.sim.Simulation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A whole cluster in one simulation: a dispatcher, some nodes, a network between them. */
final class SimCluster {

  /** Short, so that a simulated second sees several of them end. */
  static final LeaseTimes TIMES = new LeaseTimes(200_000_000L);

  private static final long CLUSTER_ID = 0x5EED_C105_7E4AL;
  private static final int EVENTS_KEPT = 200;

  final Simulation simulation;
  final SimNetwork network;
  final SimDispatcher dispatcher;
  final List<SimMachine> machines = new ArrayList<>();
  final SimNode world;
  private final Deque<String> events = new ArrayDeque<>();
  private String unsound = "";

  SimCluster(Simulation simulation, int nodes) {
    this(simulation, nodes, 1);
  }

  /**
   * @param dispatchers how many members the dispatcher has
   */
  SimCluster(Simulation simulation, int nodes, int dispatchers) {
    this.simulation = simulation;
    this.network = new SimNetwork(simulation);
    this.world = simulation.node("world");
    this.dispatcher =
        new SimDispatcher(simulation, network, TIMES, CLUSTER_ID, dispatchers, this::tell);
    for (int i = 1; i <= nodes; i++) {
      machines.add(
          new SimMachine(
              simulation,
              network,
              "node-" + i,
              TIMES,
              CLUSTER_ID,
              dispatcher.members(),
              this::tell));
    }
  }

  /** Keeps what happened lately, for who looks at a failure; what is said again is kept once. */
  void tell(String event) {
    if (unsound.isEmpty() && event.contains("nothing sound was written")) {
      unsound = event;
    }
    if (events.stream().skip(Math.max(0, events.size() - 20)).anyMatch(e -> e.endsWith(event))) {
      return;
    }
    if (events.size() == EVENTS_KEPT) {
      events.removeFirst();
    }
    events.add(simulation.nowNs() / 1_000 + " us " + event);
  }

  /** A replica was told of a write that it did not find; empty: none was. */
  String unsound() {
    return unsound;
  }

  String lately() {
    return String.join("\n  ", events);
  }

  List<SimMachine> up() {
    List<SimMachine> up = new ArrayList<>(machines.size());
    for (SimMachine machine : machines) {
      // Looked for after each step.
      if (machine.isUp()) {
        up.add(machine);
      }
    }
    return up;
  }
}
