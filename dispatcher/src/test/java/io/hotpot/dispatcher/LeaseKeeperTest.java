package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.Configuration.Node;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaseKeeperTest {

  private static final LeaseTimes TIMES = LeaseTimes.STANDARD;
  private static final long W = TIMES.waitNs();

  private final TestCluster cluster = new TestCluster();
  private final LeaseKeeper leases = new LeaseKeeper(TIMES);

  private List<Node> members() {
    return List.copyOf(cluster.state.configuration().nodes().values());
  }

  @Test
  void leasesThatEndTogetherEndInOneEntry() {
    cluster.nodes(3);
    leases.lead(0);
    leases.renew(cluster.node(1), 100);
    leases.renew(cluster.node(2), 100 + TIMES.leaseNs() / 5);
    leases.renew(cluster.node(3), TIMES.leaseNs());
    assertThat(leases.due(W + 100, members())).isEmpty();
    assertThat(leases.due(W + 100 + TIMES.leaseNs() / 5, members()))
        .containsExactly(cluster.peer(1), cluster.peer(2));
  }

  @Test
  void oneAloneIsNotMadeToWait() {
    cluster.nodes(2);
    leases.lead(0);
    leases.renew(cluster.node(2), TIMES.leaseNs());
    assertThat(leases.due(W - 1, members())).isEmpty();
    assertThat(leases.due(W, members())).containsExactly(cluster.peer(1));
  }

  @Test
  void thereIsNoRenewalAfterTheDecision() {
    cluster.nodes(1);
    leases.lead(0);
    leases.excluding(leases.due(W, members()));
    assertThat(leases.renew(cluster.node(1), W)).isFalse();
    cluster.apply(new Command.Evict(cluster.peer(1)));
    leases.lead(W);
    assertThat(leases.renew(cluster.node(1), W)).isFalse();
  }
}
