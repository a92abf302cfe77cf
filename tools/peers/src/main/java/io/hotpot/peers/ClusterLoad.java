package io.hotpot.peers;

import io.hotpot.tools.bench.ClusterPlace;
import io.hotpot.tools.bench.ClusterWorkload;
import io.hotpot.tools.bench.Latencies;

/**
 * Data in a cluster, seen from one node, and the workloads on it.
 *
 * <p>Thread-safety: for one thread, but for the drivers it makes, which are for one thread each.
 */
interface ClusterLoad {

  /** Does one operation of a workload. */
  @FunctionalInterface
  interface Driver {
    void step();

    /** How many operations a step is. */
    default int operations() {
      return 1;
    }
  }

  /** Inserts this node's share. */
  void insert(ClusterPlace place, int count) throws Exception;

  /** All nodes have inserted their shares. */
  void loaded() throws InterruptedException;

  /**
   * Makes a driver.
   *
   * @param number of the driver, another for each in the cluster
   * @param latencies where it counts what its operations take
   */
  Driver driver(ClusterWorkload workload, int number, Latencies latencies) throws Exception;

  /**
   * Sees whether the data, and all that drivers of this node have read, is right. No driver runs.
   *
   * @throws IllegalStateException if not
   */
  void check(ClusterPlace place) throws Exception;

  /** The first number of a node's share of so many. */
  static int shareFrom(int node, ClusterPlace place, int count) {
    return (int) ((long) count * node / place.nodes());
  }
}
