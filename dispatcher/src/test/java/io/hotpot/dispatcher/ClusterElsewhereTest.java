package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.ClusterCounters;
import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.MembershipMessage.CreatePartition;
import io.hotpot.replication.Peer;
import io.hotpot.store.CommitId;
import io.hotpot.store.CommitOutcome;
import io.hotpot.store.CommitOutcomeUnknown;
import io.hotpot.store.MisuseException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.NotEnoughReplicas;
import io.hotpot.store.ObjectNotFound;
import io.hotpot.store.StoreClosed;
import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.Elsewhere.Result;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.RemoteCopy;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The application of node 4, which owns nothing, waits for nodes 1 to 3. */
class ClusterElsewhereTest {

  private final World world = new World(1, Bug.NONE, 4, 3, 3);
  private final Bank bank = new Bank(world, 3, 2);
  private final SimNode node = world.nodes.get(4);
  private final ClusterElsewhere elsewhere = elsewhere(node);
  private final long account = bank.accounts.get(0);
  private final long other = bank.accounts.get(3);

  private ClusterElsewhere elsewhere(SimNode of) {
    return new ClusterElsewhere(of, of.sharer, of.dispatcher, new SteppingThreads(world));
  }

  private static Part update(RemoteCopy copy, long balance) {
    return new Part(
        (int) (copy.objectId() >>> 46),
        List.of(new ObjectRead(copy.objectId(), copy.stamp())),
        List.of(
            new ObjectWrite(copy.objectId(), ObjectWrite.Kind.UPDATE, Bank.payload(balance, 1))));
  }

  @Test
  void aCopyIsReadWithoutAMessage() {
    RemoteCopy fetched = elsewhere.read(account);
    long messages = world.messages;

    assertThat(elsewhere.read(account)).isSameAs(fetched);
    assertThat(world.messages).isEqualTo(messages);
    assertThat(fetched.installed()).isEqualTo(elsewhere.installations());
  }

  @Test
  void whatDoesNotExistIsACopyToo() {
    RemoteCopy nothing = elsewhere.read(World.objectId(2, 77));

    assertThat(nothing.stamp()).isZero();
    assertThat(nothing.payload()).isNull();
    assertThat(elsewhere.read(World.objectId(2, 77))).isSameAs(nothing);
  }

  @Test
  void aCommitDropsTheCommittersCopiesAndIsSeenAfterwards() {
    RemoteCopy first = elsewhere.read(account);
    RemoteCopy second = elsewhere.read(other);

    Result result = elsewhere.commit(List.of(update(first, 70), update(second, 130)), 0);

    long stamp = ((Result.Committed) result).stamp();
    assertThat(first.isValid()).isFalse();
    assertThat(second.isValid()).isFalse();
    assertThat(elsewhere.read(account).stamp()).isEqualTo(stamp);
    assertThat(elsewhere.read(account).payload()).isEqualTo(Bank.payload(70, 1));
    assertThat(elsewhere.read(other).payload()).isEqualTo(Bank.payload(130, 1));
  }

  @Test
  void aCommitThatWantsMoreCopiesThanAreInStepWritesNothing() {
    world.inStep.put(2, 1);
    assertThatThrownBy(() -> elsewhere.commit(List.of(update(elsewhere.read(other), 1)), 2))
        .isInstanceOf(NotEnoughReplicas.class)
        .hasMessageContaining("partition 2");
    assertThatThrownBy(
            () ->
                elsewhere.commit(
                    List.of(update(elsewhere.read(account), 1), update(elsewhere.read(other), 1)),
                    2))
        .isInstanceOf(NotEnoughReplicas.class);
    world.runUntil(world.nowNs + 1_000_000_000L);
    assertThat(elsewhere.read(account).payload()).isEqualTo(Bank.payload(Bank.START, 0));
    assertThat(elsewhere.read(other).payload()).isEqualTo(Bank.payload(Bank.START, 0));

    RemoteCopy onlyRead = elsewhere.read(other);
    Part readPart = new Part(2, List.of(new ObjectRead(other, onlyRead.stamp())), List.of());
    assertThat(elsewhere.commit(List.of(update(elsewhere.read(account), 1), readPart), 2))
        .isInstanceOf(Result.Committed.class);
    world.inStep.put(2, 2);
    assertThat(elsewhere.commit(List.of(update(elsewhere.read(other), 1)), 2))
        .isInstanceOf(Result.Committed.class);
  }

