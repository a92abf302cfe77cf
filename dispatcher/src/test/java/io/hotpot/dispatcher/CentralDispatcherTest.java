package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Fabric;
import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.MembershipMessage.Done;
import io.hotpot.replication.MembershipMessage.Join;
import io.hotpot.replication.MembershipMessage.Joined;
import io.hotpot.replication.MembershipMessage.NewConfiguration;
import io.hotpot.replication.MembershipMessage.Refused;
import io.hotpot.replication.MembershipMessage.Renew;
import io.hotpot.replication.MembershipMessage.Setting;
import io.hotpot.replication.Message;
import io.hotpot.replication.OperatorAnswer.Count;
import io.hotpot.replication.OperatorAnswer.CountersAre;
import io.hotpot.replication.OperatorAnswer.LeasesAre;
import io.hotpot.replication.OperatorAnswer.NotDone;
import io.hotpot.replication.OperatorQuestion;
import io.hotpot.replication.OperatorQuestion.AskCounters;
import io.hotpot.replication.OperatorQuestion.AskHoldings;
import io.hotpot.replication.OperatorQuestion.AskLeases;
import io.hotpot.replication.Peer;
import io.hotpot.store.TransactionMode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One dispatcher and the messages of nodes: what it answers, and what it tells unasked. */
class CentralDispatcherTest {

  private static final LeaseTimes TIMES = LeaseTimes.STANDARD;

  private final TestWorld world = new TestWorld(1);
  private final TestNetwork network = new TestNetwork(world, TIMES);
  private final TestWorld.Loop loop = world.loop();
  private CentralDispatcher dispatcher;

  @BeforeEach
  void start() {
    network.calm = true;
    dispatcher =
        new CentralDispatcher(
            TIMES,
            loop,
            network.addDispatcher(loop),
            new LocalMember(loop, new MemoryLog(), Runnable::run),
            () -> 0xC1,
            event -> {});
    dispatcher.start(new Peer(-1, 0));
    pass(TIMES.leaseNs() / 100);
  }

  private void pass(long ns) {
    world.runUntil(world.nowNs() + ns);
  }

  /** A node that has joined, and says what it is told to. */
  private final class Member {
    private final List<Message> heard = new ArrayList<>();
    private Peer peer = Peer.STRANGER;
    private TestNetwork.Session session;

    Member() {
      this(TIMES.leaseNs());
    }

    Member(long leaseNs) {
      session = network.connect(peer, 0, world.loop(), (from, message) -> heard.add(message));
      say(
          new Join(
              0,
              0,
              new Fabric.Address("host", 1),
              1L << 30,
              List.of(
                  new Setting(AgreedSettings.FORMAT_VERSION, "1"),
                  new Setting(AgreedSettings.CHUNK_BYTES, "4194304"),
                  new Setting(AgreedSettings.LEASE_NS, Long.toString(leaseNs))),
              List.of()));
      if (heard(Joined.class) instanceof Joined joined) {
        peer = new Peer(joined.nodeId(), joined.incarnation());
        session = network.connect(peer, 0, world.loop(), (from, message) -> heard.add(message));
        pass(TIMES.leaseNs() / 100);
      }
    }

    void say(MembershipMessage message) {
      session.send(message);
      pass(TIMES.leaseNs() / 100);
    }

    void renew(Integer... unreachable) {
      say(new Renew(1, 0, 1L << 30, List.of(unreachable)));
    }

    <M extends Message> M heard(Class<M> kind) {
      return heard.reversed().stream()
          .filter(kind::isInstance)
          .map(kind::cast)
          .findFirst()
          .orElse(null);
    }
  }

  private Configuration configuration() {
    return dispatcher.state().configuration();
  }

  @Test
  void everyChangeIsToldToAllAtOnce() {
    Member one = new Member();
    Member two = new Member();
    two.say(new MembershipMessage.CreateDataset(5, "d", TransactionMode.MRMW, 2, 0));

    assertThat(two.heard(Done.class)).isEqualTo(new Done(5, 1, configuration().version()));
    assertThat(one.heard(NewConfiguration.class).configuration()).isEqualTo(configuration());
    assertThat(configuration().datasets()).containsOnlyKeys(1);
  }

