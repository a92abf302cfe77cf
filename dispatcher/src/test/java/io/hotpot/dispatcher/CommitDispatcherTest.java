package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Transfers over several partitions, while sessions, owners, homes and coordinators are lost. */
class CommitDispatcherTest {

  private static final int RUNS = Integer.getInteger("hotpot.transfer.runs", 30);
  private static final long FIRST_SEED = Long.getLong("hotpot.seed", 1);

  /** What happened in some runs. */
  private record Sums(int done, int unknown, int found, int conflicts, int audits, int doomed) {
    Sums plus(Bank bank) {
      return new Sums(
          done + bank.done,
          unknown + bank.unknown,
          found + bank.found,
          conflicts + bank.conflicts,
          audits + bank.audits,
          doomed + bank.doomed);
    }
  }

  private static Bank run(long seed, Bug bug) {
    World world = new World(seed, bug, 4, 5, 3);
    Bank bank = new Bank(world, 5, 3);
    bank.givesUp = true;
    world.nodes.values().forEach(node -> begin(bank, node));
    world.whenJoined = node -> begin(bank, node);
    trouble(world);
    world.runUntil(12_000_000_000L);
    bank.isClosing = true;
    world.runUntil(40_000_000_000L);
    world.checkQuiet();
    bank.check();
    return bank;
  }

  private static void begin(Bank bank, SimNode node) {
    bank.pause(node, () -> bank.client(node));
    bank.pause(node, () -> bank.client(node));
    bank.pause(node, () -> bank.auditor(node));
  }

  /** Now and then something is lost, for ten seconds. */
  static void trouble(World world) {
    world.after(
        world.draw(20_000_000, 400_000_000),
        () -> {
          int some = 1 + world.random.nextInt(4);
          int other = 1 + (some + world.random.nextInt(3)) % 4;
          switch (world.random.nextInt(6)) {
            case 0 -> {
              if (world.living() > 2 && world.nodes.size() > 3) {
                world.crash(some);
              }
            }
            case 1 -> {
              if (world.living() > 3 && world.nodes.size() > 3) {
                world.isolate(some);
              }
            }
            case 2 -> world.migrate(1 + world.random.nextInt(5), some);
            default -> world.disconnect(some, other);
          }
          if (world.nowNs < 10_000_000_000L) {
            trouble(world);
          }
        });
  }

  @Test
  void theTotalIsKeptWhateverIsLost() {
    Sums sums = new Sums(0, 0, 0, 0, 0, 0);
    for (long seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
      try {
        sums = sums.plus(run(seed, Bug.NONE));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
    System.out.println(sums);
    assertThat(sums.done()).isGreaterThan(100 * RUNS);
    assertThat(sums.conflicts()).isGreaterThan(RUNS);
    assertThat(sums.audits()).isGreaterThan(10 * RUNS);
    assertThat(sums.found()).isGreaterThan(RUNS / 4);
    assertThat(sums.doomed()).isGreaterThan(RUNS);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {
        "NONE",
        "GRANT_WHILE_HELD",
        "IGNORE_WOUND",
        "KEEP_LOCKS_OF_THE_DEAD",
        "COMMIT_WITHOUT_LOCK"
      })
  void aPlantedBugIsCaught(Bug bug) {
    Map<Bug, String> caught = new EnumMap<>(Bug.class);
    for (long seed = 1; seed <= 400 && caught.isEmpty(); seed++) {
      try {
        run(seed, bug);
      } catch (AssertionError e) {
        caught.put(bug, "seed " + seed + ": " + e.getMessage());
      }
    }
    System.out.println(caught);
    assertThat(caught).containsKey(bug);
  }

  @Test
  void aRunIsReplayedFromItsSeed() {
    Bank first = run(17, Bug.NONE);
    Bank second = run(17, Bug.NONE);

    assertThat(second.done).isEqualTo(first.done);
    assertThat(second.conflicts).isEqualTo(first.conflicts);
    assertThat(second.audits).isEqualTo(first.audits);
  }
}