  @Test
  void moreCopiesThanTheDatasetHasAreRefusedBeforeAnybodyIsAsked() {
    RemoteCopy first = elsewhere.read(account);
    RemoteCopy second = elsewhere.read(other);
    long messages = world.messages;
    for (List<Part> parts :
        List.of(List.of(update(first, 1)), List.of(update(first, 1), update(second, 1)))) {
      assertThatThrownBy(() -> elsewhere.commit(parts, 3))
          .isInstanceOf(MisuseException.class)
          .hasMessageContaining("wants 3 copies")
          .hasMessageContaining("'accounts' has degree 2");
    }
    assertThat(world.messages).isEqualTo(messages);
    assertThat(first.isValid()).isTrue();
  }

  @Test
  void aCommitOfAnotherNodeInvalidatesTheCopyAndConflicts() {
    RemoteCopy mine = elsewhere.read(account);
    ClusterElsewhere theirs = elsewhere(world.nodes.get(2));

    theirs.commit(List.of(update(theirs.read(account), 50)), 0);

    assertThat(mine.isValid()).isFalse();
    assertThat(elsewhere.commit(List.of(update(mine, 60)), 0))
        .isInstanceOfSatisfying(
            Result.Conflicting.class, c -> assertThat(c.objectId()).isEqualTo(account));
  }

  @Test
  void anOwnersLossIsWaitedForAndTheNewOwnerIsAsked() {
    world.crash(1);

    RemoteCopy copy = elsewhere.read(account);

    assertThat(copy.payload()).isEqualTo(Bank.payload(Bank.START, 0));
    assertThat(world.configuration.partitions().get(1).epoch()).isEqualTo(2);
  }

  @Test
  void anOwnerThatStaysAwayIsNotWaitedForForEver() {
    world.excludes = false;
    world.crash(1);

    assertThatThrownBy(() -> elsewhere.read(account))
        .isInstanceOf(NotEnoughReplicas.class)
        .hasMessageContaining("partition 1");
    assertThat(world.nowNs).isGreaterThanOrEqualTo(ClusterElsewhere.PATIENCE_NS);
  }

  @Test
  void aCommitWhoseAnswerIsLostIsNamedWhenTheApplicationGivesUp() {
    world.excludes = false;
    RemoteCopy copy = elsewhere.read(account);
    long before = world.messages;
    world.beforeMessage =
        number -> {
          if (number == before + 1) {
            world.crash(1);
          }
        };

    assertThatThrownBy(() -> elsewhere.commit(List.of(update(copy, 1)), 0))
        .isInstanceOf(CommitOutcomeUnknown.class)
        .hasMessageContaining("transaction 4.1.262145, recorded in partition 1");
  }

  @Test
  void theOutcomeOfALostAnswerIsFoundLaterByAnyNode() {
    CommitId lost = commitWhoseOwnerCrashes(1);
    assertThatThrownBy(() -> elsewhere.outcome(lost, 50_000_000))
        .isInstanceOfSatisfying(
            CommitOutcomeUnknown.class, e -> assertThat(e.commit()).contains(lost))
        .hasMessageContaining("4.1.262145@1");

    world.excludeCrashed(1);
    CommitOutcome mine = elsewhere.outcome(lost, ClusterElsewhere.PATIENCE_NS);

    assertThat(mine)
        .isEqualTo(new CommitOutcome.Committed(world.served(1).objects.get(account).stamp()));
    assertThat(world.served(1).objects.get(account).payload()).isEqualTo(Bank.payload(77, 1));
    assertThat(elsewhere(world.nodes.get(2)).outcome(lost, ClusterElsewhere.PATIENCE_NS))
        .isEqualTo(mine);
    assertThat(elsewhere.outcome(lost, ClusterElsewhere.PATIENCE_NS)).isEqualTo(mine);
    assertThat(node.dispatcher.underWay()).isZero();
  }

