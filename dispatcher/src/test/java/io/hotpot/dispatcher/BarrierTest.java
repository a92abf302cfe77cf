package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.MembershipMessage.ArriveAtBarrier;
import io.hotpot.replication.MembershipMessage.Done;
import io.hotpot.replication.MembershipMessage.LeaveBarrier;
import io.hotpot.replication.Peer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Nobody passes a barrier alone: three nodes meet again and again, some give up and come back,
 * while sessions break and the dispatcher has other leaders.
 */
class BarrierTest {

  private static final LeaseTimes TIMES = LeaseTimes.STANDARD;
  private static final int RUNS = Integer.getInteger("barrierRuns", 500);

  private long passed;
  private long withdrawn;
  private long tooLate;

  @Test
  void nobodyPassesAlone() {
    for (long seed = 1; seed <= RUNS; seed++) {
      new Run(seed).go();
    }
    System.out.println(
        "passed " + passed + ", withdrawn " + withdrawn + ", withdrawn too late " + tooLate);
    assertThat(passed).isGreaterThan(30L * RUNS);
    assertThat(withdrawn).isGreaterThan(RUNS);
    assertThat(tooLate).isPositive();
  }

  private final class Run {
    private final long seed;
    private final TestWorld world;
    private final TestNetwork network;
    private final TestRaft raft;
    private final List<Visitor> visitors = new ArrayList<>();

    Run(long seed) {
      this.seed = seed;
      world = new TestWorld(seed);
      network = new TestNetwork(world, TIMES);
      raft = new TestRaft(world, TIMES, ClusterState::checkInvariants);
      for (int i = 1; i <= 3; i++) {
        TestWorld.Loop loop = world.loop();
        TestNetwork.DispatcherEnd fabric = network.addDispatcher(loop);
        new CentralDispatcher(
                TIMES, loop, fabric, raft.add(loop), () -> 7, event -> {}, new LeaseKeeper(TIMES))
            .start(new Peer(-i, 0));
      }
      raft.elect(raft.members.getFirst());
      for (int i = 0; i < 3; i++) {
        visitors.add(new Visitor());
      }
    }

    void go() {
      world.runUntil(world.nowNs() + 5 * TIMES.leaseNs());
      for (int i = 0; i < 30; i++) {
        world.runUntil(world.nowNs() + world.between(0, TIMES.leaseNs() / 2));
        switch (world.random.nextInt(4)) {
          case 0 -> raft.elect(raft.members.get(world.random.nextInt(3)));
          case 1 -> visitors.get(world.random.nextInt(3)).node.breakSession();
          default -> {}
        }
      }
      network.calm = true;
      raft.calm = true;
      world.runUntil(world.nowNs() + 10 * TIMES.leaseNs());
      long before = passed;
      world.runUntil(world.nowNs() + 10 * TIMES.leaseNs());
      boolean areAllIn = visitors.stream().noneMatch(each -> each.isOut);
      if (areAllIn) {
        assertThat(passed).as("seed %d: they go on meeting", seed).isGreaterThan(before);
      }
    }

    /** A node with one thread that meets the others. */
    private final class Visitor implements LeasedNode.Talk {
      final LeasedNode node = new LeasedNode(world, network, TIMES);
      private final TestWorld.Loop loop = world.loop();
      private TestNetwork.Session session;
      private Peer self;
      private MembershipMessage open;
      private long lastRequest;
      private long arrival;
      private long rounds;

      /** Its membership has ended while it waited: what it passed is not known. */
      boolean isOut;

      Visitor() {
        node.talk = this;
        node.start();
      }

      @Override
      public void began(Peer peer, TestNetwork.Session now) {
        session = now;
        if (self == null) {
          self = peer;
          arrive();
        } else if (!self.equals(peer)) {
          isOut = true;
        } else if (open != null) {
          session.send(open);
        }
      }

      private void arrive() {
        if (isOut) {
          return;
        }
        arrival = ++lastRequest;
        say(new ArriveAtBarrier(arrival, "b", 3));
        if (world.random.nextInt(3) == 0) {
          long given = arrival;
          loop.after(
              world.between(0, TIMES.leaseNs() / 4),
              () -> {
                if (arrival == given && open instanceof ArriveAtBarrier) {
                  say(new LeaveBarrier(++lastRequest, "b", given));
                }
              });
        }
      }

      private void say(MembershipMessage message) {
        open = message;
        session.send(message);
      }

      @Override
      public void heard(Done done) {
        boolean isAnswer =
            switch (open) {
              case ArriveAtBarrier arrive -> arrive.request() == done.request();
              case LeaveBarrier leave -> leave.request() == done.request();
              case null, default -> false;
            };
        if (!isAnswer || isOut) {
          return;
        }
        if (open instanceof ArriveAtBarrier || done.id() == 1) {
          tooLate += open instanceof LeaveBarrier ? 1 : 0;
          rounds++;
          passed++;
          for (Visitor other : visitors) {
            if (!other.isOut && other.rounds < rounds - 1) {
              throw new AssertionError(
                  "seed %d: %s has passed %d times, %s %d times"
                      .formatted(seed, self, rounds, other.self, other.rounds));
            }
          }
        } else {
          withdrawn++;
        }
        open = null;
        loop.after(world.between(0, TIMES.leaseNs() / 16), this::arrive);
      }
    }
  }
}
