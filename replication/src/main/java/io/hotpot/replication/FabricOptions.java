package io.hotpot.replication;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * How a node is reached and whom it believes. Immutable; start from {@link #on}.
 *
 * @param listen where the node listens; port 0 lets the system choose one
 * @param security how both ends of a connection prove who they are
 * @param keepAlive how often a session says something at least; it ends after four times that
 *     without a word from the peer
 * @param handshakeLimit how long a connection may take until it is a session, and how long a
 *     session until RDMA carries it
 * @param kind by what sessions with other nodes are carried
 */
public record FabricOptions(
    Fabric.Address listen,
    Security security,
    Duration keepAlive,
    Duration handshakeLimit,
    Kind kind) {

  /** By what sessions between nodes are carried. */
  public enum Kind {
    /** RDMA where both ends have it and TLS is not used, else TCP. */
    AUTO,
    /** RDMA, or none. */
    RDMA,
    TCP
  }

  /** How both ends prove who they are. */
  public sealed interface Security {}

  /**
   * They prove nothing, and anyone who can connect is believed.
   *
   * @param beyondLoopback allowed on addresses that other machines reach
   */
  public record Plain(boolean beyondLoopback) implements Security {}

  /**
   * Both prove that they know the cluster's secret. What they say afterwards is neither hidden nor
   * protected from who can change bytes on the way: for that there is {@link Tls}.
   *
   * @param secret at least 16 bytes of UTF-8
   */
  public record Secret(String secret) implements Security {
    public Secret {
      if (secret.getBytes(StandardCharsets.UTF_8).length < 16) {
        throw new IllegalArgumentException(
            "the cluster's secret is too short: take 16 bytes or more that nobody can guess");
      }
    }

    @Override
    public String toString() {
      return "Secret[...]";
    }
  }

  /**
   * Mutual TLS 1.3. The certificate of each node must name the host of its address in the
   * membership, as a DNS name or an IP address among its alternative names.
   *
   * @param certificate PEM file, the node's certificate and those that lead to the trusted ones
   * @param key PEM file, its private key in PKCS#8
   * @param trusted PEM file, the certificates of who issues the nodes' certificates
   */
  public record Tls(Path certificate, Path key, Path trusted) implements Security {
    public Tls {
      Objects.requireNonNull(certificate, "certificate");
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(trusted, "trusted");
    }
  }

  public FabricOptions {
    Objects.requireNonNull(listen, "listen");
    Objects.requireNonNull(security, "security");
    Objects.requireNonNull(kind, "kind");
    require(listen.port() >= 0 && listen.port() <= 0xffff, "listen.port", listen.port());
    require(isBetween(keepAlive, 10, 60_000), "keepAlive (10 ms to 1 min)", keepAlive);
    require(
        isBetween(handshakeLimit, 10, 60_000), "handshakeLimit (10 ms to 1 min)", handshakeLimit);
    if (security instanceof Plain(boolean beyondLoopback)
        && !beyondLoopback
        && !isLoopback(listen.host())) {
      throw new IllegalArgumentException(
          "listening on "
              + listen
              + " would let other machines in without any proof who they are: give a secret or"
              + " certificates, or allow it by Plain(beyondLoopback)");
    }
  }

  /** The usual times, and RDMA where it can be. */
  public static FabricOptions on(Fabric.Address listen, Security security) {
    return new FabricOptions(
        listen, security, Duration.ofMillis(500), Duration.ofSeconds(5), Kind.AUTO);
  }

  /** Carried by that. */
  public FabricOptions by(Kind kind) {
    return new FabricOptions(listen, security, keepAlive, handshakeLimit, kind);
  }

  /** Whether only this machine reaches a host; false for a name that is not known. */
  public static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static boolean isBetween(Duration time, long leastMs, long mostMs) {
    return time.toMillis() >= leastMs && time.toMillis() <= mostMs;
  }

  private static void require(boolean condition, String name, Object value) {
    if (!condition) {
      throw new IllegalArgumentException(name + " is out of bounds: " + value);
    }
  }
}
