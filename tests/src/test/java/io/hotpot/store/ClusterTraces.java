package io.hotpot.store;

/**
 * A process that runs simulated clusters and prints what became of each: the seed and the run's
 * trace, by which one sees whether another process repeats it; or what was found.
 *
 * <pre>
 *   FIRST-SEED COUNT
 * </pre>
 */
final class ClusterTraces {

  private ClusterTraces() {}

  public static void main(String[] args) {
    long first = Long.parseLong(args[0]);
    for (long seed = first; seed < first + Long.parseLong(args[1]); seed++) {
      System.out.println(line(seed));
    }
  }

  /** One run. */
  static String line(long seed) {
    try {
      return seed + " " + Long.toHexString(new SimulatedCluster(seed).run());
    } catch (AssertionError e) {
      return seed + " failed: " + e.getMessage();
    }
  }
}
