package io.hotpot.replication;

import org.junit.jupiter.api.Tag;

/** One-sided access over a real device. */
@Tag("guest")
final class OneSidedGuestTest extends OneSidedContract {

  @Override
  TcpFabric fabric(NettyLoop loop) {
    return GuestDevice.fabric(loop, FabricOptions.Kind.RDMA);
  }
}
