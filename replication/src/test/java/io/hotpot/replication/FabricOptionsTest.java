package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.FabricOptions.Kind;
import io.hotpot.replication.FabricOptions.Plain;
import io.hotpot.replication.FabricOptions.Secret;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class FabricOptionsTest {

  @Test
  void plainTextStaysOnThisMachineUnlessItIsAllowedByName() {
    Fabric.Address everywhere = new Fabric.Address("0.0.0.0", 1);

    assertThatThrownBy(() -> FabricOptions.on(everywhere, new Plain(false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0.0.0.0:1")
        .hasMessageContaining("Plain(beyondLoopback)");
    assertThat(FabricOptions.on(everywhere, new Plain(true)).listen()).isEqualTo(everywhere);
    assertThat(FabricOptions.on(everywhere, new Secret("x".repeat(16)))).isNotNull();
    assertThat(FabricOptions.on(new Fabric.Address("::1", 1), new Plain(false))).isNotNull();
  }

  @Test
  void aShortSecretIsRefusedAndNoneIsPrinted() {
    assertThatThrownBy(() -> new Secret("fifteen letters"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("16 bytes");
    assertThat(new Secret("sixteen letters!").toString()).doesNotContain("sixteen");
  }

  @Test
  void timesAndPortsHaveBounds() {
    Fabric.Address here = new Fabric.Address("127.0.0.1", 0);
    Duration second = Duration.ofSeconds(1);
    assertThatThrownBy(
            () -> new FabricOptions(here, new Plain(false), Duration.ZERO, second, Kind.AUTO))
        .hasMessageContaining("keepAlive");
    assertThatThrownBy(
            () -> new FabricOptions(here, new Plain(false), second, Duration.ofHours(1), Kind.TCP))
        .hasMessageContaining("handshakeLimit");
    assertThatThrownBy(
            () -> FabricOptions.on(new Fabric.Address("127.0.0.1", 70_000), new Plain(false)))
        .hasMessageContaining("listen.port");
  }
}
