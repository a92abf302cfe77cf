package io.hotpot.replication;

import io.netty.channel.SelectStrategy;
import io.netty.util.IntSupplier;

/**
 * Looks for more to do a few times before the loop's thread goes to sleep. Under load the next
 * message comes within microseconds, and to wake a sleeping thread costs both sides more than to
 * look. Other threads that want the processor get it between two looks.
 *
 * <p>Confined to one loop.
 */
final class PatientSelect implements SelectStrategy {

  /** Looks in vain before it sleeps: some tens of microseconds in all. */
  private static final int LOOKS = 20;

  /** The same where completions are looked at too: most of these looks are no system call. */
  private static final int LOOKS_AT_COMPLETIONS = 4 * LOOKS;

  /** Of looks at completions one in so many is at the sockets too, where less comes. */
  private static final int SELECT_ONE_IN = 16;

  private final LoopSleep sleep;
  private final Watching watching;
  private int looks;
  private int sinceSelect;

  /**
   * @param watching what else is looked at
   */
  PatientSelect(LoopSleep sleep, Watching watching) {
    this.sleep = sleep;
    this.watching = watching;
  }

  @Override
  @SuppressWarnings("ThreadPriorityCheck") // Nothing depends on the yield but the others' progress.
  public int calculateStrategy(IntSupplier selectNow, boolean hasTasks) throws Exception {
    sleep.ends();
    boolean hasCompletions = !watching.isEmpty();
    if (!hasTasks && looks >= (hasCompletions ? LOOKS_AT_COMPLETIONS : LOOKS)) {
      looks = 0;
      if (!watching.mayWait()) {
        return CONTINUE;
      }
      sleep.begins();
      return SELECT;
    }
    int taken = watching.look();
    if (!hasCompletions || ++sinceSelect == SELECT_ONE_IN) {
      sinceSelect = 0;
      int ready = selectNow.get();
      if (ready > 0) {
        looks = 0;
        return ready;
      }
    }
    if (hasTasks || taken > 0) {
      looks = 0;
    } else {
      looks++;
      Thread.yield();
    }
    // Tasks are run after this too, but no sockets are gone through.
    return CONTINUE;
  }
}
