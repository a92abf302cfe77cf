package io.hotpot.cluster;

import io.hotpot.dispatcher.CentralDispatcher;
import io.hotpot.dispatcher.ClusterState;
import io.hotpot.dispatcher.LeaseTimes;
import io.hotpot.dispatcher.LocalMember;
import io.hotpot.dispatcher.MemoryLog;
import io.hotpot.replication.Fabric;
import io.hotpot.replication.Peer;
import io.hotpot.sim.SimNetwork;
import io.hotpot.sim.SimNode;
import io.hotpot.sim.Simulation;
import java.util.function.Consumer;

/** The machine of a dispatcher with one member, whose log survives it. */
public final class SimDispatcher {

  public static final String NAME = "dispatcher";
  public static final Peer PEER = new Peer(-1, 0);

  private final Simulation simulation;
  private final SimNetwork network;
  private final LeaseTimes times;
  private final long clusterId;
  private final Consumer<String> events;
  private final MemoryLog log = new MemoryLog();
  private SimNode node;
  private CentralDispatcher dispatcher;

  public SimDispatcher(
      Simulation simulation,
      SimNetwork network,
      LeaseTimes times,
      long clusterId,
      Consumer<String> events) {
    this.simulation = simulation;
    this.network = network;
    this.times = times;
    this.clusterId = clusterId;
    this.events = events;
    this.node = simulation.node(NAME);
  }

  public static Fabric.Member member() {
    return new Fabric.Member(PEER, SimFabric.address(NAME));
  }

  public void start() {
    SimLoop loop = new SimLoop(simulation, node);
    LocalMember member = new LocalMember(loop, log, Runnable::run);
    dispatcher =
        new CentralDispatcher(
            times, loop, new SimFabric(network, node, loop), member, () -> clusterId, events);
    CentralDispatcher started = dispatcher;
    loop.execute(() -> started.start(PEER));
  }

  public void kill() {
    node.kill();
    node = node.restart();
  }

  public SimNode node() {
    return node;
  }

  /** What is decided. */
  public ClusterState state() {
    return dispatcher.state();
  }
}
