package io.hotpot.cluster;

import io.hotpot.dispatcher.CentralDispatcher;
import io.hotpot.dispatcher.ClusterState;
import io.hotpot.dispatcher.LeaseTimes;
import io.hotpot.dispatcher.SimRaft;
import io.hotpot.replication.Fabric;
import io.hotpot.replication.Peer;
import io.hotpot.sim.SimNetwork;
import io.hotpot.sim.SimNode;
import io.hotpot.sim.Simulation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** The machines of a dispatcher with one or three members, whose log survives them. */
public final class SimDispatcher {

  private final Simulation simulation;
  private final SimNetwork network;
  private final LeaseTimes times;
  private final long clusterId;
  private final Consumer<String> events;
  private final SimRaft raft;
  private final List<SimNode> nodes = new ArrayList<>();
  private final boolean[] isDown;

  /**
   * @param members how many there are
   */
  public SimDispatcher(
      Simulation simulation,
      SimNetwork network,
      LeaseTimes times,
      long clusterId,
      int members,
      Consumer<String> events) {
    this.simulation = simulation;
    this.network = network;
    this.times = times;
    this.clusterId = clusterId;
    this.events = events;
    this.raft = new SimRaft(simulation, times, members);
    this.isDown = new boolean[members];
    for (int number = 1; number <= members; number++) {
      nodes.add(simulation.node("dispatcher-" + number));
    }
  }

  private static Peer peer(int number) {
    return new Peer(-number, 0);
  }

  /** As nodes know them. */
  public List<Fabric.Member> members() {
    List<Fabric.Member> members = new ArrayList<>();
    for (int number = 1; number <= nodes.size(); number++) {
      members.add(new Fabric.Member(peer(number), SimFabric.address(name(number))));
    }
    return members;
  }

  /** The names of their machines. */
  public List<String> names() {
    return nodes.stream().map(SimNode::name).toList();
  }

  private String name(int number) {
    return nodes.get(number - 1).name();
  }

  /** Starts all of them; one leads. */
  public void start() {
    startWithoutLeader();
    raft.elect(1);
  }

  /** Starts all of them; none leads until one is elected. */
  public void startWithoutLeader() {
    for (int number = 1; number <= nodes.size(); number++) {
      start(number);
    }
  }

  private void start(int number) {
    SimNode node = nodes.get(number - 1);
    SimLoop loop = new SimLoop(simulation, node);
    CentralDispatcher dispatcher =
        new CentralDispatcher(
            times,
            loop,
            new SimFabric(network, node, loop),
            raft.member(loop, number),
            () -> clusterId,
            event -> events.accept(name(number) + ": " + event));
    loop.execute(() -> dispatcher.start(peer(number)));
  }

  /** From now on its members agree without the delays that come now and then. */
  public void isPrompt(boolean now) {
    raft.isPrompt(now);
  }

  /** From now on it takes so long at least until a majority has confirmed who leads. */
  public void confirmationsTake(long ns) {
    raft.confirmationsTake(ns);
  }

  /** The number of the member that leads; 0: none does at the moment. */
  public int leader() {
    return raft.leader();
  }

  /** Another one leads, or the same one anew, if a majority lives; who led does not know yet. */
  public void elect(SplittableRandom random) {
    List<Integer> living = new ArrayList<>();
    for (int number = 1; number <= nodes.size(); number++) {
      if (!isDown[number - 1]) {
        living.add(number);
      }
    }
    if (2 * living.size() > nodes.size()) {
      raft.elect(living.get(random.nextInt(living.size())));
    }
  }

  /** Ends the life of a member; if it led, nobody does. */
  public void kill(int number) {
    isDown[number - 1] = true;
    nodes.get(number - 1).kill();
    raft.gone(number);
    nodes.set(number - 1, nodes.get(number - 1).restart());
  }

  /** The next life of a member that was killed. */
  public void restart(int number) {
    isDown[number - 1] = false;
    start(number);
  }

  /** What is decided. */
  public ClusterState state() {
    return raft.decided();
  }
}
