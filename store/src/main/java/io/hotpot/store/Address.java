package io.hotpot.store;

/**
 * A place in one partition's log: chunk sequence and offset in the chunk. Zero means none.
 * Sequences are never used twice, so an address names the same version for ever; comparing
 * addresses compares positions in the log.
 */
final class Address {

  static final int OFFSET_BITS = 22;
  static final int SEQUENCE_BITS = 31;
  static final int MAX_SEQUENCE = Integer.MAX_VALUE;

  private Address() {}

  /**
   * @param offset at most the length of a chunk: the end of a full one is, as a number, the
   *     beginning of the next
   */
  static long of(int sequence, int offset) {
    return ((long) sequence << OFFSET_BITS) + offset;
  }

  static int sequence(long address) {
    return (int) (address >>> OFFSET_BITS);
  }

  static int offset(long address) {
    return (int) address & ((1 << OFFSET_BITS) - 1);
  }

  /** The chunk in which something lies that ends at an address; 0 for the end of an empty log. */
  static int sequenceOfEnd(long end) {
    return end == 0 ? 0 : sequence(end - 1);
  }

  /** Where in {@link #sequenceOfEnd} it ends. */
  static int offsetOfEnd(long end) {
    return end == 0 ? 0 : offset(end - 1) + 1;
  }

  static String toString(long address) {
    return address == 0 ? "none" : "chunk " + sequence(address) + " offset " + offset(address);
  }
}
