package io.hotpot.replication;

import io.hotpot.store.CorruptException;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldLog.Damaged;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

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

  private final NodeLoop loop;
  private final Executor thread;
  private final HeldLog log;
  private final Consumer<List<Damaged>> damaged;
  private final Consumer<String> events;
  private final BooleanSupplier isFollowed;
  private boolean isUnderWay;
  private boolean isDue;
  private List<Waiting> waiting = new ArrayList<>();

  /** Who is to be told when the table has what lies below an address. */
  private record Waiting(long to, Runnable then) {}

  /** What a step has come to. */
  private record Step(boolean isMore, List<Damaged> damages) {}

  /**
   * @param thread may block for the medium, for long
   * @param damaged is told of what is damaged when a step has met some
   * @param isFollowed whether the log is still written by appends of its owner, and so may be read
   */
  Warming(
      NodeLoop loop,
      Executor thread,
      HeldLog log,
      BooleanSupplier isFollowed,
      Consumer<List<Damaged>> damaged,
      Consumer<String> events) {
    this.loop = loop;
    this.thread = thread;
    this.log = log;
    this.damaged = damaged;
    this.events = events;
    this.isFollowed = isFollowed;
  }

  /** Something may be settled: a step takes it in soon. */
  void goOn() {
    if (!isDue && isStepDue()) {
      isDue = true;
      loop.after(
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

  /**
   * Calls back when the table has what is settled now, whatever is settled meanwhile; at once if it
   * has it, or cannot have it.
   */
  void whenWarm(Runnable then) {
    begin();
    if (isUnderWay) {
      waiting.add(new Waiting(Math.min(log.settledTo(), log.tail()), then));
    } else {
      then.run();
    }
  }

  private void step() {
    isUnderWay = true;
    thread.execute(
        () -> {
          Step taken = takeStep();
          loop.execute(() -> stepped(taken));
        });
  }

  private Step takeStep() {
    try {
      return new Step(log.warmUp(), List.of());
    } catch (CorruptException e) {
      return new Step(false, log.damages());
    } catch (RuntimeException e) {
      events.accept("partition %d: its table is not kept: %s".formatted(log.partition(), e));
      return new Step(false, List.of());
    }
  }

  private void stepped(Step taken) {
    isUnderWay = false;
    if (!isFollowed.getAsBoolean()) {
      waiting.clear();
      return;
    }
    // Chunks may have waited for it.
    log.settledTo(log.settledTo());
    if (!taken.damages().isEmpty()) {
      damaged.accept(taken.damages());
    }
    long warmTo = taken.isMore() ? log.warmTo() : Long.MAX_VALUE;
    List<Waiting> before = waiting;
    waiting = new ArrayList<>();
    if (taken.isMore()) {
      step();
    }
    for (Waiting each : before) {
      if (each.to() <= warmTo) {
        each.then().run();
      } else {
        waiting.add(each);
      }
    }
    goOn();
  }
}