  @Test
  void aLeaseOfAnotherLengthIsRefusedByName() {
    Member other = new Member(TIMES.leaseNs() + 1);

    assertThat(other.heard(Refused.class).reason()).startsWith(AgreedSettings.LEASE_NS);
    assertThat(configuration().nodes()).isEmpty();
  }

  @Test
  void aBarrierAnswersWhenTheLastOneArrives() {
    Member one = new Member();
    Member two = new Member();
    one.say(new MembershipMessage.ArriveAtBarrier(8, "b", 2));
    assertThat(one.heard(Done.class)).isNull();
    two.say(new MembershipMessage.ArriveAtBarrier(3, "b", 2));

    assertThat(one.heard(Done.class).request()).isEqualTo(8);
    assertThat(two.heard(Done.class).request()).isEqualTo(3);
  }

  @Test
  void whoLeavesABarrierIsToldWhetherItWasLetGo() {
    Member one = new Member();
    Member two = new Member();
    one.say(new MembershipMessage.ArriveAtBarrier(8, "b", 2));
    one.say(new MembershipMessage.LeaveBarrier(9, "b", 8));
    assertThat(one.heard(Done.class)).isEqualTo(new Done(9, 0, configuration().version()));
    two.say(new MembershipMessage.ArriveAtBarrier(3, "b", 2));
    assertThat(two.heard(Done.class)).isNull();
    one.say(new MembershipMessage.ArriveAtBarrier(10, "b", 2));
    assertThat(two.heard(Done.class).request()).isEqualTo(3);
    two.say(new MembershipMessage.LeaveBarrier(4, "b", 3));
    assertThat(two.heard(Done.class)).isEqualTo(new Done(4, 1, configuration().version()));
  }

  @Test
  void aLostCopyIsMadeAnewALeaseAfterTheExclusion() {
    Member one = new Member();
    Member two = new Member();
    Member three = new Member();
    one.say(new MembershipMessage.CreateDataset(1, "d", TransactionMode.MRMW, 2, 0));
    one.say(new MembershipMessage.CreatePartition(2, 1));
    one.say(new MembershipMessage.Serving(1, 1));
    List<Integer> inSync = configuration().partitions().get(1).inSync();
    Member stays = inSync.contains(two.peer.nodeId()) ? three : two;
    for (int i = 0; i < 24; i++) {
      one.renew();
      stays.renew();
      pass(TIMES.renewNs());
    }

    assertThat(inSync).hasSize(2).contains(one.peer.nodeId());
    assertThat(configuration().partitions().get(1).inSync()).containsExactly(one.peer.nodeId());
    assertThat(configuration().partitions().get(1).learners()).containsExactly(stays.peer.nodeId());
  }

  @Test
  void copiesFollowOneAnotherAsSoonAsANodeIsInStep() {
    Member owner = new Member();
    new Member();
    for (int dataset = 1; dataset <= 3; dataset++) {
      owner.say(
          new MembershipMessage.CreateDataset(dataset, "d" + dataset, TransactionMode.MRMW, 2, 1));
      owner.say(new MembershipMessage.CreatePartition(10 + dataset, dataset));
      owner.say(new MembershipMessage.Serving(dataset, 1));
    }
    for (int i = 0; i < 16; i++) {
      owner.renew();
      pass(TIMES.renewNs());
    }
    assertThat(learning()).isEmpty();

    Member empty = new Member();
    for (int i = 0; i < 6; i++) {
      owner.renew();
      empty.renew();
      pass(TIMES.renewNs());
    }
    assertThat(learning()).containsExactly(1, 2);

    PartitionInfo first = configuration().partitions().get(1);
    owner.say(
        new MembershipMessage.ChangeReplicas(
            20,
            1,
            first.epoch(),
            first.revision(),
            List.of(owner.peer.nodeId(), empty.peer.nodeId()),
            List.of()));
    pass(2 * TIMES.tickNs());

    assertThat(learning()).containsExactly(2, 3);
  }

  private List<Integer> learning() {
    return configuration().partitions().values().stream()
        .filter(partition -> !partition.learners().isEmpty())
        .map(PartitionInfo::id)
        .toList();
  }

