package io.hotpot.replication;

import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * When a member is dialled: at once, and after each failure later, up to half a second. Chance
 * keeps many nodes from coming at the same time.
 *
 * <p>Thread-safety: confined to the loop.
 */
final class Dialling {

  private static final long FIRST_DELAY_NS = 5_000_000;
  private static final long LAST_DELAY_NS = 500_000_000;

  private final NodeLoop loop;
  private final Fabric.Member member;
  private final Runnable dial;
  private long delayNs = FIRST_DELAY_NS;
  private NodeLoop.@Nullable Timer timer;
  private boolean isStopped;

  Dialling(NodeLoop loop, Fabric.Member member, Runnable dial) {
    this.loop = loop;
    this.member = member;
    this.dial = dial;
  }

  Fabric.Member member() {
    return member;
  }

  void now() {
    if (timer == null) {
      dial.run();
    }
  }

  void later() {
    if (timer == null && !isStopped) {
      long most = delayNs;
      delayNs = Math.min(LAST_DELAY_NS, 2 * delayNs);
      timer = loop.after(ThreadLocalRandom.current().nextLong(most / 2, most), this::due);
    }
  }

  private void due() {
    timer = null;
    if (!isStopped) {
      dial.run();
    }
  }

  void succeeded() {
    delayNs = FIRST_DELAY_NS;
  }

  void stop() {
    isStopped = true;
    if (timer != null) {
      timer.cancel();
    }
  }
}
