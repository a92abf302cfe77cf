package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.Peer;
import io.hotpot.store.ConflictException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.NotEnoughReplicas;
import io.hotpot.store.StoreClosed;
import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.Elsewhere.Result;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.RemoteCopy;
import io.hotpot.store.spi.TransactionLocks;
import io.hotpot.store.spi.TransactionLocks.State;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Transactions of node 4, which owns nothing, and of others acquire objects of nodes 1 to 3. */
class HeldLocksTest {

  /** Clocks differ: who begins so much later is younger. */
  private static final long BEYOND_SKEW_NS = 50_000_000;

  private final World world = new World(1, Bug.NONE, 4, 3, 3);
  private final Bank bank = new Bank(world, 3, 2);
  private final SimNode node = world.nodes.get(4);
  private final ClusterElsewhere elsewhere = elsewhere(4);
  private final long account = bank.accounts.get(0);
  private final long other = bank.accounts.get(3);

  private ClusterElsewhere elsewhere(int id) {
    SimNode of = world.nodes.get(id);
    return new ClusterElsewhere(of, of.sharer, of.dispatcher, new SteppingThreads(world));
  }

  private static State acquire(TransactionLocks locks, long... objects) {
    return locks.acquire(objects);
  }

  private void pass(long ns) {
    world.runUntil(world.nowNs + ns);
  }

  private SimPartition partition(long object) {
    return world.served((int) (object >>> 46));
  }

  private static Part update(RemoteCopy copy, long balance) {
    return new Part(
        (int) (copy.objectId() >>> 46),
        List.of(new ObjectRead(copy.objectId(), copy.stamp())),
        List.of(
            new ObjectWrite(copy.objectId(), ObjectWrite.Kind.UPDATE, Bank.payload(balance, 1))));
  }

  @Test
  void aCommitUnderLocksReleasesThem() {
    TransactionLocks locks = elsewhere.locks(0);
    assertThat(locks.age()).isZero();
    assertThat(acquire(locks, account, other)).isEqualTo(State.HELD);
    assertThat(locks.age()).isPositive();
    RemoteCopy first = elsewhere.read(account);
    RemoteCopy second = elsewhere.read(other);
    ClusterElsewhere rival = elsewhere(2);
    assertThat(rival.commit(List.of(update(rival.read(account), 1)), 0))
        .isInstanceOf(Result.Conflicting.class);

    assertThat(locks.commit(List.of(update(first, 70), update(second, 130)), 0))
        .isInstanceOf(Result.Committed.class);

    pass(100_000_000);
    world.checkQuiet();
    assertThat(rival.commit(List.of(update(rival.read(account), 1)), 0))
        .isInstanceOf(Result.Committed.class);
  }

  @Test
  void objectsOfThisNodeAreAcquiredWithoutAMessage() {
    TransactionLocks locks = elsewhere(1).locks(0);
    long messages = world.messages;

    assertThat(acquire(locks, account)).isEqualTo(State.HELD);

    assertThat(world.messages).isEqualTo(messages);
    assertThat(partition(account).acquired).containsOnlyKeys(account);
    locks.release();
    pass(1_000_000);
    assertThat(world.messages).isEqualTo(messages);
    world.checkQuiet();
  }

  @Test
  void aTransactionThatCommitsAcquiredNothingElsewhereInVain() {
    TransactionLocks locks = elsewhere.locks(0);
    acquire(locks, account, other);
    RemoteCopy copy = elsewhere.read(account);

    // The other one's partition takes part with nothing: it says that the lock is held.
    Result result = locks.commit(List.of(update(copy, 5), new Part(2, List.of(), List.of())), 0);

    assertThat(result).isInstanceOf(Result.Committed.class);
  }

  @Test
  void anOlderOneIsWaitedFor() {
    TransactionLocks older = elsewhere(2).locks(0);
    acquire(older, account);
    pass(BEYOND_SKEW_NS);
    TransactionLocks younger = elsewhere.locks(0);
    world.after(700_000_000, older::release);

    assertThat(acquire(younger, account)).isEqualTo(State.HELD);

    assertThat(world.nowNs).isBetween(700_000_000L, 850_000_000L);
    assertThat(older.state()).isEqualTo(State.HELD);
  }

  @Test
  void aYoungerOneGivesWayAndKeepsItsAge() {
    TransactionLocks older = elsewhere.locks(0);
    acquire(older, other);
    pass(BEYOND_SKEW_NS);
    TransactionLocks younger = elsewhere(2).locks(0);
    acquire(younger, account);

    assertThat(acquire(older, account)).isEqualTo(State.HELD);

    assertThat(younger.state()).isEqualTo(State.WOUNDED);
    assertThat(younger.commit(List.of(update(elsewhere.read(account), 1)), 0))
        .isInstanceOf(Result.Conflicting.class);
    assertThat(acquire(younger, other)).isEqualTo(State.WOUNDED);
    TransactionLocks again = elsewhere(2).locks(younger.age());
    pass(BEYOND_SKEW_NS);
    TransactionLocks youngest = elsewhere(3).locks(0);
    world.after(100_000_000, older::release);
    assertThat(acquire(youngest, other + 1)).isEqualTo(State.HELD);
    assertThat(acquire(again, account, other + 1)).isEqualTo(State.HELD);
    assertThat(youngest.state()).isEqualTo(State.WOUNDED);
    assertThat(again.age()).isEqualTo(younger.age());
  }

