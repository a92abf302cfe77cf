package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.Peer;
import io.hotpot.store.ConflictException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.Elsewhere.Result;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.ReadLocks;
import io.hotpot.store.spi.RemoteCopy;
import io.hotpot.store.spi.TransactionLocks;
import io.hotpot.store.spi.TransactionLocks.State;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Readers of node 4, which owns nothing, acquire objects of nodes 1 to 3 together with others. */
class ReadLocksTest {

  private static final long LIMIT_NS = 1_000_000_000;

  /** Clocks differ: who begins so much later is younger. */
  private static final long BEYOND_SKEW_NS = 50_000_000;

  private final World world = new World(1, Bug.NONE, 4, 3, 3);
  private final Bank bank = new Bank(world, 3, 2);
  private final ClusterElsewhere elsewhere = elsewhere(4);
  private final ClusterElsewhere writer = elsewhere(3);
  private final long account = bank.accounts.get(0);
  private final long other = bank.accounts.get(3);

  private ClusterElsewhere elsewhere(int id) {
    SimNode of = world.nodes.get(id);
    return new ClusterElsewhere(of, of.sharer, of.dispatcher, new SteppingThreads(world));
  }

  private static State acquire(ReadLocks locks, long... objects) {
    return locks.acquire(objects);
  }

  private void pass(long ns) {
    world.runUntil(world.nowNs + ns);
  }

  private Result overwrite(long object) {
    RemoteCopy copy = writer.read(object);
    ObjectRead read = new ObjectRead(object, copy.stamp());
    ObjectWrite write = new ObjectWrite(object, ObjectWrite.Kind.UPDATE, Bank.payload(1, 1));
    return writer.commit(
        List.of(new Part((int) (object >>> 46), List.of(read), List.of(write))), 0);
  }

  @Test
  void nobodyChangesWhatReadersHoldTogether() {
    ReadLocks one = elsewhere.readLocks(0, LIMIT_NS);
    ReadLocks two = elsewhere(2).readLocks(0, LIMIT_NS);
    assertThat(acquire(one, account, other)).isEqualTo(State.HELD);
    assertThat(acquire(two, account)).isEqualTo(State.HELD);
    assertThat(overwrite(account)).isInstanceOf(Result.Conflicting.class);

    one.release();
    pass(50_000_000);
    assertThat(overwrite(account)).isInstanceOf(Result.Conflicting.class);
    assertThat(overwrite(other)).isInstanceOf(Result.Committed.class);
    two.release();
    pass(50_000_000);

    assertThat(overwrite(account)).isInstanceOf(Result.Committed.class);
    pass(100_000_000);
    world.checkQuiet();
  }

  @Test
  void whoReadsItInAnotherPartitionThanItWritesIsNoneInTheWay() {
    ReadLocks locks = elsewhere.readLocks(0, LIMIT_NS);
    assertThat(acquire(locks, account)).isEqualTo(State.HELD);
    RemoteCopy read = writer.read(account);
    RemoteCopy written = writer.read(other);

    Result result =
        writer.commit(
            List.of(
                new Part(1, List.of(new ObjectRead(account, read.stamp())), List.of()),
                new Part(
                    (int) (other >>> 46),
                    List.of(new ObjectRead(other, written.stamp())),
                    List.of(new ObjectWrite(other, ObjectWrite.Kind.UPDATE, Bank.payload(1, 1))))),
            0);

    assertThat(result).isInstanceOf(Result.Committed.class);
    assertThat(elsewhere.read(account).stamp()).isEqualTo(read.stamp());
  }

  @Test
  void whatWasBegunBeforeIsWaitedFor() {
    RemoteCopy before = elsewhere.read(account);
    boolean[] isOver = new boolean[1];
    SimNode node = world.nodes.get(3);
    node.execute(
        () ->
            node.dispatcher.begin(
                new Attempt(
                    List.of(
                        new Part(
                            1,
                            List.of(),
                            List.of(
                                new ObjectWrite(
                                    account, ObjectWrite.Kind.UPDATE, Bank.payload(5, 1))))),
                    0,
                    0,
                    Set.of(),
                    ending -> isOver[0] = ending instanceof Ending.Committed)));
    while (!partition(account).exclusive.containsKey(account)) {
      pass(10_000);
    }

    ReadLocks locks = elsewhere.readLocks(0, LIMIT_NS);
    assertThat(acquire(locks, account)).isEqualTo(State.HELD);

    assertThat(partition(account).objects.get(account).stamp()).isGreaterThan(before.stamp());
    assertThat(elsewhere.read(account).payload()).isEqualTo(Bank.payload(5, 1));
    pass(100_000_000);
    assertThat(isOver[0]).isTrue();
  }

