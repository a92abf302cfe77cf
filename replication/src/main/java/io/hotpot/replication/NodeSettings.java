package io.hotpot.replication;

import io.hotpot.replication.MembershipMessage.Setting;
import io.hotpot.store.spi.HeldLog;
import java.util.List;
import java.util.function.Predicate;

/**
 * How a node takes part in the cluster.
 *
 * @param address where it listens
 * @param dispatchers the members of the dispatcher, with their ids, below 0
 * @param agreed names and values that all nodes must have alike
 * @param leaseNs L, in nanoseconds of the boot clock
 * @param power whether what is acknowledged is on the medium; else in memory that outlives the
 *     process
 * @param damaged whether something in a log could not be read when it was opened
 * @param complete whether nothing that was acknowledged can be missing in what was found at opening
 */
public record NodeSettings(
    Fabric.Address address,
    List<Fabric.Member> dispatchers,
    List<Setting> agreed,
    long leaseNs,
    boolean power,
    Predicate<HeldLog> damaged,
    boolean complete) {

  public NodeSettings {
    dispatchers = List.copyOf(dispatchers);
    agreed = List.copyOf(agreed);
    if (dispatchers.isEmpty()) {
      throw new IllegalArgumentException("a node needs the address of a dispatcher");
    }
    if (leaseNs <= 0) {
      throw new IllegalArgumentException("a lease of " + leaseNs + " ns");
    }
  }

  /** How often the lease is renewed. */
  long renewNs() {
    return leaseNs / 4;
  }
}
