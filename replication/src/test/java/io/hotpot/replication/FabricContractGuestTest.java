package io.hotpot.replication;

import org.junit.jupiter.api.Tag;

/** The contract over a real device. */
@Tag("guest")
final class FabricContractGuestTest extends FabricContract {

  @Override
  Fabric fabric(NettyLoop loop) {
    return GuestDevice.fabric(loop, FabricOptions.Kind.RDMA);
  }
}
