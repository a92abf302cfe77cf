package io.hotpot.replication;

import io.hotpot.store.spi.HeldLog;

/**
 * Makes a followed log durable where nobody waits for it (level PROCESS), each time that a chunk's
 * worth has come: chunks are given back, and checkpoints used, only below what is durable, and a
 * promotion makes all of it durable at once.
 *
 * <p>Confined to the loop.
 */
final class UnhurriedFlush {

  private static final long WORTHWHILE_BYTES = 4L << 20;

  private final Flusher flusher;
  private final HeldLog log;
  private final Runnable then;
  private boolean isUnderWay;

  /**
   * @param then does what was waiting for the medium
   */
  UnhurriedFlush(Flusher flusher, HeldLog log, Runnable then) {
    this.flusher = flusher;
    this.log = log;
    this.then = then;
  }

  /** Something was appended. */
  void appended() {
    if (isUnderWay || log.tail() - log.durableTo() < WORTHWHILE_BYTES) {
      return;
    }
    isUnderWay = true;
    log.startFlush();
    flusher.flush(
        () -> {
          isUnderWay = false;
          then.run();
        });
  }
}
