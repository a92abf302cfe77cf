package io.hotpot.store;

/**
 * What a damaged batch leaves open about a partition: which objects may have had a newer version,
 * or may be lost. Until an operator accepts the damage, a possibly outdated version is refused, and
 * so is every write.
 *
 * <p>Thread-safety: set while the store is opened; read by any thread.
 */
final class Doubt {

  private final int partition;
  private volatile long suspectBefore;
  private long acceptedBefore;

  Doubt(int partition) {
    this.partition = partition;
  }

  boolean exists() {
    return suspectBefore != 0;
  }

  /**
   * Objects whose newest known version is below this address might have had a newer one in a
   * damaged batch; 0: there is no doubt.
   */
  long suspectBefore() {
    return suspectBefore;
  }

  void suspectBefore(long address) {
    suspectBefore = address;
  }

  /** Another damaged batch ends at this address. */
  void extendTo(long address) {
    suspectBefore = Math.max(suspectBefore, address);
  }

  /** An operator has accepted all damage below this address. */
  void accepted(long address) {
    suspectBefore = 0;
    acceptedBefore = address;
  }

  /** Damage below this address has been accepted; 0: there was none. */
  long acceptedBefore() {
    return acceptedBefore;
  }

  /** Where a damaged batch may have held an object, its absence is no answer. */
  void throwIfMayBeLost(long objectId) {
    if (suspectBefore != 0) {
      throw new CorruptException(
          Ref.text(objectId) + " may be lost in a damaged batch " + advice());
    }
  }

  /** A damaged batch after the version at this address may have held the next one. */
  void throwIfMayBeOutdated(long objectId, long address) {
    if (address < suspectBefore) {
      throw new CorruptException(
          Ref.text(objectId) + " may have had a newer version in a damaged batch " + advice());
    }
  }

  /** Where objects may be lost, a new one could get the identity of one that is referred to. */
  void throwIfAny() {
    if (suspectBefore != 0) {
      throw new CorruptException(
          "the dataset of partition "
              + partition
              + " takes no writes: objects may be lost in a damaged batch "
              + advice());
    }
  }

  private String advice() {
    return "before "
        + Address.toString(suspectBefore)
        + " of partition "
        + partition
        + "; restore the store from a backup, or run 'hotpot check --accept-damage' to go on without it";
  }
}