  private SimPartition partition(long object) {
    return world.served((int) (object >>> 46));
  }

  @Test
  void locksEndWhenTheirTimeIsOver() {
    ReadLocks locks = elsewhere.readLocks(0, LIMIT_NS);
    acquire(locks, account);
    pass(LIMIT_NS / 2);
    assertThat(acquire(locks, other)).isEqualTo(State.HELD);
    pass(LIMIT_NS / 2 + 10_000_000);

    assertThat(partition(account).sharedLocks).isEmpty();
    assertThat(partition(other).sharedLocks).isEmpty();
    assertThat(acquire(locks, other + 1)).isEqualTo(State.WOUNDED);
    locks.release();
    world.checkQuiet();
  }

  @Test
  void anOlderWriterThatAcquiresIsNotHeldUp() {
    TransactionLocks older = writer.locks(0);
    older.acquire(new long[] {other});
    pass(BEYOND_SKEW_NS);
    ReadLocks reader = elsewhere.readLocks(0, LIMIT_NS);
    acquire(reader, account);

    assertThat(older.acquire(new long[] {account})).isEqualTo(State.HELD);

    assertThat(acquire(reader, account + 1)).isEqualTo(State.WOUNDED);
    ReadLocks again = elsewhere.readLocks(reader.age(), LIMIT_NS);
    world.after(100_000_000, older::release);
    assertThat(acquire(again, account, other)).isEqualTo(State.HELD);
    assertThat(again.age()).isEqualTo(reader.age());
  }

  @Test
  void aYoungerWriterThatAcquiresGivesWay() {
    ReadLocks reader = elsewhere.readLocks(0, LIMIT_NS);
    acquire(reader, other);
    pass(BEYOND_SKEW_NS);
    TransactionLocks younger = writer.locks(0);
    younger.acquire(new long[] {account});

    assertThat(acquire(reader, account)).isEqualTo(State.HELD);

    assertThat(younger.state()).isEqualTo(State.WOUNDED);
  }

  @Test
  void nobodyWaitsForEver() {
    TransactionLocks older = writer.locks(0);
    older.acquire(new long[] {account});
    pass(BEYOND_SKEW_NS);
    ReadLocks reader = elsewhere.readLocks(0, LIMIT_NS);

    assertThatThrownBy(() -> acquire(reader, account)).isInstanceOf(ConflictException.class);
  }

  @Test
  void locksEndWithTheirOwner() {
    ReadLocks locks = elsewhere.readLocks(0, LIMIT_NS);
    acquire(locks, account);
    RemoteCopy copy = elsewhere.read(account);
    world.crash(1);
    world.excludeCrashed(1);
    pass(300_000_000);

    // The next owner lets a commit in; what was read says so itself, and the locks are gone.
    assertThat(overwrite(account)).isInstanceOf(Result.Committed.class);
    assertThat(copy.isValid()).isFalse();
    assertThat(acquire(locks, other)).isEqualTo(State.LOST);
  }

  @Test
  void locksEndWithTheSession() {
    ReadLocks locks = elsewhere.readLocks(0, LIMIT_NS);
    acquire(locks, account);
    RemoteCopy copy = elsewhere.read(account);
    world.disconnect(1, 4);
    pass(50_000_000);

    assertThat(overwrite(account)).isInstanceOf(Result.Committed.class);
    assertThat(copy.isValid()).isFalse();
    assertThat(acquire(locks, other)).isEqualTo(State.LOST);
    world.checkQuiet();
  }

  @Test
  void locksEndWithTheirHolder() {
    ReadLocks dead = elsewhere(2).readLocks(0, 32 * LIMIT_NS);
    acquire(dead, account);
    world.crash(2);
    pass(6_000_000_000L);

    assertThat(overwrite(account)).isInstanceOf(Result.Committed.class);
  }

  @Test
  void aNodeThatIsNoMemberHasNone() {
    SimNode node = world.nodes.get(4);
    node.self = Peer.STRANGER;
    node.changed();

    assertThatThrownBy(() -> acquire(elsewhere.readLocks(0, LIMIT_NS), account))
        .isInstanceOf(NotAMember.class);
  }
}
