package io.hotpot.cluster;

import io.hotpot.store.ClusterFabric;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import org.junit.jupiter.api.Tag;

/** A cluster whose nodes speak with one another by RDMA only. */
@Tag("guest")
final class RdmaClusterGuestTest extends TcpClusterTest {

  private static final String SECRET = "a secret that nobody guesses";

  @Override
  ClusterSecurity security() {
    return new ClusterSecurity.Secret(SECRET);
  }

  @Override
  ClusterOptions place(ClusterOptions options) {
    return options
        .at(System.getProperty("hotpot.guest.address"), 0)
        .withSecurity(security())
        .withFabric(ClusterFabric.RDMA);
  }
}
