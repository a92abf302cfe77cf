package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.MigrationPolicy;
import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.RemoteCopy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Node 1 owns partition 1; node 4 uses it, or does not. All in virtual time. */
class MigrationPolicyTest {

  private static final long S = 1_000_000_000L;
  private static final long LEASE_NS = 2 * S;
  private static final int WINDOW = 4096;

  /** The most that a node may have made without being the one that uses the partition. */
  private static final int SHARE = 2457;

  private final World world = new World(1, Bug.NONE, 4, 3, 3);
  private final Bank bank = new Bank(world, 3, 2);
  private final SimNode owner = world.nodes.get(1);
  private final List<String> moves = new ArrayList<>();
  private final MigrationPolicy policy =
      new MigrationPolicy(
          owner, LEASE_NS, (partition, target, done) -> moves.add(partition + " to " + target));

  private void commits(int count, int node) {
    for (int i = 0; i < count; i++) {
      policy.committed(1, node);
    }
  }

  private void pass(long ns) {
    world.runUntil(world.nowNs + ns);
  }

  @Test
  void itIsOffUnlessItIsSet() {
    commits(2 * WINDOW, 4);
    pass(60 * S);

    assertThat(moves).isEmpty();
  }

  @Test
  void whoMakesMostCommitsForTenSecondsGetsThePartition() {
    policy.set(true);
    pass(20 * S);
    commits(WINDOW - SHARE - 1, 2);
    commits(SHARE + 1, 4);
    pass(9 * S);
    assertThat(moves).isEmpty();
    pass(2 * S);

    assertThat(moves).containsExactly("1 to 4");
  }

  @Test
  void sixtyPerCentAreNotEnough() {
    policy.set(true);
    commits(WINDOW - SHARE, 2);
    commits(SHARE, 4);
    pass(60 * S);

    assertThat(moves).isEmpty();
  }

  @Test
  void fewerCommitsThanTheWindowAreNotEnough() {
    policy.set(true);
    commits(WINDOW - 1, 4);
    pass(60 * S);
    assertThat(moves).isEmpty();

    commits(1, 4);
    pass(11 * S);
    assertThat(moves).containsExactly("1 to 4");
  }

  @Test
  void theOwnerItselfIsNoReasonToMove() {
    policy.set(true);
    commits(2 * WINDOW, 1);
    pass(60 * S);

    assertThat(moves).isEmpty();
    assertThat(owner.counters().get(ClusterCounter.POLICY_TOO_SOON)).isZero();
  }

  @Test
  void whoHadMostAndHasNotAnyMoreBeginsAnew() {
    policy.set(true);
    pass(20 * S);
    commits(WINDOW, 4);
    pass(8 * S);
    commits(WINDOW, 3);
    pass(8 * S);
    commits(WINDOW, 4);
    pass(8 * S);
    assertThat(moves).isEmpty();
    pass(4 * S);

    assertThat(moves).containsExactly("1 to 4");
  }

  /** It may be that the target refuses, or takes it: either way not again for ten leases. */
  @Test
  void aPartitionMovesOnceInTenLeases() {
    policy.set(true);
    commits(WINDOW, 4);
    pass(15 * S);
    assertThat(moves).isEmpty();
    assertThat(owner.counters().get(ClusterCounter.POLICY_TOO_SOON)).isEqualTo(1);
    pass(7 * S);
    assertThat(moves).hasSize(1);
    pass(15 * S);
    assertThat(moves).hasSize(1);
    assertThat(owner.counters().get(ClusterCounter.POLICY_TOO_SOON)).isEqualTo(2);
    pass(7 * S);

    assertThat(moves).hasSize(2);
  }

  @Test
  void whatIsNotOwnedIsNotGivenAway() {
    policy.set(true);
    pass(20 * S);
    commits(WINDOW, 4);
    world.migrate(1, 2);
    pass(60 * S);
    commits(WINDOW, 4);
    pass(60 * S);

    assertThat(moves).isEmpty();
  }

  @Test
  void switchedOffItForgets() {
    policy.set(true);
    pass(20 * S);
    commits(WINDOW, 4);
    pass(8 * S);
    policy.set(false);
    pass(4 * S);
    policy.set(true);
    pass(60 * S);

    assertThat(moves).isEmpty();
  }

  /** Of the part of a transaction in each partition, its owner is told once, and by whom it is. */
  @Test
  void commitsAreToldWithTheirCommitter() {
    List<String> told = new ArrayList<>();
    for (SimNode node : world.nodes.values()) {
      node.dispatcher.tellOfCommits(
          (partition, by) -> told.add(node.id() + " has " + partition + " by " + by));
    }
    SimNode user = world.nodes.get(4);
    ClusterElsewhere elsewhere =
        new ClusterElsewhere(user, user.sharer, user.dispatcher, new SteppingThreads(world));
    long first = bank.accounts.get(0);
    long second = bank.accounts.get(3);

    elsewhere.commit(List.of(update(elsewhere.read(first), 70)), 0);
    elsewhere.commit(
        List.of(update(elsewhere.read(first), 60), update(elsewhere.read(second), 120)), 0);
    pass(S);

    String one = "1 has 1 by 4";
    int other = (int) (second >>> 46);
    assertThat(told).containsExactlyInAnyOrder(one, one, other + " has " + other + " by 4");
  }

  private static Part update(RemoteCopy copy, long balance) {
    return new Part(
        (int) (copy.objectId() >>> 46),
        List.of(new ObjectRead(copy.objectId(), copy.stamp())),
        List.of(
            new ObjectWrite(copy.objectId(), ObjectWrite.Kind.UPDATE, Bank.payload(balance, 1))));
  }
}