  @Test
  void whoWaitsForAnOutcomeIsToldItThoughTheMembershipEnds() {
    CommitId lost = commitWhoseOwnerCrashes(1);
    List<CommitOutcome> told = new ArrayList<>();
    node.dispatcher.questions().ask(lost, told::add);
    Peer before = node.self;
    node.self = Peer.STRANGER;
    node.changed();
    node.self = before;
    node.changed();
    assertThat(told).isEmpty();

    world.excludeCrashed(1);
    world.runUntil(world.nowNs + 10_000_000_000L);

    assertThat(told)
        .containsExactly(new CommitOutcome.Committed(world.served(1).objects.get(account).stamp()));
    assertThat(node.dispatcher.underWay()).isZero();
  }

  @Test
  void aCommitThatNeverCameIsAborted() {
    CommitId lost = commitWhoseOwnerCrashes(0);
    world.excludeCrashed(1);

    assertThat(elsewhere(world.nodes.get(2)).outcome(lost, ClusterElsewhere.PATIENCE_NS))
        .isEqualTo(new CommitOutcome.Aborted());
    assertThat(world.served(1).objects.get(account).payload())
        .isEqualTo(Bank.payload(Bank.START, 0));
  }

  @Test
  void whatHasNotComeBeforeItIsAskedForNeverHappens() {
    CommitId never = new CommitId(4, 1, 1 << 18 | 1, 1);
    ClusterElsewhere theirs = elsewhere(world.nodes.get(3));

    assertThat(theirs.outcome(never, ClusterElsewhere.PATIENCE_NS))
        .isEqualTo(new CommitOutcome.Aborted());
    assertThat(elsewhere.commit(List.of(update(elsewhere.read(account), 77)), 0))
        .isInstanceOf(Result.Conflicting.class);
    assertThat(elsewhere.read(account).payload()).isEqualTo(Bank.payload(Bank.START, 0));
  }

  @Test
  void anotherPartitionThanItsHomeCannotTellNorAbortIt() {
    TransactionId id = new TransactionId(4, 1, 1 << 18 | 1);
    List<Outcome> told = new ArrayList<>();
    SimNode asking = world.nodes.get(3);
    asking.execute(
        () ->
            asking.dispatcher.drive(
                id,
                new LostAnswer(asking.dispatcher, id, 2, (outcome, stamp) -> told.add(outcome))));
    world.runUntil(world.nowNs + 100_000_000);

    assertThat(told).containsExactly(Outcome.EXPIRED);
    assertThat(world.served(2).outcomes).doesNotContainKey(id);
    assertThat(elsewhere.commit(List.of(update(elsewhere.read(account), 77)), 0))
        .isInstanceOf(Result.Committed.class);
  }

  @Test
  void anOutcomeThatCouldNotBeToldIsKeptForManyCommitsMore() {
    CommitId untold = commitWhoseOwnerCrashes(1);
    world.excludeCrashed(1);
    for (int i = 0; i < 3; i++) {
      elsewhere.commit(List.of(update(elsewhere.read(account), i)), 0);
    }
    CommitId told = new CommitId(4, 1, 2 << 18 | 1, 1);
    assertThat(elsewhere.outcome(untold, ClusterElsewhere.PATIENCE_NS))
        .isInstanceOf(CommitOutcome.Committed.class);

    for (int i = 0; i < TransactionIds.KEPT_FOR; i++) {
      elsewhere.commit(List.of(update(elsewhere.read(account), i)), 0);
    }
    assertThat(elsewhere.outcome(untold, ClusterElsewhere.PATIENCE_NS))
        .isEqualTo(new CommitOutcome.Expired());
    assertThat(elsewhere.outcome(told, ClusterElsewhere.PATIENCE_NS))
        .isEqualTo(new CommitOutcome.Expired());
  }

