package io.hotpot.replication.rdma;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.List;

/** The RDMA devices of this machine. */
public final class RdmaDevices {

  private RdmaDevices() {}

  /**
   * The device at an address of this machine; for the address of all of them the first that has
   * one.
   *
   * @throws NoRdmaException if there is none, or it cannot be used
   */
  public static RdmaDevice at(String host) throws NoRdmaException {
    RdmaLibrary.Availability availability = RdmaLibrary.availability();
    if (!availability.isAvailable()) {
      throw new NoRdmaException(availability.reason());
    }
    return open(host);
  }

  private static RdmaDevice open(String host) throws NoRdmaException {
    IOException last = null;
    for (InetAddress each : candidates(host)) {
      try {
        return new DisniDevice(each);
      } catch (IOException e) {
        last = e;
      }
    }
    String why = last == null ? "RDMA needs an IPv4 address" : String.valueOf(last.getMessage());
    throw new NoRdmaException("there is no RDMA device at " + host + ": " + why);
  }

  private static List<InetAddress> candidates(String host) throws NoRdmaException {
    try {
      InetAddress listens = InetAddress.getByName(host);
      List<InetAddress> candidates =
          listens.isAnyLocalAddress()
              ? NetworkInterface.networkInterfaces()
                  .flatMap(NetworkInterface::inetAddresses)
                  .filter(each -> !each.isLoopbackAddress())
                  .sorted(Comparator.comparing(InetAddress::getHostAddress))
                  .toList()
              : List.of(listens);
      return candidates.stream().filter(Inet4Address.class::isInstance).toList();
    } catch (UnknownHostException | SocketException e) {
      throw new NoRdmaException("there is no RDMA device at " + host + ": " + e.getMessage(), e);
    }
  }
}
