package io.hotpot.store;

import java.util.Optional;

/**
 * A node asks to join before the members of the dispatcher have a leader. It asks again four times
 * in a lease, another member each time, and so joins within a lease from the election.
 */
final class EarlyNode extends SimStory {

  private static final long L_NS = SimCluster.TIMES.leaseNs();

  EarlyNode(long seed) {
    super(seed, random -> new Size(1, 3));
  }

  @Override
  Optional<String> anomaly() {
    return Optional.empty();
  }

  @Override
  void tell() {
    cluster.dispatcher.isPrompt(true);
    cluster.dispatcher.startWithoutLeader();
    SimMachine machine = cluster.machines.getFirst();
    machine.start(store -> {});
    long electionNs = simulation.nowNs() + L_NS / 2;
    await("time does not pass", () -> simulation.nowNs() >= electionNs);
    cluster.dispatcher.elect(random);
    await("the node does not join", () -> machine.store() != null);
    long tookNs = simulation.nowNs() - electionNs;
    if (tookNs > L_NS) {
      throw new AssertionError("the node has joined " + tookNs + " ns after the election");
    }
  }
}
