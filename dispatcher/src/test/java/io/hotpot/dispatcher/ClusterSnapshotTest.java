package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.Peer;
import io.hotpot.store.NotAMember;
import io.hotpot.store.NotEnoughReplicas;
import io.hotpot.store.SnapshotTooOld;
import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.Elsewhere.Result;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.RemoteCopy;
import io.hotpot.store.spi.SnapshotView;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Snapshots over partitions of several owners (PROTOCOL 14). */
class ClusterSnapshotTest {

  private static final int RUNS = Integer.getInteger("hotpot.transfer.runs", 20);
  private static final long FIRST_SEED = Long.getLong("hotpot.seed", 1);

  private World world;
  private Bank bank;
  private long account;
  private long other;

  /** Three owners, and node 4, which owns nothing. */
  private ClusterElsewhere open(long seed) {
    world = new World(seed, Bug.NONE, 4, 3, 3);
    bank = new Bank(world, 3, 2);
    account = bank.accounts.get(0);
    other = bank.accounts.get(3);
    return elsewhere(4);
  }

  private ClusterElsewhere elsewhere(int node) {
    SimNode of = world.nodes.get(node);
    return new ClusterElsewhere(of, of.sharer, of.dispatcher, new SteppingThreads(world));
  }

  private static Part update(RemoteCopy copy, long balance) {
    return new Part(
        (int) (copy.objectId() >>> 46),
        List.of(new ObjectRead(copy.objectId(), copy.stamp())),
        List.of(
            new ObjectWrite(copy.objectId(), ObjectWrite.Kind.UPDATE, Bank.payload(balance, 1))));
  }

  private void move(ClusterElsewhere by, long amount) {
    RemoteCopy from = by.read(account);
    RemoteCopy to = by.read(other);
    assertThat(
            by.commit(
                List.of(
                    update(from, balance(from.payload()) - amount),
                    update(to, balance(to.payload()) + amount)),
                0))
        .isInstanceOf(Result.Committed.class);
  }

  private static long balance(byte[] payload) {
    return ByteBuffer.wrap(payload).getLong(0);
  }

  private static long balance(SnapshotView view, long id) {
    return balance(view.find(id).payload());
  }

  @Test
  void holdsWhatWasAcknowledgedAndNothingThatIsCommittedLater() {
    ClusterElsewhere elsewhere = open(1);
    move(elsewhere, 30);
    SnapshotView view = elsewhere.openSnapshot();
    move(elsewhere, 5);

    assertThat(balance(view, account)).isEqualTo(Bank.START - 30);
    assertThat(balance(view, other)).isEqualTo(Bank.START + 30);
    assertThat(view.find(World.objectId(2, 77))).isNull();
    assertThat(balance(elsewhere.openSnapshot(), account)).isEqualTo(Bank.START - 35);
  }

