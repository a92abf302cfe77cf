package io.hotpot.store.spi;

import io.hotpot.store.ClusterMember;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.MembershipListener;
import java.util.Map;
import java.util.Optional;

/**
 * Makes a store a member of a cluster; found by {@link java.util.ServiceLoader}, so that the store
 * stands alone where the modules of the cluster are not there.
 */
public interface ClusterProvider {

  /**
   * What a cluster gives to a node that has no heap yet.
   *
   * @param clusterId with which the heap is created
   */
  record Identity(long clusterId, int nodeId) {}

  /** A membership; closing it leaves the cluster, after what is under way. */
  interface Joined extends AutoCloseable {
    Elsewhere elsewhere();

    Names names();

    Repair repair();

    /** As the others know this node; empty while it is no member. */
    Optional<ClusterMember> member();

    /** Told of changes from now on, in a thread of its own; first of all of what is. */
    void addListener(MembershipListener listener);

    /** Not told anything any more, but what it is being told; false: it was not there. */
    boolean removeListener(MembershipListener listener);

    /** What the node has counted of its part in the cluster, by name. */
    Map<String, Long> counters();

    @Override
    void close();
  }

  /**
   * Asks for an identity. Blocks until the dispatcher has answered.
   *
   * @param address hotpot://host:port of a dispatcher, or of several with commas between them
   */
  Identity identify(String address, ClusterOptions options);

  /** Joins. Blocks until the node is a member. */
  Joined join(String address, ClusterOptions options, HeldParts parts, Seams seams);
}
