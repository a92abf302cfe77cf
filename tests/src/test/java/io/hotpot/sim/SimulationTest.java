package io.hotpot.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.spi.Threads;
import io.hotpot.store.spi.Time;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The simulation runs what it is given, repeats it, and says what is wrong with it. */
@Timeout(60)
class SimulationTest {

  private static final long SEED = Long.getLong("hotpot.seed", System.nanoTime());

  /** What two threads leave of a counter that they raise without a lock, and the trace. */
  private static long[] race(long seed) {
    Simulation simulation = new Simulation(seed, 10_000);
    SimNode node = simulation.node("one");
    long[] counter = {0, 0};
    for (int i = 0; i < 2; i++) {
      node.start(
          "adds",
          () -> {
            for (int round = 0; round < 3; round++) {
              long seen = counter[0];
              simulation.interleave();
              counter[0] = seen + 1;
            }
          });
    }
    simulation.run();
    counter[1] = simulation.trace();
    return counter;
  }

  @Test
  void aSeedRepeatsARunAndOthersTakeOtherWays() {
    Set<Long> results = new HashSet<>();
    for (long seed = SEED; seed < SEED + 200; seed++) {
      long[] once = race(seed);
      assertThat(race(seed)).as("seed %d", seed).containsExactly(once);
      results.add(once[0]);
    }
    assertThat(results).contains(3L, 6L);
  }

  /** As the JVM's cleaner of collected objects holds its list while somebody adds to it. */
  @Test
  void aMonitorThatARealThreadHoldsLeavesNoTrace() throws InterruptedException {
    Object monitor = new Object();
    long trace = atMonitor(monitor);
    for (int round = 0; round < 50; round++) {
      CountDownLatch held = new CountDownLatch(1);
      Thread real =
          Thread.ofPlatform()
              .start(
                  () -> {
                    synchronized (monitor) {
                      held.countDown();
                      Simulation busy = new Simulation(SEED, 1_000);
                      busy.node("aside").start("works", () -> {});
                      busy.run();
                    }
                  });
      held.await();
      assertThat(atMonitor(monitor)).isEqualTo(trace);
      real.join();
    }
  }

  private static long atMonitor(Object monitor) {
    Simulation simulation = new Simulation(SEED, 1_000);
    SimNode node = simulation.node("one");
    for (int i = 0; i < 3; i++) {
      node.start(
          "enters",
          () -> {
            simulation.interleave();
            synchronized (monitor) {
              simulation.note(1);
            }
            simulation.interleave();
          });
    }
    simulation.run();
    return simulation.trace();
  }

  @Test
  void aDeadlockIsReportedWithTheStacksOfThoseWhoWait() {
    Simulation simulation = new Simulation(SEED, 10_000);
    SimNode node = simulation.node("one");
    ReentrantLock first = new ReentrantLock();
    ReentrantLock second = new ReentrantLock();
    node.start("here", () -> lockBoth(first, second));
    node.start("there", () -> lockBoth(second, first));
    assertThatThrownBy(simulation::run)
        .isInstanceOf(SimulationFailure.class)
        .hasMessageContaining("seed " + SEED)
        .hasMessageContaining("nobody can go on")
        .hasMessageContaining("one#1/here (waits)")
        .hasMessageContaining("SimulationTest.lockBoth");
  }

  private static void lockBoth(ReentrantLock first, ReentrantLock second) {
    first.lock();
    // The other one takes its first lock before this one goes on.
    Thread.yield();
    while (!second.isLocked()) {
      Thread.yield();
    }
    second.lock();
  }

  @Test
  void whoNeverComesToAnEndIsReported() {
    Simulation simulation = new Simulation(SEED, 1_000);
    SimNode node = simulation.node("one");
    node.start(
        "spins",
        () -> {
          for (int round = 0; true; round++) {
            node.seams().threads().pause(round);
          }
        });
    assertThatThrownBy(simulation::run)
        .isInstanceOf(SimulationFailure.class)
        .hasMessageContaining("more than 1000 steps")
        .hasMessageContaining("one#1/spins");
  }

  @Test
  void whatAThreadThrowsEndsTheRun() {
    Simulation simulation = new Simulation(SEED, 1_000);
    IllegalStateException thrown = new IllegalStateException("for the test");
    simulation
        .node("one")
        .start(
            "throws",
            () -> {
              throw thrown;
            });
    assertThatThrownBy(simulation::run).isInstanceOf(SimulationFailure.class).hasCause(thrown);
  }

  @Test
  void timeJumpsAndTheClocksOfNodesDriftApartByLessThanSixPercent() {
    Simulation simulation = new Simulation(SEED, 1_000_000);
    long hourNs = 3_600_000_000_000L;
    for (String name : new String[] {"one", "two", "three"}) {
      SimNode node = simulation.node(name);
      Time time = node.seams().time();
      node.start(
          "sleeps",
          () -> {
            long begin = time.bootNs();
            while (time.bootNs() - begin < hourNs) {
              node.seams().threads().park(this, hourNs - (time.bootNs() - begin));
            }
            assertThat((double) simulation.nowNs() / hourNs).isBetween(0.96, 1.04);
          });
    }
    simulation.run();
  }

  @Test
  void aPausedNodeDoesNothingAndGoesOnAfterwards() {
    Simulation simulation = new Simulation(SEED, 1_000_000);
    SimNode node = simulation.node("paused");
    SimNode world = simulation.node("world");
    Threads threads = world.seams().threads();
    long[] rounds = {0};
    AtomicBoolean stop = new AtomicBoolean();
    node.start(
        "counts",
        () -> {
          while (!stop.get()) {
            rounds[0]++;
            node.seams().threads().park(this, 1_000);
          }
        });
    world.start(
        "pauses",
        () -> {
          pass(threads, 1_000_000, simulation);
          node.pause();
          long before = rounds[0];
          assertThat(before).isPositive();
          pass(threads, 1_000_000, simulation);
          assertThat(rounds[0]).isEqualTo(before);
          node.resume();
          pass(threads, 1_000_000, simulation);
          assertThat(rounds[0]).isGreaterThan(before);
          stop.set(true);
        });
    simulation.run();
  }

  private static void pass(Threads threads, long ns, Simulation simulation) {
    long end = simulation.nowNs() + ns;
    while (simulation.nowNs() < end) {
      threads.park(simulation, ns);
    }
  }

  @Test
  void aKilledNodeDoesNothingMoreNotEvenInFinally() {
    Simulation simulation = new Simulation(SEED, 10_000);
    SimNode node = simulation.node("dies");
    AtomicBoolean after = new AtomicBoolean();
    node.start(
        "waits",
        () -> {
          try {
            awaitForEver();
          } finally {
            after.set(true);
          }
        });
    SimNode world = simulation.node("world");
    world.start(
        "kills",
        () -> {
          pass(world.seams().threads(), 1_000_000, simulation);
          node.kill();
          node.restart().start("lives again", () -> simulation.note(1));
        });
    simulation.run();
    assertThat(after).isFalse();
    assertThat(node.isKilled()).isTrue();
  }

  private static void awaitForEver() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
