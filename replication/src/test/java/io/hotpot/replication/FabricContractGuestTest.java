package io.hotpot.replication;

import org.junit.jupiter.api.Tag;

/** The contract over a real device. */
@Tag("guest-2")
final class FabricContractGuestTest extends FabricContract {

  @Override
  Fabric fabric(NettyLoop loop) {
    return GuestDevice.fabric(loop, FabricOptions.Kind.RDMA);
  }
}
