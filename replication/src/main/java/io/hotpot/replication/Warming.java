package io.hotpot.replication;

import io.hotpot.store.spi.HeldLog;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Leads the table of a followed log on, beside the loop, whenever something is settled that it does
 * not have (PROTOCOL 6.6). One step is under way at a time, and other work on the medium comes
 * between two.
 *
 * <p>Confined to the loop, but for the steps.
 */
final class Warming {

  /**
   * So long something settled waits for a step, which then takes in all that came meanwhile: to
   * wake the other thread for each batch would cost more than the batch.
   */
  private static final long PAUSE_NANOS = 2_000_000;

  private final Surroundings node;
  private final HeldLog log;
  private final BooleanSupplier isFollowed;
  private boolean isUnderWay;
  private boolean isDue;
  private List<Runnable> waiting = new ArrayList<>();

  /**
   * @param isFollowed whether the log is still written by appends of its owner, and so may be read
   */
  Warming(Surroundings node, HeldLog log, BooleanSupplier isFollowed) {
    this.node = node;
    this.log = log;
    this.isFollowed = isFollowed;
  }

  /** Something may be settled: a step takes it in soon. */
  void goOn() {
    if (!isDue && isStepDue()) {
      isDue = true;
      node.loop()
          .after(
              PAUSE_NANOS,
              () -> {
                isDue = false;
                begin();
              });
    }
  }

  private void begin() {
    if (isStepDue()) {
      step();
    }
  }

  private boolean isStepDue() {
    return !isUnderWay && isFollowed.getAsBoolean() && log.isWarmUpDue();
  }

  /** Calls back when the table has what is settled now; at once if it has it, or cannot have it. */
  void whenWarm(Runnable then) {
    begin();
    if (isUnderWay) {
      waiting.add(then);
    } else {
      then.run();
    }
  }

  private void step() {
    isUnderWay = true;
    node.medium()
        .execute(
            () -> {
              boolean isMore = takeStep();
              node.loop().execute(() -> stepped(isMore));
            });
  }

  private boolean takeStep() {
    try {
      return log.warmUp();
    } catch (RuntimeException e) {
      node.events().accept("partition %d: its table is not kept: %s".formatted(log.partition(), e));
      return false;
    }
  }

  private void stepped(boolean isMore) {
    isUnderWay = false;
    if (!isFollowed.getAsBoolean()) {
      waiting.clear();
      return;
    }
    // Chunks may have waited for it.
    log.settledTo(log.settledTo());
    if (isMore) {
      step();
      return;
    }
    List<Runnable> told = waiting;
    waiting = new ArrayList<>();
    told.forEach(Runnable::run);
    goOn();
  }
}
