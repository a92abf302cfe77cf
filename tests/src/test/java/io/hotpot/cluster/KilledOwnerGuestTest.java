package io.hotpot.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.Hotpot;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/** An owner that is killed while the others, and who is left, speak by RDMA only. */
@Tag("guest-2")
final class KilledOwnerGuestTest extends KilledOwnerTest {

  private final String host = System.getProperty("hotpot.guest.address");
  private final List<Hotpot> nodes = new ArrayList<>();
  private DispatcherServer dispatcher;

  @Override
  String place() {
    return host;
  }

  @Override
  ClusterOptions place(ClusterOptions options) {
    return BankProcess.at(host, options);
  }

  /** Those that hold copies are in this process: each one of its own takes long to start. */
  @Override
  String startCluster() {
    dispatcher =
        DispatcherServer.start(
            DispatcherServer.Settings.alone(
                host, 0, directory.resolve("cd"), new ClusterSecurity.Secret(BankProcess.SECRET)),
            event -> {});
    for (String name : List.of("a", "b")) {
      nodes.add(
          Hotpot.join(
              dispatcher.uri(),
              place(
                  ClusterOptions.withHeap(directory.resolve(name))
                      .withStore(BankProcess.small()))));
    }
    return dispatcher.uri();
  }

  /**
   * Batches of the dead owner have been written here; which of them became the owner, by the lot.
   */
  @Override
  void check() {
    assertThat(nodes)
        .allSatisfy(node -> assertThat(node.counters()).containsKey("appendsTakenInPlace"));
    assertThat(nodes.stream().mapToLong(node -> node.counters().get("appendsTakenInPlace")).sum())
        .isPositive();
  }

  @AfterEach
  void stopCluster() {
    nodes.forEach(Hotpot::close);
    dispatcher.close();
  }
}
