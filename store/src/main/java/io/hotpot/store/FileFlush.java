package io.hotpot.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Writes ranges of a mapped file to the disk. Only what was flushed is written: to write a page,
 * the operating system makes it read-only first, and the next store to it is a page fault that a
 * commit waits for.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class FileFlush {

  /** Each range is a system call and a wait for the disk; more are one for the whole file. */
  private static final int MAX_RANGES = 2;

  /** Compared by identity: the same bytes may be flushed again while a drain is under way. */
  private static final class Range {
    final MemorySegment bytes;

    Range(MemorySegment bytes) {
      this.bytes = bytes;
    }
  }

  /** Writes the whole file to the disk. */
  interface Force {
    void force() throws IOException;
  }

  private final Force whole;
  private final ConcurrentLinkedQueue<Range> pending = new ConcurrentLinkedQueue<>();

  FileFlush(FileChannel channel) {
    this(() -> channel.force(false));
  }

  FileFlush(Force whole) {
    this.whole = whole;
  }

  /**
   * @param mapping memory that {@link FileChannel#map} returned for the file
   * @throws IllegalStateException if its arena is closed
   */
  void add(MemorySegment mapping, long offset, long lengthBytes) {
    pending.add(new Range(mapping.asSlice(offset, lengthBytes)));
  }

  /**
   * Returns when all that was added before the call is on the disk. A range is forgotten only then,
   * so that another thread's drain waits for it as well.
   *
   * @throws IllegalStateException if the arena of a mapping is closed
   */
  void drain() throws IOException {
    Range[] ranges = pending.toArray(new Range[0]);
    try {
      if (ranges.length > MAX_RANGES) {
        whole.force();
      } else {
        for (Range range : ranges) {
          range.bytes.force();
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Range range : ranges) {
      pending.remove(range);
    }
  }
}