  @Test
  void oneThatCommitsIsNotWounded() {
    TransactionLocks older = elsewhere.locks(0);
    acquire(older, other);
    pass(BEYOND_SKEW_NS);
    ClusterElsewhere theirs = elsewhere(2);
    LockSet younger = new LockSet(world.nodes.get(2).dispatcher, 0);
    boolean[] isHeld = new boolean[1];
    world
        .nodes
        .get(2)
        .execute(() -> younger.acquire(new long[] {account}, s -> isHeld[0] = true, e -> {}));
    pass(100_000_000);
    assertThat(isHeld[0]).isTrue();
    assertThat(younger.beginCommit()).isTrue();

    world.after(500_000_000, younger::release);
    assertThat(acquire(older, account)).isEqualTo(State.HELD);

    assertThat(younger.state()).isEqualTo(State.HELD);
    assertThat(world.nowNs).isGreaterThan(600_000_000L);
    assertThat(theirs.read(account).isValid()).isTrue();
  }

  @Test
  void nobodyWaitsForEverAndWhatWasHeldStaysSo() {
    TransactionLocks older = elsewhere(2).locks(0);
    acquire(older, account);
    pass(BEYOND_SKEW_NS);
    TransactionLocks younger = elsewhere.locks(0);
    acquire(younger, other);
    long beganNs = world.nowNs;

    assertThatThrownBy(() -> acquire(younger, account, other + 1))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("partition 1");

    assertThat(world.nowNs - beganNs).isBetween(AcquireDesk.WAIT_NS, AcquireDesk.WAIT_NS * 2);
    pass(10_000_000);
    assertThat(partition(other).acquired).containsOnlyKeys(other);
    assertThat(younger.commit(List.of(update(elsewhere.read(other), 1)), 0))
        .isInstanceOf(Result.Committed.class);
    older.release();
    pass(10_000_000);
    world.checkQuiet();
  }

  @Test
  void locksEndWithTheirHolder() {
    TransactionLocks dead = elsewhere(2).locks(0);
    acquire(dead, account);
    world.crash(2);
    TransactionLocks locks = elsewhere.locks(0);

    assertThat(acquire(locks, account)).isEqualTo(State.HELD);
  }

  @Test
  void locksEndWithTheSession() {
    TransactionLocks locks = elsewhere.locks(0);
    acquire(locks, account, other);
    world.disconnect(1, 4);
    pass(50_000_000);

    assertThat(locks.state()).isEqualTo(State.LOST);
    assertThat(locks.commit(List.of(update(elsewhere.read(other), 1)), 0))
        .isInstanceOf(Result.LockLost.class);
    world.checkQuiet();
    assertThat(node.counters().get(ClusterCounter.LOCKS_LOST)).isEqualTo(1);
  }

  @Test
  void locksEndWithTheirOwner() {
    TransactionLocks locks = elsewhere.locks(0);
    acquire(locks, account);
    world.migrate(1, 2);
    RemoteCopy copy = elsewhere.read(account);
    pass(200_000_000);

    assertThat(locks.state()).isEqualTo(State.LOST);
    assertThat(locks.commit(List.of(update(copy, 1)), 0)).isInstanceOf(Result.LockLost.class);
  }

  @Test
  void whoWaitsIsServedByTheNextOwner() {
    TransactionLocks older = elsewhere(2).locks(0);
    acquire(older, account);
    pass(BEYOND_SKEW_NS);
    world.after(300_000_000, () -> world.crash(1));
    TransactionLocks younger = elsewhere.locks(0);

    assertThat(acquire(younger, account)).isEqualTo(State.HELD);

    assertThat(partition(account).epoch()).isEqualTo(2);
    assertThat(older.state()).isEqualTo(State.LOST);
  }

  @Test
  void anOwnerThatStaysAwayIsNotWaitedForForEver() {
    world.excludes = false;
    world.crash(1);
    TransactionLocks locks = elsewhere.locks(0);

    assertThatThrownBy(() -> acquire(locks, account, other))
        .isInstanceOf(NotEnoughReplicas.class)
        .hasMessageContaining("partition 1");

    pass(10_000_000);
    assertThat(partition(other).acquired).isEmpty();
    assertThat(acquire(locks, other)).isEqualTo(State.HELD);
  }

  @Test
  void theEndOfMembershipAndOfTheStoreEndTheWait() {
    acquire(elsewhere(2).locks(0), account);
    pass(BEYOND_SKEW_NS);
    TransactionLocks locks = elsewhere.locks(0);
    world.after(
        500_000_000,
        () -> {
          node.self = Peer.STRANGER;
          node.changed();
        });
    assertThat(acquire(locks, account)).isEqualTo(State.LOST);
    assertThatThrownBy(() -> acquire(elsewhere.locks(0), account)).isInstanceOf(NotAMember.class);

    ClusterElsewhere closing = elsewhere(3);
    TransactionLocks third = closing.locks(0);
    world.after(500_000_000, closing::close);
    assertThatThrownBy(() -> acquire(third, account)).isInstanceOf(StoreClosed.class);
  }
}
