package io.hotpot.replication;

import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Work on a partition's log that may block for the medium. While it is under way, nothing else is
 * done with the log; what is asked for meanwhile is done after it.
 *
 * <p>Called on the loop.
 */
interface MediumWork {

  /**
   * Does something beside the loop.
   *
   * @param work runs on a thread that may block
   * @param then gets the result on the loop, if the partition is still what it was
   * @param late gets the result on the loop otherwise
   */
  <T> void run(Supplier<T> work, Consumer<T> then, Consumer<T> late);

  /** For work that may take long, and that nobody waits for. */
  MediumWork unhurried();

  /** The same for work without a result, which needs no undoing. */
  default void run(Runnable work, Runnable then) {
    run(
        () -> {
          work.run();
          return true;
        },
        done -> then.run(),
        done -> {});
  }
}
