package io.hotpot.replication;

import io.hotpot.replication.FabricOptions.Plain;
import io.hotpot.replication.FabricOptions.Secret;
import org.junit.jupiter.api.Nested;

/** All fabrics keep the contract; the one over a real device does so in the guest. */
final class FabricContractTest {

  private static final Fabric.Address ANY_PORT = new Fabric.Address("127.0.0.1", 0);

  @Nested
  final class Local extends FabricContract {
    private final LocalHub hub = new LocalHub();

    @Override
    Fabric fabric(NettyLoop loop) {
      return new LocalFabric(hub, loop);
    }
  }

  @Nested
  final class Tcp extends FabricContract {
    @Override
    Fabric fabric(NettyLoop loop) {
      return TcpFabric.bind(loop, FabricOptions.on(ANY_PORT, new Plain(false)));
    }
  }

  @Nested
  final class TcpWithSecret extends FabricContract {
    @Override
    Fabric fabric(NettyLoop loop) {
      return TcpFabric.bind(loop, FabricOptions.on(ANY_PORT, new Secret("correct horse battery")));
    }
  }

  @Nested
  final class Rdma extends FabricContract {
    private final LoopbackRdma rdma = new LoopbackRdma();

    @Override
    Fabric fabric(NettyLoop loop) {
      return TcpFabric.bind(
          loop, FabricOptions.on(ANY_PORT, new Plain(false)), host -> rdma.device());
    }
  }
}
