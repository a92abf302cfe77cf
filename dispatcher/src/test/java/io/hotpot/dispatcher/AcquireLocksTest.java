package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Exclusive locks over several owners (PROTOCOL 15), in the world of {@link CommitDispatcherTest}:
 * transfers that rely on them alone, while sessions, owners and holders are lost.
 */
class AcquireLocksTest {

  private static final int RUNS = Integer.getInteger("hotpot.transfer.runs", 20);
  private static final long FIRST_SEED = Long.getLong("hotpot.seed", 1);

  private static LockingBank run(long seed, Bug bug, boolean isTroubled) {
    World world = new World(seed, bug, 4, 5, 3);
    Bank bank = new Bank(world, 5, 2);
    LockingBank locking = new LockingBank(world, bank);
    world.nodes.values().forEach(node -> begin(locking, node));
    world.whenJoined = node -> begin(locking, node);
    if (isTroubled) {
      CommitDispatcherTest.trouble(world);
    } else {
      world.hasSlowReplicas = false;
    }
    world.runUntil(12_000_000_000L);
    bank.isClosing = true;
    world.runUntil(60_000_000_000L);
    world.checkQuiet();
    bank.check();
    if (!isTroubled) {
      assertThat(locking.refused).as("waited for too long").isZero();
      assertThat(locking.lost).as("locks lost").isZero();
      assertThat(bank.open).as("transfers that did not end").isZero();
    }
    return locking;
  }

  private static void begin(LockingBank locking, SimNode node) {
    locking.bank.pause(node, () -> locking.client(node));
    locking.bank.pause(node, () -> locking.client(node));
    locking.bank.pause(node, () -> locking.client(node));
    locking.bank.pause(node, () -> locking.bank.auditor(node));
  }

  @Test
  void whoHoldsWhatItWritesNeverFailsForAnother() {
    int done = 0;
    int wounded = 0;
    int attempts = 0;
    for (long seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
      LockingBank bank = seeded(seed, false);
      done += bank.done;
      wounded += bank.wounded;
      attempts = Math.max(attempts, bank.mostAttempts);
    }
    System.out.println("done=" + done + ", wounded=" + wounded + ", attempts=" + attempts);
    assertThat(done).isGreaterThan(300 * RUNS);
    assertThat(wounded).isGreaterThan(30 * RUNS);
  }

  @Test
  void theTotalIsKeptByLocksAloneWhateverIsLost() {
    int done = 0;
    int wounded = 0;
    int lost = 0;
    int refused = 0;
    for (long seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
      LockingBank bank = seeded(seed, true);
      done += bank.done;
      wounded += bank.wounded;
      lost += bank.lost;
      refused += bank.refused;
    }
    System.out.println(
        "done=" + done + ", wounded=" + wounded + ", lost=" + lost + ", refused=" + refused);
    assertThat(done).isGreaterThan(100 * RUNS);
    assertThat(wounded).isGreaterThan(10 * RUNS);
    assertThat(lost).isGreaterThan(5 * RUNS);
  }

  private static LockingBank seeded(long seed, boolean isTroubled) {
    try {
      return run(seed, Bug.NONE, isTroubled);
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {"GRANT_WHILE_HELD", "IGNORE_WOUND", "KEEP_LOCKS_OF_THE_DEAD", "COMMIT_WITHOUT_LOCK"})
  void aPlantedBugIsCaught(Bug bug) {
    Map<Bug, String> caught = new EnumMap<>(Bug.class);
    boolean isTroubled = bug == Bug.KEEP_LOCKS_OF_THE_DEAD || bug == Bug.COMMIT_WITHOUT_LOCK;
    for (long seed = 1; seed <= 200 && caught.isEmpty(); seed++) {
      try {
        run(seed, bug, isTroubled);
      } catch (AssertionError e) {
        caught.put(bug, "seed " + seed + ": " + e.getMessage());
      }
    }
    System.out.println(caught);
    assertThat(caught).containsKey(bug);
  }
}
