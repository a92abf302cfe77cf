package io.hotpot.store;

import io.hotpot.store.spi.Time;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The machine's clocks; beside {@link SystemThreads}, the one place where the store reads them.
 *
 * <p>On Linux, {@link #bootNs} is {@code CLOCK_BOOTTIME} where native access is enabled, which
 * counts time in suspension; everywhere else it is {@link System#nanoTime}, which may not.
 */
final class SystemTime implements Time {

  private static final int CLOCK_BOOTTIME = 7;
  private static final long NS_PER_S = 1_000_000_000L;

  /** {@code int clock_gettime(clockid_t, struct timespec *)}; null: not to be had. */
  private static final @Nullable MethodHandle CLOCK_GETTIME = clockGettime();

  private final LongSupplier wallMs;

  SystemTime() {
    this(System::currentTimeMillis);
  }

  /**
   * @param wallMs milliseconds since 1970; the other clock is the machine's
   */
  SystemTime(LongSupplier wallMs) {
    this.wallMs = wallMs;
  }

  @Override
  public long bootNs() {
    return CLOCK_GETTIME == null ? System.nanoTime() : bootTime(CLOCK_GETTIME);
  }

  @Override
  public long wallMs() {
    return wallMs.getAsLong();
  }

  /** Whether {@link #bootNs} counts the time in which the machine was suspended. */
  static boolean countsSuspension() {
    return CLOCK_GETTIME != null;
  }

  private static long bootTime(MethodHandle clockGettime) {
    long[] timespec = new long[2];
    int failed;
    try {
      failed = (int) clockGettime.invokeExact(CLOCK_BOOTTIME, MemorySegment.ofArray(timespec));
    } catch (Throwable e) {
      throw new IllegalStateException("the clock CLOCK_BOOTTIME could not be read", e);
    }
    if (failed != 0) {
      throw new IllegalStateException("the clock CLOCK_BOOTTIME could not be read: " + failed);
    }
    return timespec[0] * NS_PER_S + timespec[1];
  }

  @SuppressWarnings("restricted") // Asked before whether native access is enabled.
  private static @Nullable MethodHandle clockGettime() {
    if (!System.getProperty("os.name", "").equals("Linux")
        || ValueLayout.ADDRESS.byteSize() != Long.BYTES
        || !SystemTime.class.getModule().isNativeAccessEnabled()) {
      return null;
    }
    Linker linker = Linker.nativeLinker();
    // Critical: it takes some nanoseconds, and writes to an array of this heap.
    return linker
        .defaultLookup()
        .find("clock_gettime")
        .map(
            function ->
                linker.downcallHandle(
                    function,
                    FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS),
                    Linker.Option.critical(true)))
        .orElse(null);
  }
}
