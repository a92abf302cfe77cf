package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.Configuration;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvictionsTest {

  private static final LeaseTimes TIMES = LeaseTimes.STANDARD;
  private static final long LATER = TIMES.leaseNs();

  private final TestCluster cluster = new TestCluster();
  private final Evictions evictions = new Evictions(TIMES);

  private Configuration configuration() {
    return cluster.state.configuration();
  }

  @Test
  void theOneWithMoreUnreachablePeersGoes() {
    cluster.nodes(3);
    evictions.reported(1, List.of(2), 0);
    evictions.reported(3, List.of(2), 0);
    assertThat(evictions.due(TIMES.leaseNs() / 4, configuration())).isNull();
    assertThat(evictions.due(LATER, configuration())).isEqualTo(cluster.peer(2));
  }

  @Test
  void ofTwoEqualOnesTheOneGoesThatAnOwnerAccuses() {
    cluster.nodes(3);
    cluster.serving(1, 3);
    evictions.reported(3, List.of(1), 0);
    assertThat(evictions.due(LATER, configuration())).isEqualTo(cluster.peer(1));
  }

  @Test
  void elseTheHigherIdGoes() {
    cluster.nodes(3);
    evictions.reported(3, List.of(1), 0);
    assertThat(evictions.due(LATER, configuration())).isEqualTo(cluster.peer(3));
  }

  @Test
  void aPairThatReachesEachOtherAgainIsForgotten() {
    cluster.nodes(2);
    evictions.reported(1, List.of(2), 0);
    evictions.reported(1, List.of(), LATER / 4);
    assertThat(evictions.due(LATER, configuration())).isNull();
  }

  @Test
  void eachFurtherEvictionDoublesThePauseUpToAMinute() {
    long nowNs = 0;
    long pauseNs = TIMES.leaseNs();
    for (int i = 0; i < 20; i++) {
      evictions.evicted(1, nowNs);
      assertThat(evictions.mayJoin(1, nowNs + pauseNs - 1)).isFalse();
      assertThat(evictions.mayJoin(1, nowNs + pauseNs)).isTrue();
      pauseNs = Math.min(2 * pauseNs, 60_000_000_000L);
    }
    assertThat(evictions.mayJoin(2, 0)).isTrue();
  }
}
