package io.hotpot.store;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Tells Linux when it may set up and take down this process's page table entries of a mapped file
 * ({@code madvise}), all at once instead of page by page while a commit waits.
 *
 * <p>It only makes things faster, never different: the bytes are those of the file's page cache
 * either way. Where native access is not enabled for the JVM, or the system is not Linux, nothing
 * is done.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class PageTables {

  private static final int PAGE_BYTES = 4096;

  /**
   * Shorter ranges are written again and again, and cost less than the faults that would follow.
   */
  private static final int LEAST_RELEASED_BYTES = 64 << 10;

  private static final int MADV_DONTNEED = 4;
  private static final int MADV_POPULATE_WRITE = 23;

  private static final Optional<MethodHandle> MADVISE = link();

  private PageTables() {}

  @SuppressWarnings("restricted")
  private static Optional<MethodHandle> link() {
    if (!System.getProperty("os.name").equals("Linux")
        || !PageTables.class.getModule().isNativeAccessEnabled()) {
      return Optional.empty();
    }
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find("madvise")
        .map(
            address ->
                linker.downcallHandle(
                    address,
                    FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT)));
  }

  /**
   * Makes the whole pages of a range present and writable, so that storing to them is no page
   * fault.
   *
   * @return whether that was done
   * @throws IllegalStateException if the segment's arena is closed
   */
  static boolean populate(MemorySegment segment, long offset, long lengthBytes) {
    return advise(segment, offset, lengthBytes, MADV_POPULATE_WRITE);
  }

  /**
   * Takes the whole pages of a range out of this process's page tables before they are written to
   * the disk, if it is a long one. The kernel would make them read-only one by one, and interrupt
   * every processor for each; commits in other threads would run at half their speed.
   *
   * @throws IllegalStateException if the segment's arena is closed
   */
  static void release(MemorySegment segment, long offset, long lengthBytes) {
    if (lengthBytes >= LEAST_RELEASED_BYTES) {
      advise(segment, offset, lengthBytes, MADV_DONTNEED);
    }
  }

  private static boolean advise(MemorySegment segment, long offset, long lengthBytes, int advice) {
    long base = segment.address();
    long from = Math.ceilDiv(base + offset, PAGE_BYTES) * PAGE_BYTES;
    long to = Math.floorDiv(base + offset + lengthBytes, PAGE_BYTES) * PAGE_BYTES;
    if (MADVISE.isEmpty() || to <= from) {
      return false;
    }
    try {
      return (int)
              MADVISE.get().invokeExact(segment.asSlice(from - base, to - from), to - from, advice)
          == 0;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new LinkageError("madvise cannot be called", e);
    }
  }
}
