package io.hotpot.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What a process is doing with a store, for others to see while it lives and when it was killed: a
 * counter for each activity, in a mapped file beside the store, of the threads that are in it.
 *
 * <p>Thread-safety: all methods from any thread and process.
 */
final class Activities implements AutoCloseable {

  /** What a kill can interrupt. */
  enum Activity {
    OPENING,
    COMMIT,
    CLEANING,
    CHECKPOINT,
    GROWTH
  }

  private static final VarHandle COUNT = ValueLayout.JAVA_LONG.varHandle();
  private static final int PAGE_BYTES = 4096;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment counts;

  Activities(Path file) throws IOException {
    this(file, 0);
  }

  /**
   * @param number of the process, or of its store, where one file is for several
   */
  Activities(Path file, int number) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      counts =
          channel.map(
              FileChannel.MapMode.READ_WRITE,
              (long) number * PAGE_BYTES,
              (long) Activity.values().length * Long.BYTES,
              arena);
    }
  }

  /** Nobody does anything. */
  void reset() {
    counts.fill((byte) 0);
  }

  <T> T in(Activity activity, Supplier<T> work) {
    long offset = offset(activity);
    COUNT.getAndAdd(counts, offset, 1L);
    try {
      return work.get();
    } finally {
      COUNT.getAndAdd(counts, offset, -1L);
    }
  }

  void run(Activity activity, Runnable work) {
    in(
        activity,
        () -> {
          work.run();
          return 0;
        });
  }

  boolean isIn(Activity activity) {
    return count(activity) != 0;
  }

  /** How many threads are in it. */
  long count(Activity activity) {
    return (long) COUNT.getAcquire(counts, offset(activity));
  }

  Set<Activity> now() {
    Set<Activity> now = EnumSet.noneOf(Activity.class);
    for (Activity activity : Activity.values()) {
      if (isIn(activity)) {
        now.add(activity);
      }
    }
    return now;
  }

  private static long offset(Activity activity) {
    return (long) activity.ordinal() * Long.BYTES;
  }

  @Override
  public void close() {
    arena.close();
  }
}
