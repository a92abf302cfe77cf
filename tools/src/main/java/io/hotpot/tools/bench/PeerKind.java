package io.hotpot.tools.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * A store that Hotpot is measured beside, found by {@link ServiceLoader}: the libraries of the
 * peers are on the class path only of {@code bench --peers} and {@code bench --ycsb}.
 */
public interface PeerKind {

  /** What some peers want of the JVM: to reach buffers outside the Java heap the fast way. */
  List<String> JVM_OPTIONS =
      List.of(
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");

  /** The name for tables and options, such as "RocksDB". */
  String name();

  /** How it is configured, in a line: what a reader needs to judge the comparison. */
  String setting();

  /** True if several values change all or none and a reader never sees half of it. */
  boolean isTransactional();

  /** True if what it opens is an {@link OrderedPeer}. */
  default boolean isOrdered() {
    return false;
  }

  /** Why it cannot run here, in a sentence; empty if it can. Loads native libraries. */
  Optional<String> obstacle();

  /** Measures that make no sense here, each with the reason. */
  Map<Measure, String> unfit();

  /** Variables of the environment that the process must have been started with. */
  default Map<String, String> environment(boolean sync) {
    return Map.of();
  }

  /**
   * Opens the peer, or makes it in an empty directory.
   *
   * @param sync true if a commit must be on the medium when it returns, false if it need only
   *     survive the death of the process
   */
  Peer open(Path directory, boolean sync) throws IOException;

  /** All kinds on the class path, by name. */
  static List<PeerKind> all() {
    return ServiceLoader.load(PeerKind.class).stream()
        .map(ServiceLoader.Provider::get)
        .sorted((a, b) -> a.name().compareToIgnoreCase(b.name()))
        .toList();
  }

  /** The kind of that name. */
  static PeerKind of(String name) {
    return all().stream()
        .filter(kind -> kind.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no peer is called " + name));
  }
}
