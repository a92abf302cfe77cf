package io.hotpot.store;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;

/** How the two ends of a connection in a cluster prove who they are. */
public sealed interface ClusterSecurity {

  /**
   * They prove nothing, and anyone who can connect is believed.
   *
   * @param beyondLoopback allowed on addresses that other machines reach
   */
  record Plain(boolean beyondLoopback) implements ClusterSecurity {}

  /**
   * Both prove that they know the cluster's secret. What they say afterwards is neither hidden nor
   * protected from who can change bytes on the way: for that there is {@link Tls}.
   *
   * @param secret at least 16 bytes of UTF-8
   */
  record Secret(String secret) implements ClusterSecurity {
    private static final int LEAST_BYTES = 16;

    public Secret {
      if (secret.getBytes(StandardCharsets.UTF_8).length < LEAST_BYTES) {
        throw new MisuseException(
            "the cluster's secret is too short: take "
                + LEAST_BYTES
                + " bytes or more that nobody can guess");
      }
    }

    @Override
    public String toString() {
      return "Secret[...]";
    }
  }

  /**
   * Mutual TLS 1.3. The certificate of each node must name the host of its address.
   *
   * @param certificate PEM file, the node's certificate and those that lead to the trusted ones
   * @param key PEM file, its private key in PKCS#8
   * @param trusted PEM file, the certificates of who issues the nodes' certificates
   */
  record Tls(Path certificate, Path key, Path trusted) implements ClusterSecurity {
    public Tls {
      Objects.requireNonNull(certificate, "certificate");
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(trusted, "trusted");
    }
  }
}