  /** Node 4 commits in partition 1, whose owner crashes so many messages later. */
  private CommitId commitWhoseOwnerCrashes(int later) {
    world.excludes = false;
    RemoteCopy copy = elsewhere.read(account);
    long before = world.messages;
    world.beforeMessage =
        number -> {
          if (number == before + 1 + later) {
            world.crash(1);
          }
        };
    try {
      elsewhere.commit(List.of(update(copy, 77)), 0);
      throw new AssertionError("it was told");
    } catch (CommitOutcomeUnknown e) {
      return e.commit().orElseThrow();
    } finally {
      world.beforeMessage = number -> {};
    }
  }

  @Test
  void aCommitThatCannotBeSentIsRefusedForCertain() {
    world.excludes = false;
    RemoteCopy copy = elsewhere.read(account);
    world.crash(1);
    world.runUntil(world.nowNs + 100_000_000);

    assertThatThrownBy(() -> elsewhere.commit(List.of(update(copy, 1)), 0))
        .isInstanceOf(NotEnoughReplicas.class);
  }

  @Test
  void anInterruptIsPutOff() {
    Thread.currentThread().interrupt();

    assertThat(elsewhere.read(account).isValid()).isTrue();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void closingEndsTheWait() {
    world.excludes = false;
    world.crash(1);
    world.after(500_000_000, elsewhere::close);

    assertThatThrownBy(() -> elsewhere.read(account)).isInstanceOf(StoreClosed.class);
    assertThatThrownBy(() -> elsewhere.read(World.objectId(2, 1))).isInstanceOf(StoreClosed.class);
  }

  @Test
  void theEndOfMembershipEndsTheWaitAndDropsTheCopies() {
    RemoteCopy copy = elsewhere.read(other);
    world.excludes = false;
    world.crash(1);
    world.after(
        500_000_000,
        () -> {
          node.self = Peer.STRANGER;
          node.changed();
        });

    assertThatThrownBy(() -> elsewhere.read(account)).isInstanceOf(NotAMember.class);
    assertThat(copy.isValid()).isFalse();
  }

  @Test
  void theEndOfMembershipLeavesACommitInDoubt() {
    RemoteCopy copy = elsewhere.read(account);
    long before = world.messages;
    world.beforeMessage =
        number -> {
          if (number == before + 1) {
            node.self = Peer.STRANGER;
            node.changed();
          }
        };

    assertThatThrownBy(() -> elsewhere.commit(List.of(update(copy, 1)), 0))
        .isInstanceOf(CommitOutcomeUnknown.class)
        .hasMessageContaining("lost its membership");
    assertThatThrownBy(() -> elsewhere.commit(List.of(update(copy, 1)), 0))
        .isInstanceOf(NotAMember.class);
  }

  @Test
  void theLeaseOfTheSameIncarnationIsAsked() {
    elsewhere.checkLease(1);

    assertThatThrownBy(() -> elsewhere.checkLease(2)).isInstanceOf(NotAMember.class);
    node.leaseEndNs = world.nowNs;
    assertThatThrownBy(() -> elsewhere.checkLease(1)).isInstanceOf(NotAMember.class);
  }

  @Test
  void anObjectOfAPartitionThatNobodyKnowsDoesNotExist() {
    assertThatThrownBy(() -> elsewhere.read(World.objectId(99, 1)))
        .isInstanceOf(ObjectNotFound.class)
        .hasMessageContaining("no partition 99");
  }

  @Test
  void aDroppedDatasetIsNeitherReadNorWritten() {
    RemoteCopy copy = elsewhere.read(other);
    world.rename("accounts", true);
    world.runUntil(world.nowNs + 100_000_000);

    assertThatThrownBy(() -> elsewhere.read(account)).isInstanceOf(MisuseException.class);
    assertThatThrownBy(() -> elsewhere.commit(List.of(update(copy, 1)), 0))
        .isInstanceOf(MisuseException.class)
        .hasMessageContaining("dropped");
  }

  @Test
  void slotsAreReservedInAdvanceAndComeBack() {
    TreeSet<Long> ids = new TreeSet<>();
    for (int i = 0; i < SlotPools.AT_ONCE + 1; i++) {
      ids.add(elsewhere.reserve(2));
    }
    assertThat(ids).hasSize(SlotPools.AT_ONCE + 1);
    long used = ids.first();
    long unused = ids.last();
    elsewhere.commit(
        List.of(
            new Part(
                2,
                List.of(new ObjectRead(used, 0)),
                List.of(new ObjectWrite(used, ObjectWrite.Kind.INSERT, Bank.payload(1, 1))))),
        0);

    elsewhere.giveBack(new long[] {unused, used});
    world.runUntil(world.nowNs + 100_000_000);

    SimPartition owner = world.served(2);
    assertThat(owner.givenBack).containsExactly(unused);
    world.crash(4);
    world.runUntil(world.nowNs + 10_000_000_000L);
    assertThat(owner.givenBack).doesNotContain(used).hasSize(2 * SlotPools.AT_ONCE - 1);
  }

  @Test
  void thePartitionToAllocateInIsAskedForOnce() {
    world.answers =
        message -> {
          world.create(9, 4);
          return new MembershipMessage.Done(1, 9, world.configuration.version());
        };

    assertThat(elsewhere.partitionToAllocateIn(1)).isEqualTo(9);
    assertThat(elsewhere.partitionToAllocateIn(1)).isEqualTo(9);
    assertThat(world.asked).containsExactly(new CreatePartition(1, 1));
    assertThat(elsewhere.reserve(9) >>> 46).isEqualTo(9);
  }

  @Test
  void withoutRoomHereThePartitionOfAnotherNodeIsUsed() {
    assertThat(elsewhere.partitionToAllocateIn(1)).isEqualTo(1);
    assertThat(world.asked).hasSize(1);
  }

  @Test
  void aPartitionThatCameToAnotherNodeIsNotWaitedFor() {
    world.answers =
        message -> {
          world.create(9, 2);
          return new MembershipMessage.Done(1, 9, world.configuration.version());
        };

    assertThat(elsewhere.partitionToAllocateIn(1)).isEqualTo(1);
  }

  @Test
  void whatItDoesIsCounted() {
    RemoteCopy first = elsewhere.read(account);
    RemoteCopy second = elsewhere.read(other);
    elsewhere.read(World.objectId(2, 77));
    ClusterCounters mine = node.counters();
    assertThat(mine.get(ClusterCounter.FETCHES_SENT)).isEqualTo(3);
    assertThat(mine.get(ClusterCounter.COPIES_INSTALLED)).isEqualTo(3);
    assertThat(mine.get(ClusterCounter.FETCHES_ABSENT)).isEqualTo(1);

    ClusterElsewhere theirs = elsewhere(world.nodes.get(2));
    theirs.commit(List.of(update(theirs.read(account), 50)), 0);
    elsewhere.commit(List.of(update(first, 60)), 0);
    elsewhere.commit(List.of(update(elsewhere.read(account), 70), update(second, 130)), 0);

    assertThat(mine.get(ClusterCounter.COPIES_INVALIDATED)).isEqualTo(1);
    assertThat(mine.get(ClusterCounter.REFUSED_CONFLICT)).isEqualTo(1);
    assertThat(mine.get(ClusterCounter.COMMITS_CONFLICTING)).isEqualTo(1);
    assertThat(mine.get(ClusterCounter.COMMITS_OF_ONE_OWNER)).isZero();
    assertThat(mine.get(ClusterCounter.COMMITS_OF_TWO_OWNERS)).isEqualTo(1);
    assertThat(world.nodes.get(2).counters().get(ClusterCounter.COMMITS_OF_ONE_OWNER)).isEqualTo(1);
    assertThat(world.nodes.get(1).counters().get(ClusterCounter.PARTS_COMMITTED)).isEqualTo(1);
    assertThat(world.nodes.get(1).counters().get(ClusterCounter.PARTS_PREPARED)).isEqualTo(1);
  }
}
