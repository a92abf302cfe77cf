package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Peer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * No lease outlives the exclusion of its holder: three dispatchers, four nodes, clocks that are
 * wrong by up to 3 %, any delays, crashes, broken sessions, leaders that change and do not know it.
 */
class LeaseTest {

  private static final LeaseTimes TIMES = LeaseTimes.STANDARD;
  private static final int RUNS = Integer.getInteger("leaseRuns", 2_000);
  private static final int RUNS_TO_CATCH = 2_000;

  /** How a run differs from the product. */
  private record Variant(
      Function<LeaseTimes, LeaseKeeper> leases, Function<Consensus, Consensus> consensus) {}

  private static final Variant PRODUCT = new Variant(LeaseKeeper::new, consensus -> consensus);

  @Test
  void noLeaseOutlivesAnExclusion() {
    long joins = 0;
    long exclusions = 0;
    for (long seed = 1; seed <= RUNS; seed++) {
      Run run = new Run(seed, PRODUCT);
      run.disturbed();
      run.calm();
      joins += run.nodes.stream().mapToLong(node -> node.joins).sum();
      exclusions += run.exclusions;
    }
    assertThat(joins).isGreaterThan(10L * RUNS);
    assertThat(exclusions).isGreaterThan(5L * RUNS);
  }

  @Test
  void anExclusionWithoutTheMarginIsCaught() {
    assertCaught(
        new Variant(times -> new LeaseKeeper(times, times.leaseNs()), consensus -> consensus));
  }

  @Test
  void aNewLeaderThatDoesNotWaitIsCaught() {
    assertCaught(
        new Variant(
            times ->
                new LeaseKeeper(times) {
                  @Override
                  void lead(long nowNs) {
                    super.lead(nowNs - times.waitNs());
                  }
                },
            consensus -> consensus));
  }

  @Test
  void aLeaderThatDoesNotAskTheMajorityIsCaught() {
    assertCaught(new Variant(LeaseKeeper::new, Unconfirmed::new));
  }

  private static void assertCaught(Variant variant) {
    assertThatThrownBy(
            () -> {
              for (long seed = 1; seed <= RUNS_TO_CATCH; seed++) {
                new Run(seed, variant).disturbed();
              }
            })
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("excluded");
  }

  private static final class Run {
    private final long seed;
    private final TestWorld world;
    private final TestNetwork network;
    private final TestRaft raft;
    final List<LeasedNode> nodes = new ArrayList<>();
    private final Set<Peer> present = new HashSet<>();
    long exclusions;

    Run(long seed, Variant variant) {
      this.seed = seed;
      world = new TestWorld(seed);
      network = new TestNetwork(world, TIMES);
      raft = new TestRaft(world, TIMES, this::committed);
      for (int i = 1; i <= 3; i++) {
        TestWorld.Loop loop = world.loop();
        TestNetwork.DispatcherEnd fabric = network.addDispatcher(loop);
        Consensus consensus = variant.consensus().apply(raft.add(loop));
        new CentralDispatcher(
                TIMES, loop, fabric, consensus, () -> 7, event -> {}, variant.leases().apply(TIMES))
            .start(new Peer(-i, 0));
      }
      raft.elect(raft.members.getFirst());
      for (int i = 0; i < 4; i++) {
        LeasedNode node = new LeasedNode(world, network, TIMES);
        nodes.add(node);
        node.start();
      }
    }

    /** At the very moment of a decision, no incarnation that it excludes may hold a lease. */
    private void committed(ClusterState state) {
      state.checkInvariants();
      Set<Peer> now = new HashSet<>();
      for (Node node : state.configuration().nodes().values()) {
        if (node.status() != NodeStatus.EXCLUDED) {
          now.add(node.peer());
        }
      }
      present.removeAll(now);
      exclusions += present.size();
      present.forEach(this::checkNoLease);
      present.clear();
      present.addAll(now);
    }

    private void checkNoLease(Peer peer) {
      for (LeasedNode node : nodes) {
        if (node.holdsLease(peer.nodeId(), peer.incarnation())) {
          throw new AssertionError("seed " + seed + ": " + peer + " is excluded within its lease");
        }
      }
    }

    private void checkExcludedHoldNone() {
      for (Node node : raft.committed().configuration().nodes().values()) {
        if (node.status() == NodeStatus.EXCLUDED) {
          checkNoLease(node.peer());
        }
      }
    }

    void disturbed() {
      for (int i = 0; i < 40; i++) {
        world.runUntil(world.nowNs() + world.between(0, TIMES.leaseNs()));
        LeasedNode node = nodes.get(world.random.nextInt(nodes.size()));
        switch (world.random.nextInt(6)) {
          case 0 -> raft.elect(raft.members.get(world.random.nextInt(3)));
          case 1 -> {
            node.crash();
            node.start();
          }
          case 2 -> node.breakSession();
          default -> {}
        }
        checkExcludedHoldNone();
      }
    }

    void calm() {
      network.calm = true;
      raft.calm = true;
      world.runUntil(world.nowNs() + 20 * TIMES.leaseNs());
      checkExcludedHoldNone();
      for (LeasedNode node : nodes) {
        assertThat(node.isWell()).as("seed %d: node %d has its lease", seed, node.id()).isTrue();
      }
    }
  }

  /** Believes itself. */
  private record Unconfirmed(Consensus with) implements Consensus {
    @Override
    public void start(Listener listener) {
      with.start(listener);
    }

    @Override
    public boolean isLeader() {
      return with.isLeader();
    }

    @Override
    public long term() {
      return with.term();
    }

    @Override
    public int leader() {
      return with.leader();
    }

    @Override
    public ClusterState state() {
      return with.state();
    }

    @Override
    public void propose(Command command, Consumer<Result> done) {
      with.propose(command, done);
    }

    @Override
    public void confirmLeadership(Consumer<Boolean> done) {
      done.accept(with.isLeader());
    }

    @Override
    public void close() {
      with.close();
    }
  }
}
