package io.hotpot.replication;

import io.hotpot.replication.rdma.NoRdmaException;
import io.hotpot.replication.rdma.RdmaDevice;
import io.hotpot.replication.rdma.RdmaDevices;
import java.time.Duration;

/** The device of the machine that the tests with the tag "guest" run on. */
final class GuestDevice {

  private GuestDevice() {}

  /** The address that a device is at. */
  static String host() {
    try (RdmaDevice device = RdmaDevices.at("0.0.0.0")) {
      return device.address().getAddress().getHostAddress();
    } catch (NoRdmaException e) {
      throw new AssertionError("this test needs an RDMA device: " + e.getMessage(), e);
    }
  }

  static TcpFabric fabric(NettyLoop loop, FabricOptions.Kind kind) {
    // An emulated machine may stand still for seconds.
    return TcpFabric.bind(
        loop,
        new FabricOptions(
            new Fabric.Address(host(), 0),
            new FabricOptions.Secret("correct horse battery"),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            kind));
  }
}
