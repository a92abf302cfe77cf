package io.hotpot.replication;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The machine's {@code CLOCK_BOOTTIME}: nanoseconds since it was started, the time it slept
 * included. {@link System#nanoTime} stands still meanwhile, and a lease measured with it would
 * outlive itself.
 *
 * <p>Thread-safety: any thread.
 */
final class BootClock {

  private static final int CLOCK_BOOTTIME = 7;

  @SuppressWarnings("restricted")
  private static final MethodHandle CLOCK_GETTIME =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("clock_gettime"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

  // Every thread has its own place for the result, for good.
  private static final ThreadLocal<MemorySegment> RESULT =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(16, 8));

  private BootClock() {}

  static long nowNs() {
    MemorySegment result = RESULT.get();
    int error;
    try {
      error = (int) CLOCK_GETTIME.invokeExact(CLOCK_BOOTTIME, result);
    } catch (Throwable e) {
      throw new IllegalStateException("clock_gettime cannot be called", e);
    }
    if (error != 0) {
      throw new IllegalStateException("this system has no CLOCK_BOOTTIME, which leases need");
    }
    return result.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L
        + result.get(ValueLayout.JAVA_LONG, 8);
  }
}
