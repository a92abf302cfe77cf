package io.hotpot.tools.bench;

/**
 * A node of a measured cluster, in this JVM: the store as an application embeds it. Every value is
 * on three nodes, and a transaction has returned only when it is on all of them.
 *
 * <p>Thread-safety: any thread. Errors are the cluster's own exceptions.
 */
public interface ClusterNode extends AutoCloseable {

  /** Returns when so many nodes are members and none still moves data to another. */
  void awaitMembers(int count) throws InterruptedException;

  /** A table that all nodes share; each node asks for it once, after {@link #awaitMembers}. */
  <V> ClusterTable<V> table(ValueKind<V> kind);

  /** The bytes of the medium that this node holds objects in; 0 where that is not known. */
  default long heldBytes() {
    return 0;
  }

  @Override
  void close();
}
