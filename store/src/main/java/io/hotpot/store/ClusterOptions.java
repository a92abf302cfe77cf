package io.hotpot.store;

import java.nio.file.Path;
import java.time.Duration;
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
 * @param dispatcherWait how long to wait for a dispatcher that is not there yet, or refuses; by
 *     default nobody waits, and {@link NotAMember} comes within about 3 s
 * @param migratesToUsers whether this node gives partitions that it owns to the node that commits
 *     most in them (PROTOCOL 12.6); off by default
 * @param fabric by what the node speaks with other nodes
 */
public record ClusterOptions(
    Optional<Path> directory,
    HotpotOptions store,
    String host,
    int port,
    ClusterSecurity security,
    Duration dispatcherWait,
    boolean migratesToUsers,
    ClusterFabric fabric) {

  private static final int MAX_PORT = 0xFFFF;
  private static final Duration LONGEST_WAIT = Duration.ofDays(1);

  public ClusterOptions {
    Objects.requireNonNull(directory, "directory");
    Objects.requireNonNull(store, "store");
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(security, "security");
    Objects.requireNonNull(dispatcherWait, "dispatcherWait");
    Objects.requireNonNull(fabric, "fabric");
    if (dispatcherWait.isNegative() || dispatcherWait.compareTo(LONGEST_WAIT) > 0) {
      throw new MisuseException(
          "option dispatcherWait is " + dispatcherWait + ", expected 0 to " + LONGEST_WAIT);
    }
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
        new ClusterSecurity.Plain(false),
        Duration.ZERO,
        false,
        ClusterFabric.AUTO);
  }

  /** A node that keeps only copies of what it reads, on this machine's loopback address. */
  public static ClusterOptions withoutHeap() {
    return new ClusterOptions(
        Optional.empty(),
        HotpotOptions.defaults(),
        "127.0.0.1",
        0,
        new ClusterSecurity.Plain(false),
        Duration.ZERO,
        false,
        ClusterFabric.AUTO);
  }

  public ClusterOptions withStore(HotpotOptions store) {
    return new ClusterOptions(
        directory, store, host, port, security, dispatcherWait, migratesToUsers, fabric);
  }

  /** Listens there. */
  public ClusterOptions at(String host, int port) {
    return new ClusterOptions(
        directory, store, host, port, security, dispatcherWait, migratesToUsers, fabric);
  }

  public ClusterOptions withSecurity(ClusterSecurity security) {
    return new ClusterOptions(
        directory, store, host, port, security, dispatcherWait, migratesToUsers, fabric);
  }

  /** Waits so long for a dispatcher that is not there yet, or refuses. */
  public ClusterOptions withDispatcherWait(Duration dispatcherWait) {
    return new ClusterOptions(
        directory, store, host, port, security, dispatcherWait, migratesToUsers, fabric);
  }

  /** Lets the node give partitions that it owns to the node that commits most in them, or not. */
  public ClusterOptions withMigrationToUsers(boolean migratesToUsers) {
    return new ClusterOptions(
        directory, store, host, port, security, dispatcherWait, migratesToUsers, fabric);
  }

  /** Speaks with other nodes by that. */
  public ClusterOptions withFabric(ClusterFabric fabric) {
    return new ClusterOptions(
        directory, store, host, port, security, dispatcherWait, migratesToUsers, fabric);
  }
}