  /** SnapshotCut: every snapshot sums to the total while transfers run and things are lost. */
  @Test
  void everySnapshotIsACutWhateverIsLost() {
    int audits = 0;
    int done = 0;
    for (long seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
      try {
        World at = new World(seed, Bug.NONE, 4, 5, 3);
        Bank bankOfRun = new Bank(at, 5, 3);
        SnapshotAuditor auditor = new SnapshotAuditor(at, bankOfRun);
        at.whenJoined = node -> begin(bankOfRun, auditor, node);
        at.nodes.values().forEach(at.whenJoined);
        CommitDispatcherTest.trouble(at);
        at.runUntil(12_000_000_000L);
        bankOfRun.isClosing = true;
        at.runUntil(40_000_000_000L);
        at.checkQuiet();
        bankOfRun.check();
        audits += auditor.audits;
        done += bankOfRun.done;
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
    assertThat(audits).as("snapshots that were read whole").isGreaterThan(20 * RUNS);
    assertThat(done).as("transfers").isGreaterThan(100 * RUNS);
  }

  private static void begin(Bank bank, SnapshotAuditor auditor, SimNode node) {
    bank.pause(node, () -> bank.client(node));
    bank.pause(node, () -> bank.client(node));
    bank.pause(node, () -> auditor.begin(node));
  }

  /** SnapshotCut: no writer is aborted or held by a snapshot. */
  @Test
  void noWriterConflictsWithASnapshot() {
    ClusterElsewhere elsewhere = open(2);
    world.hasSlowReplicas = false;
    ClusterElsewhere owner = elsewhere(1);
    for (int i = 0; i < 20; i++) {
      SnapshotView view = owner.openSnapshot();
      move(elsewhere, 1);
      assertThat(balance(view, account)).isEqualTo(Bank.START - i);
      assertThat(balance(view, other)).isEqualTo(Bank.START + i);
    }
    assertThat(world.served(1).snapshots.pinned).hasSize(20);
  }

  /** SnapshotOfPrepared: what is prepared at or below the stamp is waited for. */
  @Test
  void waitsForTheOutcomeOfWhatIsPrepared() {
    ClusterElsewhere elsewhere = open(3);
    RemoteCopy from = elsewhere.read(account);
    RemoteCopy to = elsewhere.read(other);
    SimNode coordinator = world.nodes.get(4);
    boolean[] isDone = new boolean[1];
    coordinator.dispatcher.begin(
        new Attempt(
            List.of(update(from, 70), update(to, 130)),
            0,
            ending -> isDone[0] = ending instanceof Ending.Committed));
    while (world.served(1).prepared.isEmpty() || world.served(2).prepared.isEmpty()) {
      assertThat(world.step()).isTrue();
    }
    assertThat(isDone[0]).isFalse();

    SnapshotView view = elsewhere(3).openSnapshot();

    assertThat(balance(view, account) + balance(view, other)).isEqualTo(2 * Bank.START);
    assertThat(balance(view, account)).isEqualTo(70);
    assertThat(world.served(1).prepared).isEmpty();
  }

  /** FloorAfterFailover: stamps after a promotion stay above the bound, and so above the stamp. */
  @Test
  void aNewOwnerStampsAboveTheSnapshotsOfTheOldOne() {
    ClusterElsewhere elsewhere = open(4);
    move(elsewhere, 1);
    SnapshotView view = elsewhere.openSnapshot();
    long before = balance(view, account);
    world.crash(1);

    RemoteCopy copy = elsewhere.read(account);
    Result result = elsewhere.commit(List.of(update(copy, 1)), 0);

    assertThat(world.configuration.partitions().get(1).epoch()).isEqualTo(2);
    assertThat(((Result.Committed) result).stamp()).isGreaterThan(view.stamp());
    assertThat(balance(view, account)).isEqualTo(before);
  }

  @Test
  void closingEndsThePinsEverywhere() {
    ClusterElsewhere elsewhere = open(5);
    SnapshotView view = elsewhere.openSnapshot();
    assertThat(pins()).hasSize(1);

    view.close();
    world.runUntil(world.nowNs + 100_000_000);

    assertThat(pins()).isEmpty();
  }

  @Test
  void whatIsClosedWhileThereIsNoSessionIsToldInTheNextOne() {
    ClusterElsewhere elsewhere = open(6);
    SnapshotView closed = elsewhere.openSnapshot();
    SnapshotView kept = elsewhere.openSnapshot();
    world.disconnect(4, 1);
    world.disconnect(4, 2);
    closed.close();
    world.runUntil(world.nowNs + 5_000_000_000L);

    assertThat(pins()).hasSize(1);
    assertThat(balance(kept, account)).isEqualTo(Bank.START);
  }

  private TreeSet<Object> pins() {
    TreeSet<Object> all = new TreeSet<>();
    for (int partition = 1; partition <= 3; partition++) {
      all.addAll(world.served(partition).snapshots.pinned);
    }
    return all;
  }

  @Test
  void endsWithTheIncarnationThatOpenedIt() {
    ClusterElsewhere elsewhere = open(7);
    SnapshotView view = elsewhere.openSnapshot();
    SimNode node = world.nodes.get(4);
    node.self = new Peer(4, 2);
    node.changed();

    assertThatThrownBy(() -> view.find(account)).isInstanceOf(SnapshotTooOld.class);
  }

  @Test
  void isNotOpenedByAStranger() {
    ClusterElsewhere elsewhere = open(8);
    world.nodes.get(4).self = Peer.STRANGER;

    assertThatThrownBy(elsewhere::openSnapshot).isInstanceOf(NotAMember.class);
  }

  @Test
  void anOwnerThatStaysAwayIsNotWaitedForForEver() {
    ClusterElsewhere elsewhere = open(9);
    world.excludes = false;
    world.crash(1);

    assertThatThrownBy(elsewhere::openSnapshot).isInstanceOf(NotEnoughReplicas.class);
    assertThat(world.nowNs).isGreaterThanOrEqualTo(ClusterElsewhere.PATIENCE_NS);
    world.runUntil(world.nowNs + 100_000_000);
    assertThat(world.served(2).snapshots.pinned).isEmpty();
  }

  @Test
  void anOwnerWhoseLeaseIsOverAnswersNothing() {
    ClusterElsewhere elsewhere = open(10);
    SnapshotView view = elsewhere.openSnapshot();
    world.excludes = false;
    world.nodes.get(1).leaseEndNs = world.nowNs;

    assertThatThrownBy(() -> view.find(account)).isInstanceOf(NotEnoughReplicas.class);
    assertThat(balance(view, other)).isEqualTo(Bank.START);
  }
}
