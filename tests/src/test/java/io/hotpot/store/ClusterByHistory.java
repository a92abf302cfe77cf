package io.hotpot.store;

/**
 * A {@link SimulatedCluster} whose copies nobody looks at while it runs: what is wrong with them is
 * found by what clients have seen, or not at all.
 */
final class ClusterByHistory extends SimulatedCluster {

  ClusterByHistory(long seed) {
    super(seed);
  }

  @Override
  boolean looksAtCopies() {
    return false;
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new ClusterByHistory(seed).run();
    }
  }
}
