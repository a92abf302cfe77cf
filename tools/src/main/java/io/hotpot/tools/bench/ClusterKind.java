package io.hotpot.tools.bench;

import java.util.List;
import java.util.ServiceLoader;

/**
 * A cluster that is measured, Hotpot or a peer, found by {@link ServiceLoader}. To measure another,
 * write one class and name it in {@code META-INF/services/io.hotpot.tools.bench.ClusterKind}.
 */
public interface ClusterKind {

  /** The name for tables and options, such as "Hazelcast". */
  String name();

  /** How it is configured, in a line: what a reader needs to judge the comparison. */
  String setting();

  /** What it wants of the JVM of a node. */
  default List<String> jvmOptions() {
    return List.of();
  }

  /** True if a process of its own has to run beside the nodes, before the first of them joins. */
  default boolean hasDispatcher() {
    return false;
  }

  /** Starts what {@link #hasDispatcher} speaks of, in this JVM. */
  default AutoCloseable dispatch(ClusterPlace place) throws Exception {
    throw new UnsupportedOperationException(name() + " has no dispatcher");
  }

  /**
   * Starts a node in this JVM and joins the cluster. Nodes are started one after the other, in the
   * order of their numbers.
   */
  ClusterNode join(ClusterPlace place) throws Exception;

  /** True if it is Hotpot itself, which the others are compared to. */
  default boolean isOwn() {
    return name().equals(Subject.HOTPOT);
  }

  /** All kinds on the class path, Hotpot first, then by name. */
  static List<ClusterKind> all() {
    return ServiceLoader.load(ClusterKind.class).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(
            (a, b) ->
                a.isOwn() != b.isOwn()
                    ? Boolean.compare(b.isOwn(), a.isOwn())
                    : a.name().compareToIgnoreCase(b.name()))
        .toList();
  }

  /** The kind of that name. */
  static ClusterKind of(String name) {
    return all().stream()
        .filter(kind -> kind.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no cluster is called " + name));
  }
}
