package io.hotpot.store;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * libpmem's flush of CPU caches and its fence, for persistent memory. LLPL's own flush fences each
 * range, and does not notice when its pool is closed under it; a call through a segment does.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class CacheFlush {

  private final MethodHandle flush;
  private final MethodHandle drain;

  @SuppressWarnings("restricted")
  CacheFlush() {
    SymbolLookup libpmem = SymbolLookup.libraryLookup("libpmem.so.1", Arena.global());
    Linker linker = Linker.nativeLinker();
    flush =
        linker.downcallHandle(
            libpmem.findOrThrow("pmem_flush"),
            FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    drain = linker.downcallHandle(libpmem.findOrThrow("pmem_drain"), FunctionDescriptor.ofVoid());
  }

  /**
   * Starts to write a range back from the caches.
   *
   * @throws IllegalStateException if the segment's arena is closed
   */
  void flush(MemorySegment segment, long offset, long lengthBytes) {
    try {
      flush.invokeExact(segment.asSlice(offset, lengthBytes), lengthBytes);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new LinkageError("libpmem does not flush", e);
    }
  }

  /** Waits until what this thread has flushed is durable. */
  void drain() {
    try {
      drain.invokeExact();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new LinkageError("libpmem does not drain", e);
    }
  }
}
