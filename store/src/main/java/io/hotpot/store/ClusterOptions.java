package io.hotpot.store;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * How a node joins a cluster. Immutable; start from {@link #withHeap} or {@link #withoutHeap}.
 *
 * @param directory of the node's store; empty: the node keeps no objects, only copies of others'
 * @param store how the node's store is opened
 * @param host where the node listens: an address or name that the other nodes reach it by
 * @param port 0: the system chooses one
 * @param security how nodes prove who they are
 */
public record ClusterOptions(
    Optional<Path> directory,
    HotpotOptions store,
    String host,
    int port,
    ClusterSecurity security) {

  private static final int MAX_PORT = 0xFFFF;

  public ClusterOptions {
    Objects.requireNonNull(directory, "directory");
    Objects.requireNonNull(store, "store");
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(security, "security");
    if (port < 0 || port > MAX_PORT) {
      throw new MisuseException("option port is " + port + ", expected 0 to " + MAX_PORT);
    }
    if (store.readOnly()) {
      throw new MisuseException("a store that is opened read-only cannot join a cluster");
    }
  }

  /** A node that keeps objects, on this machine's loopback address. */
  public static ClusterOptions withHeap(Path directory) {
    return new ClusterOptions(
        Optional.of(Objects.requireNonNull(directory, "directory")),
        HotpotOptions.defaults(),
        "127.0.0.1",
        0,
        new ClusterSecurity.Plain(false));
  }

  /** A node that keeps only copies of what it reads, on this machine's loopback address. */
  public static ClusterOptions withoutHeap() {
    return new ClusterOptions(
        Optional.empty(),
        HotpotOptions.defaults(),
        "127.0.0.1",
        0,
        new ClusterSecurity.Plain(false));
  }

  public ClusterOptions withStore(HotpotOptions store) {
    return new ClusterOptions(directory, store, host, port, security);
  }

  /** Listens there. */
  public ClusterOptions at(String host, int port) {
    return new ClusterOptions(directory, store, host, port, security);
  }

  public ClusterOptions withSecurity(ClusterSecurity security) {
    return new ClusterOptions(directory, store, host, port, security);
  }
}
