package io.hotpot.tools;

import io.hotpot.replication.rdma.NoRdmaException;
import io.hotpot.replication.rdma.RdmaDevice;
import io.hotpot.replication.rdma.RdmaDevices;
import io.hotpot.store.ClusterFabric;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * By what the processes of a cluster on this machine speak, and where they listen: on loopback, or
 * where the RDMA device is, which other machines reach too.
 *
 * @param host where all of them listen
 * @param secret of the cluster; empty: nothing is proved, on loopback
 */
public record NodeNetwork(ClusterFabric fabric, String host, String secret) {

  /** How many words {@link #toWords} are. */
  public static final int WORDS = 3;

  private static final String LOOPBACK = "127.0.0.1";
  private static final String ALL_ADDRESSES = "0.0.0.0";
  private static final String NO_SECRET = "-";
  private static final int SECRET_BYTES = 16;

  /** Over TCP, on loopback. */
  public static NodeNetwork loopback() {
    return new NodeNetwork(ClusterFabric.TCP, LOOPBACK, "");
  }

  /**
   * What a user asked for, as far as this machine has it.
   *
   * @throws Failure if only RDMA is wanted, and there is none
   */
  public static NodeNetwork of(ClusterFabric wanted) {
    return switch (wanted) {
      case TCP -> loopback();
      case RDMA -> atDevice(wanted);
      case AUTO -> {
        try {
          yield atDevice(wanted);
        } catch (Failure e) {
          yield loopback();
        }
      }
    };
  }

  private static NodeNetwork atDevice(ClusterFabric wanted) {
    try (RdmaDevice device = RdmaDevices.at(ALL_ADDRESSES)) {
      byte[] secret = new byte[SECRET_BYTES];
      new SecureRandom().nextBytes(secret);
      return new NodeNetwork(
          wanted, device.address().getAddress().getHostAddress(), HexFormat.of().formatHex(secret));
    } catch (NoRdmaException e) {
      throw new Failure(ExitCode.UNUSABLE, "no RDMA here: " + e.getMessage(), e);
    }
  }

  /** At the same place, by that. */
  public NodeNetwork by(ClusterFabric other) {
    return new NodeNetwork(other, host, secret);
  }

  public ClusterSecurity security() {
    return secret.isEmpty() ? new ClusterSecurity.Plain(false) : new ClusterSecurity.Secret(secret);
  }

  /** Lets a node listen there, at a port of its own. */
  public ClusterOptions place(ClusterOptions options, int port) {
    return options.at(host, port).withSecurity(security()).withFabric(fabric);
  }

  /** For a person. */
  public String shown() {
    return (fabric == ClusterFabric.AUTO ? "RDMA or TCP" : fabric.name()) + " at " + host;
  }

  /** As the command line takes it. */
  public static String name(ClusterFabric fabric) {
    return fabric.name().toLowerCase(Locale.ROOT);
  }

  /** For another process, without blanks. */
  public String toWords() {
    return fabric + " " + host + " " + (secret.isEmpty() ? NO_SECRET : secret);
  }

  /** What another process was told. */
  public static NodeNetwork ofWords(List<String> words) {
    String secret = words.get(2);
    return new NodeNetwork(
        ClusterFabric.valueOf(words.get(0)), words.get(1), secret.equals(NO_SECRET) ? "" : secret);
  }

  @Override
  public String toString() {
    return shown();
  }
}
