package io.hotpot.store;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The volatile array from object slot to {@link HandleWord}; 8 bytes an object, outside the Java
 * heap.
 *
 * <p>Thread-safety: reads and writes of words from any thread, with acquire and release order;
 * {@link #ensure} under the partition's allocation lock. After {@link #close} every access is
 * {@link StoreClosed}, or {@link ObjectNotFound} where the dataset was dropped.
 */
final class HandleTable implements AutoCloseable {

  static final int MAX_SLOTS = 1 << 30;
  static final int PAGE_SLOTS = 1 << 12;
  private static final int PAGE_SHIFT = 12;
  private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

  /** What a dropped dataset or a closed store leaves is freed when nobody can read it any more. */
  private final Arena arena = Arena.ofAuto();

  private volatile MemorySegment[] pages = {};
  private volatile boolean closed;
  private volatile boolean dropped;

  /** The number of slots for which there is memory. */
  int capacity() {
    return pages.length << PAGE_SHIFT;
  }

  void ensure(int slots) {
    MemorySegment[] old = pages;
    int needed = (slots + PAGE_SLOTS - 1) >>> PAGE_SHIFT;
    if (needed > old.length) {
      // Grow by an eighth, so that the array of pages is copied a logarithmic number of times.
      MemorySegment[] grown =
          java.util.Arrays.copyOf(old, Math.max(needed, old.length + old.length / 8));
      for (int i = old.length; i < grown.length; i++) {
        grown[i] = arena.allocate((long) PAGE_SLOTS * Long.BYTES, 64);
      }
      pages = grown;
    }
  }

  long get(int slot) {
    MemorySegment[] p = pages;
    int page = slot >>> PAGE_SHIFT;
    if (page >= p.length) {
      checkOpen();
      return 0;
    }
    return (long) WORD.getAcquire(p[page], (long) (slot & (PAGE_SLOTS - 1)) << 3);
  }

  void set(int slot, long word) {
    MemorySegment[] p = pages;
    if (p.length == 0) {
      checkOpen();
    }
    WORD.setRelease(p[slot >>> PAGE_SHIFT], (long) (slot & (PAGE_SLOTS - 1)) << 3, word);
  }

  private void checkOpen() {
    if (closed) {
      throw dropped
          ? new ObjectNotFound("the dataset of the object was dropped")
          : new StoreClosed("the store was closed");
    }
  }

  /** Fills a run of slots with the words that stand in a chunk, as a checkpoint page holds them. */
  void load(int firstSlot, int count, ChunkMemory chunk, int offset) {
    for (int done = 0; done < count; ) {
      int slot = firstSlot + done;
      int inPage = slot & (PAGE_SLOTS - 1);
      int run = Math.min(count - done, PAGE_SLOTS - inPage);
      MemorySegment.copy(
          chunk.segment(),
          offset + 8L * done,
          pages[slot >>> PAGE_SHIFT],
          (long) inPage << 3,
          8L * run);
      done += run;
    }
  }

  /** Says why the table will be closed: its dataset is dropped. */
  void dropped() {
    dropped = true;
  }

  boolean isDropped() {
    return dropped;
  }

  @Override
  public void close() {
    closed = true;
    pages = new MemorySegment[0];
  }
}
