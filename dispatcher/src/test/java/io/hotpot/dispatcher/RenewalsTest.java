package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.MembershipMessage.Renew;
import io.hotpot.replication.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long a renewal waits for the confirmation of leadership, and how many of them there are. */
class RenewalsTest {

  private static final LeaseTimes TIMES = LeaseTimes.STANDARD;

  /** More than half of what a node can wait for, which renews every L/4. */
  private static final long SLOW_NS = TIMES.leaseNs() / 2;

  private final TestWorld world = new TestWorld(1);
  private final TestRaft raft = new TestRaft(world, TIMES, state -> {});
  private final TestRaft.Member member = raft.add(world.loop());
  private final Renewals renewals = new Renewals(member, TIMES, world::nowNs, this::confirmed);

  /** When the renewal of each node was confirmed. */
  private final Map<Integer, Long> confirmedNs = new TreeMap<>();

  private final List<Long> receivedNs = new ArrayList<>();

  @BeforeEach
  void lead() {
    raft.calm = true;
    member.start(
        new Consensus.Listener() {
          @Override
          public void applied(ClusterState before, ClusterState after) {}

          @Override
          public void leading(long term) {}

          @Override
          public void following(int leader) {}
        });
    raft.elect(member);
    pass(TIMES.leaseNs());
    raft.confirmationNs = SLOW_NS;
    tick();
  }

  private void tick() {
    renewals.goOn();
    world.at(world.nowNs() + TIMES.tickNs(), this::tick);
  }

  private void pass(long ns) {
    world.runUntil(world.nowNs() + ns);
  }

  private void receive(int node) {
    receivedNs.add(world.nowNs());
    renewals.received(
        new Renewals.Request(
            new Peer(node, node), 1, world.nowNs(), new Renew(1, 0, 0, List.of())));
  }

  private void confirmed(Renewals.Request request) {
    confirmedNs.put(request.peer().nodeId(), world.nowNs());
  }

  @Test
  void aRenewalWaitsForOneSlowConfirmationNotForTwo() {
    receive(1);
    pass(1);
    receive(2);
    pass(2 * TIMES.leaseNs());

    assertThat(confirmedNs).containsOnlyKeys(1, 2);
    long waitedNs = confirmedNs.get(2) - receivedNs.getLast();
    assertThat(waitedNs)
        .isGreaterThan(SLOW_NS)
        .isLessThan(SLOW_NS + TIMES.slowNs() + 2 * TIMES.tickNs());
  }

  @Test
  void renewalsThatArriveMeanwhileShareTheNext() {
    long before = raft.confirmations;
    for (int node = 1; node <= 50; node++) {
      receive(node);
      pass(TIMES.slowNs() / 100);
    }
    pass(2 * TIMES.leaseNs());

    assertThat(confirmedNs).hasSize(50);
    assertThat(raft.confirmations - before).isEqualTo(2);
  }

  @Test
  void noMoreAreUnderWayThanCanStillSaveALease() {
    raft.confirmationNs = 10 * TIMES.leaseNs();
    long before = raft.confirmations;
    for (int i = 0; i < 500; i++) {
      receive(1);
      pass(TIMES.leaseNs() / 100);
    }

    assertThat(confirmedNs).isEmpty();
    assertThat(raft.confirmations - before).isEqualTo(Renewals.MOST_UNDER_WAY);
    pass(21 * TIMES.leaseNs());
    assertThat(confirmedNs).containsOnlyKeys(1);
  }
}
