package io.hotpot.store;

import io.hotpot.replication.ClusterCounter;
import java.util.Optional;

/**
 * The members of the dispatcher need half a lease to agree on who leads, again and again. Nodes
 * renew early enough for that, and none may lose its lease.
 */
final class SlowMajority extends SimStory {

  private static final long L_NS = SimCluster.TIMES.leaseNs();
  private static final long LEASES = 10;

  SlowMajority(long seed) {
    super(seed, random -> new Size(random.nextInt(3, 5), 3));
  }

  @Override
  Optional<String> anomaly() {
    return Optional.empty();
  }

  @Override
  void tell() {
    // What else is slow now and then would add to it.
    cluster.dispatcher.isPrompt(true);
    join();
    long joins = counted(ClusterCounter.JOINS);
    cluster.dispatcher.confirmationsTake(L_NS / 2);
    long renewals = counted(ClusterCounter.LEASE_RENEWALS);
    long endNs = simulation.nowNs() + LEASES * L_NS;
    await("time does not pass", () -> simulation.nowNs() >= endNs);
    long losses = counted(ClusterCounter.LEASE_LOSSES);
    long renewed = counted(ClusterCounter.LEASE_RENEWALS) - renewals;
    if (losses > 0 || counted(ClusterCounter.JOINS) > joins) {
      throw new AssertionError(losses + " leases are lost");
    }
    // Each node asks four times in a lease; now and then it asks a member that does not lead.
    long asked = 4 * LEASES * cluster.machines.size();
    if (renewed < asked / 2) {
      throw new AssertionError(renewed + " renewals are confirmed, of some " + asked);
    }
  }

  private long counted(ClusterCounter counter) {
    return cluster.machines.stream().mapToLong(m -> m.probe().counted(counter)).sum();
  }
}