  @Test
  void aMemberThatRenewsButIsNotReachedIsEvicted() {
    Member one = new Member();
    Member two = new Member();
    one.say(new MembershipMessage.CreateDataset(1, "d", TransactionMode.MRMW, 1, 0));
    two.say(new MembershipMessage.CreatePartition(2, 1));
    for (int i = 0; i < 16; i++) {
      one.renew();
      two.renew(one.peer.nodeId());
      pass(TIMES.renewNs());
    }

    assertThat(configuration().nodes().get(one.peer.nodeId()).status())
        .isEqualTo(Configuration.NodeStatus.EXCLUDED);
    assertThat(configuration().nodes().get(two.peer.nodeId()).status())
        .isEqualTo(Configuration.NodeStatus.MEMBER);
  }

  // ---- operators

  /** Somebody who has no part in the cluster. */
  private final class Operator {
    private final List<Message> heard = new ArrayList<>();
    private final TestNetwork.Session session =
        network.connect(Peer.STRANGER, 0, world.loop(), (from, message) -> heard.add(message));

    Message asks(OperatorQuestion question) {
      session.send(question);
      pass(TIMES.leaseNs() / 100);
      return heard.isEmpty() ? null : heard.removeLast();
    }
  }

  @Test
  void aQuestionIsHandedOnAndItsAnswerBack() {
    Member one = new Member();
    Member two = new Member();
    Operator operator = new Operator();
    Operator other = new Operator();

    assertThat(operator.asks(new AskCounters(7, two.peer.nodeId()))).isNull();
    assertThat(other.asks(new AskCounters(7, two.peer.nodeId()))).isNull();

    List<Message> asked = two.heard.stream().filter(AskCounters.class::isInstance).toList();
    assertThat(asked).hasSize(2);
    assertThat(one.heard).noneMatch(AskCounters.class::isInstance);
    long first = ((AskCounters) asked.get(0)).request();
    long second = ((AskCounters) asked.get(1)).request();
    // Nobody else answers for it, nobody twice.
    one.session.send(new CountersAre(first, List.of(new Count("wrong", 1))));
    two.session.send(new CountersAre(second, List.of(new Count("b", 2))));
    two.session.send(new CountersAre(first, List.of(new Count("a", 1))));
    two.session.send(new CountersAre(first, List.of(new Count("again", 1))));
    pass(TIMES.leaseNs() / 100);

    assertThat(operator.heard).containsExactly(new CountersAre(7, List.of(new Count("a", 1))));
    assertThat(other.heard).containsExactly(new CountersAre(7, List.of(new Count("b", 2))));
  }

  @Test
  void whoIsNoMemberOrAwayOrSilentIsSaid() {
    Member one = new Member();
    Operator operator = new Operator();
    int id = one.peer.nodeId();

    assertThat(operator.asks(new AskCounters(1, 77)))
        .isEqualTo(new NotDone(1, "there is no node 77 in the cluster; it has " + id));
    assertThat(operator.asks(new AskHoldings(2, id))).isNull();
    for (int i = 0; i < 8; i++) {
      one.renew();
      pass(OperatorRelay.PATIENCE_NS / 8);
    }
    assertThat(operator.heard.removeLast())
        .isInstanceOfSatisfying(
            NotDone.class,
            no ->
                assertThat(no)
                    .hasToString("NotDone[request=2, reason=node 1 has not answered within 3 s]"));
    assertThat(operator.asks(new AskHoldings(3, id))).isNull();
    one.session.end();
    pass(TIMES.leaseNs() / 100);
    assertThat(operator.heard.removeLast())
        .isInstanceOfSatisfying(
            NotDone.class, no -> assertThat(no.reason()).contains("went away before"));
    assertThat(operator.asks(new AskHoldings(4, id)))
        .isInstanceOfSatisfying(NotDone.class, no -> assertThat(no.reason()).contains("is away"));
  }

  @Test
  void theDispatcherTellsWhenLeasesWereRenewed() {
    Member one = new Member();
    one.renew();
    Operator operator = new Operator();
    pass(TIMES.leaseNs() / 4);

    assertThat(operator.asks(new AskLeases(9)))
        .isInstanceOfSatisfying(
            LeasesAre.class,
            leases -> {
              assertThat(leases.leaseNs()).isEqualTo(TIMES.leaseNs());
              assertThat(leases.renewals()).hasSize(1);
              assertThat(leases.renewals().getFirst().node()).isEqualTo(one.peer.nodeId());
              assertThat(leases.renewals().getFirst().agoNs())
                  .isBetween(TIMES.leaseNs() / 5, TIMES.leaseNs() / 2);
            });
  }
}
