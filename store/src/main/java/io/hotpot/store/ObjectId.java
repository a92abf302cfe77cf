package io.hotpot.store;

/**
 * The 64 bits of an object id: partition 18 | generation 16 | slot 30. The generation tells apart
 * the objects that used one slot one after the other.
 */
final class ObjectId {

  static final int MAX_PARTITION = (1 << 18) - 1;
  static final int MAX_GENERATION = (1 << 16) - 1;
  static final int MAX_SLOT = (1 << 30) - 1;

  private ObjectId() {}

  static long pack(int partition, int generation, int slot) {
    return (long) partition << 46 | (long) generation << 30 | slot;
  }

  static int partition(long id) {
    return (int) (id >>> 46);
  }

  static int generation(long id) {
    return (int) (id >>> 30) & MAX_GENERATION;
  }

  static int slot(long id) {
    return (int) id & MAX_SLOT;
  }

  /** Generation and slot, as a record in the partition's log carries them. */
  static long identity(long id) {
    return id & ((1L << 46) - 1);
  }
}
