package io.hotpot.store;

/**
 * One word of the handle table.
 *
 * <pre>
 *  UNUSED    0
 *  FREE      tag 3 | 15 unused | generation 16 | next free slot 30
 *  RESERVED  tag 3 | 15 unused | generation 16 | 27 unused | lock 3   allocated by a transaction that is not committed;
 *            lock: PENDING or PREPARED while the commit that creates the object is in flight, else 0
 *  LIVE      tag 3 |  8 unused | address 53                      the newest committed version
 *  PENDING   tag 3 |  8 unused | address 53                      a commit is in flight; this old version may be read
 *  PREPARED  tag 3 |  8 unused | address 53                      a commit over several partitions is in flight: readers wait
 *  DELETED   tag 3 |  8 unused | address 53                      of the delete record, while a snapshot may need the chain
 * </pre>
 *
 * PENDING and PREPARED words, and RESERVED ones with a lock, are locked: to every validator but the
 * owner of the lock they count as changed.
 */
final class HandleWord {

  static final int FREE = 1;
  static final int RESERVED = 2;
  static final int LIVE = 3;
  static final int PENDING = 4;
  static final int PREPARED = 5;
  static final int DELETED = 6;
  static final int RETIRED = 7;

  private static final int TAG_SHIFT = 61;
  private static final long ADDRESS_MASK = (1L << 53) - 1;
  private static final int SLOT_MASK = (1 << 30) - 1;

  private HandleWord() {}

  static int tag(long word) {
    return (int) (word >>> TAG_SHIFT);
  }

  static long address(long word) {
    return word & ADDRESS_MASK;
  }

  static long of(int tag, long address) {
    return (long) tag << TAG_SHIFT | address;
  }

  static long free(int generation, int nextSlot) {
    return (long) FREE << TAG_SHIFT | (long) generation << 30 | nextSlot;
  }

  static long reserved(int generation) {
    return (long) RESERVED << TAG_SHIFT | (long) generation << 30;
  }

  /**
   * A reserved slot whose object a commit in flight creates; {@code lock} is PENDING or PREPARED.
   */
  static long creating(int generation, int lock) {
    return reserved(generation) | lock;
  }

  static int generation(long word) {
    return (int) (word >>> 30) & 0xFFFF;
  }

  static int nextSlot(long word) {
    return (int) word & SLOT_MASK;
  }

  static boolean isLocked(long word) {
    int lock = lock(word);
    return lock == PENDING || lock == PREPARED;
  }

  /** Whether readers wait: the commit may be published in another partition already. */
  static boolean isPrepared(long word) {
    return lock(word) == PREPARED;
  }

  private static int lock(long word) {
    int tag = tag(word);
    return tag == RESERVED ? (int) word & 7 : tag;
  }

  /** Whether an address in the word names a version (committed, not deleted). */
  static boolean isReadable(long word) {
    int tag = tag(word);
    return tag == LIVE || tag == PENDING || tag == PREPARED;
  }
}
