package io.hotpot.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.store.ClusterMember;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.CommitId;
import io.hotpot.store.CommitOutcome;
import io.hotpot.store.CommitOutcomeUnknown;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.MembershipEvent;
import io.hotpot.store.MisuseException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.NotEnoughReplicas;
import io.hotpot.store.Ref;
import io.hotpot.store.Snapshot;
import io.hotpot.store.StoreClosed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes and a dispatcher in one process, over TCP on loopback. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TcpClusterTest {

  /** A value that nodes share. */
  public record Account(String owner, long balance) {}

  @TempDir Path directory;
  private DispatcherServer dispatcher;
  private final List<Hotpot> nodes = new ArrayList<>();

  @BeforeEach
  void startDispatcher() {
    dispatcher =
        DispatcherServer.start(
            DispatcherServer.Settings.alone("127.0.0.1", 0, directory.resolve("cd"), security()),
            event -> {});
  }

  @AfterEach
  void stop() {
    nodes.forEach(Hotpot::close);
    dispatcher.close();
  }

  /** How members prove who they are. */
  ClusterSecurity security() {
    return new ClusterSecurity.Plain(false);
  }

  /** Where a node is, and by what it speaks. */
  ClusterOptions place(ClusterOptions options) {
    return options;
  }

  private Hotpot node(int number) {
    HotpotOptions store =
        HotpotOptions.defaults()
            .withHeap(HotpotOptions.HeapKind.MAPPED)
            .withMaxBytes(256L << 20)
            .withDurability(Durability.PROCESS);
    Hotpot node =
        Hotpot.join(
            dispatcher.uri(),
            place(ClusterOptions.withHeap(directory.resolve("node" + number)).withStore(store)));
    nodes.add(node);
    return node;
  }

  @Test
  void aSnapshotIsOfAllNodes() {
    Hotpot one = node(1);
    Hotpot two = node(2);
    Dataset bank = one.dataset("bank", DatasetOptions.defaults().withDegree(2));
    Dataset there = two.dataset("bank");
    Ref<Account> alice = bank.transact(tx -> tx.allocate(new Account("alice", 100)));
    Ref<Account> bob = there.transact(tx -> tx.allocate(new Account("bob", 0)));
    bank.run(tx -> tx.root("alice", alice));

    try (Snapshot before = two.snapshot()) {
      one.run(
          tx -> {
            tx.update(alice, a -> new Account(a.owner(), a.balance() - 40));
            tx.update(bob, b -> new Account(b.owner(), b.balance() + 40));
          });
      one.run(tx -> tx.delete(alice));
      Ref<Account> later = bank.transact(tx -> tx.allocate(new Account("carol", 1)));

      assertThat(before.get(alice).balance()).isEqualTo(100);
      assertThat(before.get(bob).balance()).isZero();
      assertThat(before.find(later)).isEmpty();
      assertThat(before.roots(there)).containsOnlyKeys("alice");
      try (Snapshot after = one.snapshot()) {
        assertThat(after.stamp()).isGreaterThan(before.stamp());
        assertThat(after.find(alice)).isEmpty();
        assertThat(after.get(bob).balance()).isEqualTo(40);
        assertThat(after.get(later).balance()).isEqualTo(1);
      }
    }
  }

  @Test
  void aSnapshotThatIsClosedOrWhoseStoreIsSaysSo() {
    Hotpot one = node(1);
    Dataset bank = one.dataset("bank", DatasetOptions.defaults().withDegree(1));
    Ref<Account> alice = bank.transact(tx -> tx.allocate(new Account("alice", 100)));
    Snapshot closed = one.snapshot();
    closed.close();
    closed.close();
    assertThatThrownBy(() -> closed.get(alice)).isInstanceOf(MisuseException.class);

    Snapshot open = one.snapshot();
    one.close();
    assertThatThrownBy(() -> open.get(alice)).isInstanceOf(StoreClosed.class);
    assertThatThrownBy(one::snapshot).isInstanceOf(StoreClosed.class);
    open.close();
  }

  /** The ids are those that the commits have: a committer counts its own from 1. */
  @Test
  void theOutcomeOfACommitIsToldByAnyNodeAndAfterARestart() {
    Hotpot one = node(1);
    Hotpot two = node(2);
    Hotpot three = node(3);
    Dataset bank = one.dataset("bank", DatasetOptions.defaults().withDegree(2));
    Ref<Account> alice = bank.transact(tx -> tx.allocate(new Account("alice", 100)));
    ClusterMember committer = two.member().orElseThrow();
    Dataset there = two.dataset("bank");

    there.run(tx -> tx.put(alice, new Account("alice", 1)));
    assertThat(three.outcome(commit(committer, 1)))
        .isInstanceOf(CommitOutcome.Committed.class)
        .isEqualTo(one.outcome(commit(committer, 1)))
        .isEqualTo(two.outcome(commit(committer, 1)));
    assertThat(three.outcome(commit(committer, 2))).isEqualTo(new CommitOutcome.Aborted());
    there.run(tx -> tx.put(alice, new Account("alice", 3)));
    assertThat(three.outcome(commit(committer, 1))).isEqualTo(new CommitOutcome.Expired());
    assertThat(three.outcome(commit(committer, 3))).isInstanceOf(CommitOutcome.Committed.class);

    two.close();
    Hotpot again = node(2);
    assertThat(again.member().orElseThrow().incarnation()).isGreaterThan(committer.incarnation());
    assertThat(again.outcome(commit(committer, 3))).isInstanceOf(CommitOutcome.Committed.class);
    assertThat(again.outcome(commit(committer, 1))).isEqualTo(new CommitOutcome.Expired());
    assertThat(again.outcome(commit(committer, 9))).isEqualTo(new CommitOutcome.Aborted());
    assertThatThrownBy(() -> again.outcome(new CommitId(9, 9, 99, 99), Duration.ofMillis(200)))
        .isInstanceOf(CommitOutcomeUnknown.class)
        .hasMessageContaining("9.9.99@99");
  }

  @Test
  void aCommitMayWantMoreCopiesThanTheMinimum() throws InterruptedException {
    Hotpot one = node(1);
    Hotpot two = node(2);
    Hotpot three = node(3);
    Dataset bank = one.dataset("bank", DatasetOptions.defaults().withDegree(3));
    Ref<Account> alice = bank.transact(tx -> tx.allocate(new Account("alice", 0)));
    Ref<Account> bob = two.dataset("bank").transact(tx -> tx.allocate(new Account("bob", 0)));

    assertThatThrownBy(() -> set(two, 4, 1, alice))
        .isInstanceOf(MisuseException.class)
        .hasMessageContaining("'bank' has degree 3");
    setWhenInStep(two, 3, 1, alice);
    setWhenInStep(one, 3, 2, alice, bob);

    three.close();
    // Until the dispatcher has taken it out of the sets, commits wait for it or are on it.
    boolean isRefused = false;
    for (int i = 0; i < 1000 && !isRefused; i++) {
      try {
        set(two, 3, 2, alice);
      } catch (NotEnoughReplicas e) {
        isRefused = true;
      }
    }
    assertThat(isRefused).isTrue();
    assertThatThrownBy(() -> set(two, 3, 3, alice)).isInstanceOf(NotEnoughReplicas.class);
    assertThatThrownBy(() -> set(two, 3, 3, alice, bob)).isInstanceOf(NotEnoughReplicas.class);
    assertThat(bank.<Account>read(tx -> tx.get(alice)).balance()).isEqualTo(2);
    assertThat(bank.<Account>read(tx -> tx.get(bob)).balance()).isEqualTo(2);
    setWhenInStep(two, 2, 4, alice, bob);
    assertThat(bank.<Account>read(tx -> tx.get(alice)).balance()).isEqualTo(4);
  }

  /** On a slow machine a node may be late with its lease, and is in step again soon. */
  @SafeVarargs
  private static void setWhenInStep(
      Hotpot node, int copies, long balance, Ref<Account>... accounts) {
    boolean isDone = false;
    while (!isDone) {
      try {
        set(node, copies, balance, accounts);
        isDone = true;
      } catch (NotEnoughReplicas | NotAMember e) {
        Thread.yield();
      }
    }
  }

  @SafeVarargs
  private static void set(Hotpot node, int copies, long balance, Ref<Account>... accounts) {
    node.run(
        tx -> {
          tx.wantCopies(copies);
          for (Ref<Account> account : accounts) {
            tx.update(account, a -> new Account(a.owner(), balance));
          }
        });
  }

  @Test
  void threadsOfSeveralNodesMeetAtABarrier() throws Exception {
    Hotpot one = node(1);
    Hotpot two = node(2);
    assertThat(one.barrier("b", 2, Duration.ofMillis(50))).isFalse();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> one.barrier("b", 2)).isInstanceOf(InterruptedException.class);

    FutureTask<Boolean> first = arrive(one, 3);
    FutureTask<Boolean> second = arrive(one, 3);
    // Until one of them has arrived, this one only waits a little for others; or is there first.
    String refusal = "";
    while (refusal.isEmpty()) {
      first = first.isDone() ? arrive(one, 3) : first;
      second = second.isDone() ? arrive(one, 3) : second;
      try {
        two.barrier("b", 4, Duration.ofMillis(50));
      } catch (MisuseException e) {
        refusal = e.getMessage();
      }
    }
    assertThat(refusal).contains("barrier b waits for 3, not 4");
    second = second.isDone() ? arrive(one, 3) : second;
    assertThat(first.isDone()).isFalse();
    two.barrier("b", 3);
    assertThat(first.get()).isTrue();
    assertThat(second.get()).isTrue();

    FutureTask<Boolean> leaves = arrive(two, 2);
    two.close();
    assertThatThrownBy(leaves::get).hasCauseInstanceOf(StoreClosed.class);
    Hotpot again = node(2);
    FutureTask<Boolean> third = arrive(one, 2);
    assertThat(again.barrier("b", 2, Duration.ofMinutes(1))).isTrue();
    assertThat(third.get()).isTrue();
  }

  private static FutureTask<Boolean> arrive(Hotpot node, int parties) {
    FutureTask<Boolean> task =
        new FutureTask<>(() -> node.barrier("b", parties, Duration.ofMinutes(1)));
    Thread.ofVirtual().start(task);
    return task;
  }

  @Test
  void aListenerIsToldOfMembersAndOwners() throws InterruptedException {
    Hotpot one = node(1);
    BlockingQueue<MembershipEvent> told = new LinkedBlockingQueue<>();
    one.addMembershipListener(told::add);
    ClusterMember self = one.member().orElseThrow();
    assertThat(told.take()).isEqualTo(new MembershipEvent.Joined(self));
    assertThat(told.take()).isEqualTo(new MembershipEvent.LeaseHeld(self));

    Hotpot two = node(2);
    // A node with a new heap joins twice: once to be given a number.
    ClusterMember other = two.member().orElseThrow();
    await(told, new MembershipEvent.Joined(other));
    Dataset bank = two.dataset("bank", DatasetOptions.defaults().withDegree(2));
    Ref<Account> alice = bank.transact(tx -> tx.allocate(new Account("alice", 0)));
    await(told, new MembershipEvent.OwnerChanged(1, "bank", 1, other.nodeId()));
    two.close();
    await(told, new MembershipEvent.Left(other));
    await(told, new MembershipEvent.OwnerChanged(1, "bank", 2, self.nodeId()));
    assertThat(one.<Account>read(tx -> tx.get(alice)).balance()).isZero();
  }

  private static void await(BlockingQueue<MembershipEvent> told, MembershipEvent event)
      throws InterruptedException {
    while (!told.take().equals(event)) {
      // Something else has happened before.
    }
  }

  /** In partition 1. */
  private static CommitId commit(ClusterMember committer, long number) {
    return new CommitId(committer.nodeId(), committer.incarnation(), number << 18 | 1, 1);
  }

  @Test
  void whatRotsInOneFileComesBackFromAnotherNode() throws Exception {
    Hotpot one = node(1);
    Hotpot two = node(2);
    Dataset bank = one.dataset("bank", DatasetOptions.defaults().withDegree(2));
    String name = "an owner whose name occurs in no other place";
    Ref<Account> ref = bank.transact(tx -> tx.allocate(new Account(name, 100)));
    bank.run(tx -> tx.root("it", ref));

    int rotten = HeapFiles.rot(directory.resolve("node1"), name);

    assertThat(rotten).isPositive();
    for (Hotpot reader : List.of(two, node(3))) {
      // One reads in a copy of its own that is sound, the other one asks the owner.
      assertThat(reader.dataset("bank").<Account>read(tx -> tx.get(ref)))
          .isEqualTo(new Account(name, 100));
    }
    assertThat(one.counters()).containsEntry("healedDamages", 1L);
    assertThat(one.check()).isEmpty();

    assertThat(HeapFiles.rot(directory.resolve("node2"), name)).isPositive();
    assertThat(two.check()).isEmpty();
    assertThat(two.counters()).containsEntry("healedDamages", 1L);
  }

  @Test
  void whatOneNodeCommitsTheOthersRead() {
    Hotpot one = node(1);
    Hotpot two = node(2);
    Hotpot three = node(3);
    Dataset bank = one.dataset("bank", DatasetOptions.defaults().withDegree(3));
    Ref<Account> alice = bank.transact(tx -> tx.allocate(new Account("alice", 100)));
    bank.run(tx -> tx.root("alice", alice));

    Dataset there = two.dataset("bank");
    Ref<Account> found = there.read(tx -> tx.<Account>root("alice").orElseThrow());
    assertThat(found).isEqualTo(alice);
    assertThat(there.<Account>read(tx -> tx.get(found)).balance()).isEqualTo(100);

    there.run(tx -> tx.update(found, a -> new Account(a.owner(), a.balance() - 30)));
    assertThat(bank.<Account>read(tx -> tx.get(alice)).balance()).isEqualTo(70);
    assertThat(three.dataset("bank").<Account>read(tx -> tx.get(alice)).balance()).isEqualTo(70);

    Ref<Account> bob = there.transact(tx -> tx.allocate(new Account("bob", 0)));
    three
        .dataset("bank")
        .run(
            tx -> {
              tx.update(alice, a -> new Account(a.owner(), a.balance() - 20));
              tx.update(bob, b -> new Account(b.owner(), b.balance() + 20));
            });
    assertThat(bank.<Account>read(tx -> tx.get(alice)).balance()).isEqualTo(50);
    assertThat(bank.<Account>read(tx -> tx.get(bob)).balance()).isEqualTo(20);
    bank.run(tx -> tx.delete(bob));
    boolean isGone = three.dataset("bank").read(tx -> tx.find(bob).isEmpty());
    assertThat(isGone).isTrue();
  }
}
