package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.CorruptException;
import io.hotpot.store.spi.HeldLog.Damaged;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The steps of a table that is kept, one after another: who waits for them, and who is told. */
class WarmingTest {

  private static final int PARTITION = 7;
  private static final Damaged DAMAGE = new Damaged(3, 128, 64);

  /** A log that grows; a step takes in one byte of it. */
  private static final class GrowingLog extends TestLog {
    private long tail = 5;
    private long warmTo;
    private boolean isDamaged;

    GrowingLog() {
      super(PARTITION);
    }

    @Override
    public long tail() {
      return tail;
    }

    @Override
    public long settledTo() {
      return tail;
    }

    @Override
    public void settledTo(long address) {}

    @Override
    public boolean isWarmUpDue() {
      return warmTo < tail && !isDamaged;
    }

    @Override
    public boolean warmUp() {
      if (isDamaged) {
        throw new CorruptException("a batch is damaged");
      }
      warmTo++;
      return warmTo < tail;
    }

    @Override
    public long warmTo() {
      return warmTo;
    }

    @Override
    public List<Damaged> damages() {
      return isDamaged ? List.of(DAMAGE) : List.of();
    }
  }

  private final GrowingLog log = new GrowingLog();
  private final VirtualWorld world = new VirtualWorld(1);
  private final Deque<Runnable> steps = new ArrayDeque<>();
  private final List<Damaged> damages = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private final LoopInPlace loop = new LoopInPlace(world.new Loop());
  private final Warming warming =
      new Warming(loop, steps::add, log, () -> true, damages::addAll, told::add);

  /** Runs at once what it is given. */
  private record LoopInPlace(NodeLoop clock) implements NodeLoop {
    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public Timer after(long delayNs, Runnable task) {
      return clock.after(delayNs, task);
    }

    @Override
    public long bootNs() {
      return clock.bootNs();
    }

    @Override
    public long wallMs() {
      return clock.wallMs();
    }

    @Override
    public boolean isCurrent() {
      return true;
    }
  }

  private void step() {
    steps.remove().run();
  }

  @Test
  void itIsWarmWithWhatWasSettledWhenItWasAsked() {
    warming.whenWarm(() -> told.add("warm"));
    for (int i = 0; i < 4; i++) {
      log.tail += 10;
      step();
      assertThat(told).as("after step %d", i).isEmpty();
    }
    log.tail += 10;
    step();

    assertThat(told).containsExactly("warm");
    assertThat(steps).as("it goes on").hasSize(1);
  }

  @Test
  void whoAsksLaterWaitsForMore() {
    warming.whenWarm(() -> told.add("first"));
    step();
    log.tail = 6;
    warming.whenWarm(() -> told.add("second"));
    for (int i = 0; i < 4; i++) {
      step();
    }
    assertThat(told).containsExactly("first");
    step();
    assertThat(told).containsExactly("first", "second");
    assertThat(steps).isEmpty();
  }

  @Test
  void damageIsToldAtOnceAndOnce() {
    warming.whenWarm(() -> told.add("warm"));
    log.isDamaged = true;
    step();

    assertThat(damages).containsExactly(DAMAGE);
    assertThat(told).as("there is nothing to wait for").containsExactly("warm");
    assertThat(steps).isEmpty();

    log.isDamaged = false;
    warming.goOn();
    warming.goOn();
    assertThat(steps).as("what comes soon is taken in with it").isEmpty();
    while (world.step(Long.MAX_VALUE)) {}
    assertThat(steps).hasSize(1);
  }
}
