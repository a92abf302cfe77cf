package io.hotpot.store;

/**
 * The simulated cluster with one-sided access, in which no copy is kept: what is read again is read
 * where it stands in its owner's memory (PROTOCOL 7.14).
 */
final class PlaceReader extends SimulatedCluster {

  PlaceReader(long seed) {
    super(seed);
  }

  @Override
  boolean isOneSided() {
    return true;
  }

  @Override
  boolean readsPlaces() {
    return true;
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new PlaceReader(seed).run();
    }
  }
}
