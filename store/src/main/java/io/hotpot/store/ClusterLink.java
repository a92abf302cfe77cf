package io.hotpot.store;

import io.hotpot.store.spi.ClusterProvider;
import io.hotpot.store.spi.Elsewhere;
import io.hotpot.store.spi.Names;
import io.hotpot.store.spi.Repair;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What a store knows of the cluster that it is part of; nothing, where it stands alone.
 *
 * <p>Thread-safety: all methods from any thread; joined once, before the first transaction.
 */
final class ClusterLink {

  /** How long other nodes are waited for where nothing else is said. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private final AtomicReference<ClusterProvider.@Nullable Joined> left = new AtomicReference<>();
  private volatile @Nullable Elsewhere elsewhere;
  private volatile @Nullable Names names;
  private volatile @Nullable Repair repair;

  void join(ClusterProvider.Joined membership) {
    left.set(membership);
    names = membership.names();
    repair = membership.repair();
    elsewhere = membership.elsewhere();
  }

  /** Before the store closes. */
  void leave() {
    ClusterProvider.Joined membership = left.getAndSet(null);
    if (membership != null) {
      membership.close();
    }
  }

  /** As the cluster knows this node; empty while it is no member. */
  Optional<ClusterMember> member() {
    ClusterProvider.Joined membership = left.get();
    return membership == null ? Optional.empty() : membership.member();
  }

  /**
   * @throws MisuseException if the store stands alone
   */
  void addListener(MembershipListener listener) {
    ClusterProvider.Joined membership = left.get();
    if (membership == null) {
      throw new MisuseException("the store is not part of a cluster, and has no members");
    }
    membership.addListener(listener);
  }

  boolean removeListener(MembershipListener listener) {
    ClusterProvider.Joined membership = left.get();
    return membership != null && membership.removeListener(listener);
  }

  /** What the node has counted in the cluster; empty where there is none. */
  Map<String, Long> counters() {
    ClusterProvider.Joined membership = left.get();
    return membership == null ? Map.of() : membership.counters();
  }

  /**
   * @throws MisuseException if the store stands alone
   */
  CommitOutcome outcome(CommitId commit, long limitNs) {
    Elsewhere others = elsewhere;
    if (others == null) {
      throw new MisuseException(
          "a store of its own records no outcomes by "
              + commit
              + "; close it and open it again: a commit whose outcome was unknown is there, or not");
    }
    return others.outcome(commit, limitNs);
  }

  /** Null: the store stands alone. */
  @Nullable Elsewhere elsewhere() {
    return elsewhere;
  }

  /** Null: the store stands alone. */
  @Nullable Repair repair() {
    return repair;
  }

  /** Null: the store stands alone. */
  @Nullable Names names() {
    return names;
  }
}
