package io.hotpot.store;

/**
 * The register that counts how often a store was opened for writing, and tells whether it was
 * closed in order.
 *
 * <pre>
 *  number 31 | clean 1 | check 32
 * </pre>
 *
 * @param number of the latest opening for writing; 0 before the first
 * @param clean whether the store was closed in order since
 * @param damaged whether the register cannot be trusted: the number is then 0
 */
record Incarnation(int number, boolean clean, boolean damaged) {

  private static final int REGISTER = 0;

  static Incarnation read(Heap heap) {
    return of(heap.register(REGISTER));
  }

  /** What the register's value says. */
  static Incarnation of(long value) {
    if (value == 0) {
      return new Incarnation(0, true, false);
    }
    long body = value >>> 32;
    if ((value & 0xFFFF_FFFFL) != check(body)) {
      return new Incarnation(0, false, true);
    }
    return new Incarnation((int) (body >>> 1), (body & 1) != 0, false);
  }

  /** Durable when the method returns. */
  static void write(Heap heap, int number, boolean clean) {
    long body = (long) number << 1 | (clean ? 1 : 0);
    heap.register(REGISTER, body << 32 | check(body));
  }

  private static long check(long body) {
    return Checksum.mix(body + 1) & 0xFFFF_FFFFL;
  }
}
