package io.hotpot.replication;

import io.hotpot.store.spi.HeldParts;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Makes what was appended durable, on a thread that may block for the medium: one flush is under
 * way at a time, and whoever comes meanwhile shares the next one.
 *
 * <p>Confined to the loop, but for the flush itself.
 */
final class Flusher {

  private final NodeLoop loop;
  private final HeldParts parts;
  private final Executor thread;
  private List<Runnable> waiting = new ArrayList<>();
  private boolean isFlushing;

  /**
   * @param thread runs one task after another
   */
  Flusher(NodeLoop loop, HeldParts parts, Executor thread) {
    this.loop = loop;
    this.parts = parts;
    this.thread = thread;
  }

  /**
   * Flushes what was appended before this call.
   *
   * @param then runs on the loop when it is durable
   */
  void flush(Runnable then) {
    waiting.add(then);
    if (!isFlushing) {
      begin();
    }
  }

  private void begin() {
    List<Runnable> told = waiting;
    waiting = new ArrayList<>();
    isFlushing = true;
    thread.execute(
        () -> {
          parts.flush();
          loop.execute(() -> flushed(told));
        });
  }

  private void flushed(List<Runnable> told) {
    isFlushing = false;
    told.forEach(Runnable::run);
    if (!waiting.isEmpty() && !isFlushing) {
      begin();
    }
  }
}
